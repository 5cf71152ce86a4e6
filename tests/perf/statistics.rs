//! Every statistical test, on the sizes of a large report: 20,000 items, 5 seeds, 10 rows, 14
//! tasks.

use std::hint::black_box;

use bench::eval::metric::{
    MacroAveragePrecision, MacroRocAuc, Metric, Predictions, R2, Truth, WeightedKeyScore,
};
use bench::stats::test::{
    MeanRanks, Ties, Zeros, bayesian_signed_rank, bootstrap, cliffs_delta, delong, holm,
    mann_whitney, mcnemar, nadeau_bengio, paired_t, sign_flip, superiority, wilcoxon, wilson,
};
use bench::stats::{Clusters, DRAWS, Difference, Outcome, difference, judge};
use bench::{Error, Result, Rng, Seed, data::Key};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use rand::RngExt;

const ITEMS: usize = 20_000;
const SEEDS: usize = 5;
const TAGS: usize = 50;

/// The tests, in calls per second.
pub fn tests(criterion: &mut Criterion) -> Result<()> {
    let mut group = criterion.benchmark_group("statistics");
    group.sampling_mode(SamplingMode::Flat);
    of_items(&mut group);
    of_seeds(&mut group);
    of_tasks(&mut group)?;
    verdicts(&mut group)?;
    group.finish();
    Ok(())
}

fn stream(purpose: &str) -> Rng {
    Seed::new(0).stream(purpose, &[])
}

/// Numbers from −0.5 to 0.5.
fn numbers(count: usize, purpose: &str) -> Vec<f64> {
    let mut rng = stream(purpose);
    (0..count).map(|_| rng.random::<f64>() - 0.5).collect()
}

fn timed<T>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut call: impl FnMut() -> T) {
    group.bench_function(name, |bencher| bencher.iter(|| black_box(call())));
}

fn of_items(group: &mut BenchmarkGroup<'_, WallTime>) {
    let differences = numbers(ITEMS, "differences");
    let scores = [numbers(ITEMS, "first"), numbers(ITEMS, "second")];
    let truth: Vec<bool> = differences.iter().map(|difference| *difference > 0.2).collect();
    let drawn: Vec<Option<f64>> = numbers(10_000, "drawn").into_iter().map(Some).collect();
    let left_out: Vec<Option<f64>> = numbers(120, "left out").into_iter().map(Some).collect();
    let mut rng = stream("signs");
    timed(group, "mcnemar", || mcnemar(1_900, 2_100));
    timed(group, "sign_flip/items", || sign_flip(&differences, 10_000, &mut rng));
    timed(group, "wilcoxon/items", || wilcoxon(&differences, Zeros::Dropped));
    timed(group, "delong", || delong(&truth, &scores[0], &scores[1]));
    timed(group, "bootstrap/p", || bootstrap::p(0.2, &drawn));
    timed(group, "bootstrap/bca", || bootstrap::bca(0.01, &drawn, &left_out, 0.05));
    timed(group, "wilson", || wilson(12_000, ITEMS as u64, 0.05));
}

fn of_seeds(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (first, second) = (numbers(10, "first runs"), numbers(10, "second runs"));
    let differences: Vec<f64> = first.iter().zip(&second).map(|(a, b)| a - b).collect();
    let mut rng = stream("runs");
    timed(group, "sign_flip/seeds", || sign_flip(&differences, 10_000, &mut rng));
    timed(group, "wilcoxon/seeds", || wilcoxon(&differences, Zeros::Dropped));
    timed(group, "paired_t", || paired_t(&differences));
    timed(group, "nadeau_bengio", || nadeau_bengio(&differences, 1.0 / 9.0));
    timed(group, "mann_whitney", || mann_whitney(&first, &second));
    timed(group, "cliffs_delta", || cliffs_delta(&first, &second));
    timed(group, "superiority", || superiority(&differences, 0.05, DRAWS, &mut rng));
}

fn of_tasks(group: &mut BenchmarkGroup<'_, WallTime>) -> Result<()> {
    let tasks: Vec<Vec<f64>> = (0..14).map(|task| numbers(10, &format!("task {task}"))).collect();
    let differences: Vec<f64> = tasks.iter().map(|task| task[0] - task[1]).collect();
    let ranks = || MeanRanks::new(&tasks, true);
    let known = ranks().ok_or_else(|| Error::Failed("no ranks".into()))?;
    let chances: Vec<f64> = numbers(190, "chances").iter().map(|number| number + 0.5).collect();
    let mut rng = stream("weights");
    timed(group, "friedman", || ranks()?.friedman(Ties::Corrected));
    timed(group, "iman_davenport", || known.iman_davenport(Ties::Corrected));
    timed(group, "bayesian_signed_rank", || {
        bayesian_signed_rank(&differences, 0.01, 50_000, &mut rng)
    });
    timed(group, "holm", || holm(&chances));
    Ok(())
}

/// A comparison from its predictions to its verdict, and a run of many tags drawn 1000 times.
fn verdicts(group: &mut BenchmarkGroup<'_, WallTime>) -> Result<()> {
    let keys = [answers("first keys")?, answers("second keys")?];
    let clusters = Clusters::new(vec![None; ITEMS]);
    timed(group, "verdict/weighted_key_score", || {
        let runs = keys.each_ref().map(|runs| measured(&WeightedKeyScore, runs, &[]));
        let estimate = difference(&runs[0], &runs[1], &clusters)?;
        Some(judge(vec![Difference { estimate, higher_is_better: true, enters: true }]))
    });
    let items = 1_000;
    let draws = Clusters::new(vec![None; items]).draws("perf", "tags", "tags");
    let scores = numbers(items * TAGS, "scores");
    let tags = numbers(items * TAGS, "tags").iter().map(|number| *number > 0.3).collect();
    let names = (0..TAGS).map(|tag| tag.to_string()).collect();
    let tags = [Predictions::new(names, scores.clone(), Truth::Tags(tags))?];
    let values = [Predictions::new(
        vec!["value".into()],
        scores[..items].to_vec(),
        Truth::Values(numbers(items, "values")),
    )?];
    timed(group, "draws/average_precision_50_tags", || {
        measured(&MacroAveragePrecision, &tags, &draws)
    });
    timed(group, "draws/roc_auc_50_tags", || measured(&MacroRocAuc, &tags, &draws));
    timed(group, "draws/r2", || measured(&R2, &values, &draws));
    Ok(())
}

/// What so many seeds predict of the same keys.
fn answers(purpose: &str) -> Result<Vec<Predictions>> {
    let names: Vec<String> = Key::all().map(|key| key.to_string()).collect();
    let truth: Vec<usize> = (0..ITEMS).map(|item| item % Key::COUNT).collect();
    let run = |seed: usize| {
        let noise = numbers(ITEMS, &format!("{purpose} {seed}"));
        let pairs = truth.iter().zip(noise);
        let predicted: Vec<usize> =
            pairs.map(|(key, noise)| if noise > 0.0 { *key } else { (key + 7) % 24 }).collect();
        let rank = truth.iter().zip(&predicted).map(|(a, b)| 1 + usize::from(a != b)).collect();
        Predictions::classified(names.clone(), truth.clone(), predicted, rank)
    };
    (0..SEEDS).map(run).collect()
}

fn measured(metric: &dyn Metric, runs: &[Predictions], draws: &[Vec<f64>]) -> Vec<Outcome> {
    let seeded = runs.iter().zip(0..);
    let outcomes = seeded.map(|(run, seed)| Outcome::measure(metric, Some(seed), run, || draws));
    outcomes.flatten().flatten().collect()
}
