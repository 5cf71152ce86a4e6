//! Intervals, p values and verdicts; `tests/common/fixtures/stats.py` gives the expected numbers.

use std::path::PathBuf;

use bench::eval::metric::{self, Predictions, Truth};
use bench::stats::{
    Clusters, Difference, Errors, Estimate, Outcome, Spread, Verdict, difference, judge, mean,
};
use bench::{Rng, Seed};
use rand::RngExt;
use serde_json::Value;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
        "{found}, expected {expected}"
    );
}

fn clusters(groups: &[usize]) -> Clusters {
    let names: Vec<String> = groups.iter().map(usize::to_string).collect();
    Clusters::new(names.iter().map(|name| Some(name.as_str())))
}

fn alone(items: usize) -> Clusters {
    Clusters::new(vec![None; items])
}

fn run(seed: Option<u64>, items: &[f64]) -> Outcome {
    let value = items.iter().sum::<f64>() / items.len() as f64;
    Outcome { seed, value, spread: Spread::Items(items.to_vec()) }
}

fn golden() -> Option<Value> {
    let folder = std::env::var_os("GOLDEN").map_or("../shared/golden".into(), PathBuf::from);
    if !folder.exists() {
        println!("skipped: there are no reference values at {}", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(folder.join("statistics.json")).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn without_variation_between_items_the_interval_is_that_of_students_t() {
    let Some(file) = golden() else { return };
    let file = &file["mean_t_interval_0.95"];
    let runs: Vec<Outcome> =
        numbers(&file["x"]).iter().zip(0..).map(|(&x, seed)| run(Some(seed), &[x, x])).collect();
    let estimate = mean(&runs, &alone(2)).unwrap();
    close(estimate.low.unwrap(), file["low"].as_f64().unwrap());
    close(estimate.high.unwrap(), file["high"].as_f64().unwrap());
}

#[test]
fn the_error_between_items_is_that_of_clustered_standard_errors() {
    let scores = [1.0, 0.0, 0.5, 0.3, 0.0, 1.0, 1.0, 0.2];
    let error = clusters(&[0, 0, 1, 1, 1, 2, 3, 3]).error_of_mean(&scores).unwrap();
    close(error, 0.12747548783981963);
}

#[test]
fn items_on_their_own_have_the_ordinary_standard_error() {
    let scores = [1.0, 2.0, 3.0, 4.0];
    close(alone(4).error_of_mean(&scores).unwrap(), (5.0f64 / 3.0).sqrt() / 2.0);
}

#[test]
fn both_parts_add_in_squares_and_p_is_where_the_interval_reaches_zero() {
    let errors = Errors { seeds: 0.01, seed_count: 5, items: 0.02, groups: 300 };
    close(errors.half_width(0.05), 0.04816600061426365);
    close(errors.p(0.03), 0.1988101037868397);
    close(errors.p(-0.06), 0.019900193296646364);
    close(errors.p(0.3), 8.88892252126205e-6);
}

#[test]
fn equal_runs_differ_by_nothing() {
    let runs: Vec<Outcome> =
        (0..3).map(|seed| run(Some(seed), &[0.1 * seed as f64, 1.0, 0.3])).collect();
    let estimate = difference(&runs, &runs, &alone(3)).unwrap();
    assert_eq!((estimate.point, estimate.low, estimate.high), (0.0, Some(0.0), Some(0.0)));
    assert_eq!(estimate.errors.unwrap().p(estimate.point), 1.0);
}

#[test]
fn runs_pair_by_seed_and_a_row_without_chance_pairs_with_all() {
    let row: Vec<Outcome> = [1, 2, 3].map(|seed| run(Some(seed), &[seed as f64; 2])).into();
    let other: Vec<Outcome> = [2, 3, 4].map(|seed| run(Some(seed), &[10.0; 2])).into();
    let estimate = difference(&row, &other, &alone(2)).unwrap();
    assert_eq!((estimate.point, estimate.seeds), (-7.5, Some(2)));
    let fixed = [run(None, &[1.0; 2])];
    let estimate = difference(&row, &fixed, &alone(2)).unwrap();
    assert_eq!((estimate.point, estimate.seeds), (1.0, Some(3)));
    assert_eq!(difference(&row[..1], &other, &alone(2)), None);
}

#[test]
fn one_seed_gives_no_interval_and_no_seed_needs_none() {
    let one = mean(&[run(Some(1), &[0.0, 1.0, 1.0])], &alone(3)).unwrap();
    assert_eq!((one.low, one.gap()), (None, Some("one seed: the spread between seeds is unknown")));
    let none = mean(&[run(None, &[0.0, 1.0, 1.0])], &alone(3)).unwrap();
    // SciPy: t.ppf(0.975, 2) = 4.302652729911275; the standard error is 1/3.
    close(none.half_width().unwrap(), 4.302652729911275 / 3.0);
    let group = mean(&[run(None, &[0.0, 1.0])], &clusters(&[0, 0])).unwrap();
    assert_eq!(group.gap(), Some("too few test groups for an interval"));
}

fn estimate(point: f64, error: Option<f64>) -> Estimate {
    let errors = error.map(|items| Errors { seeds: 0.0, seed_count: 1, items, groups: 1000 });
    let half = errors.map(|errors| errors.half_width(0.05));
    let (low, high) = (half.map(|half| point - half), half.map(|half| point + half));
    Estimate { point, low, high, n: 1000, seeds: None, sd_seeds: None, se_items: error, errors }
}

#[test]
fn verdicts_follow_the_direction_and_the_corrected_p() {
    let entry = |point, higher_is_better, error, enters| Difference {
        estimate: estimate(point, error),
        higher_is_better,
        enters,
    };
    let judged = judge(vec![
        entry(0.5, true, Some(0.1), true),
        entry(0.5, false, Some(0.1), true),
        entry(0.22, true, Some(0.1), true), // p = 0.028 alone, 0.056 beside another
        entry(0.0, true, Some(0.1), true),
        entry(9.0, true, None, true),
        entry(9.0, true, Some(0.1), false),
    ]);
    use Verdict::{Better, Undecided, Worse};
    let verdicts: Vec<_> = judged.iter().map(|comparison| comparison.verdict).collect();
    let expected =
        [Some(Better), Some(Worse), Some(Undecided), Some(Undecided), Some(Undecided), None];
    assert_eq!(verdicts, expected);
    assert_eq!((judged[4].p, judged[5].p_corrected), (None, None));
    assert!(judged[2].p.unwrap() < 0.05 && judged[2].p_corrected.unwrap() > 0.05);
}

/// The bootstrap of groups and the closed form must agree where both apply: R² without its
/// denominator is a mean.
#[test]
fn the_bootstrap_agrees_with_the_closed_form_for_a_mean() {
    let mut rng = Seed::new(3).stream("scores", &[]);
    let groups: Vec<usize> = (0..120).map(|item| item / 3).collect();
    let scores: Vec<f64> = groups.iter().map(|&g| (g % 5) as f64 + rng.random::<f64>()).collect();
    let clusters = clusters(&groups);
    let weighted = |weights: &Vec<f64>| {
        let sum: f64 = weights.iter().zip(&scores).map(|(weight, score)| weight * score).sum();
        Some(sum / weights.iter().sum::<f64>())
    };
    let draws: Vec<Option<f64>> = clusters.draws("s", "t", "m").iter().map(weighted).collect();
    let ratio = clusters.error_of_draws(&draws).unwrap() / clusters.error_of_mean(&scores).unwrap();
    assert!((ratio - 1.0).abs() < 0.08, "{ratio}"); // 1000 draws: 2.2 % standard error
}

#[test]
fn draws_depend_on_names_alone_and_keep_groups_together() {
    let clusters = clusters(&[0, 0, 1, 2, 2]);
    let draws = clusters.draws("suite", "task", "metric");
    assert_eq!(draws, clusters.draws("suite", "task", "metric"));
    assert_ne!(draws, clusters.draws("suite", "task", "other"));
    assert!(draws.iter().all(|w| w[0] == w[1] && w[3] == w[4] && w[0] + w[2] + w[3] == 3.0));
}

#[test]
fn a_composite_figure_is_measured_on_the_shared_draws() {
    let truth: Vec<bool> = (0..60).map(|item| item % 3 == 0).collect();
    let scores: Vec<f64> = (0..60)
        .map(|item| f64::from((item * 7) % 60) + 30.0 * f64::from(truth[item as usize]))
        .collect();
    let predictions = Predictions::new(vec!["tag".into()], scores, Truth::Tags(truth)).unwrap();
    let clusters = alone(60);
    let draws = clusters.draws("suite", "task", "macro_roc_auc");
    let metric = metric::by_name("macro_roc_auc").unwrap();
    let measure = |seed| Outcome::measure(metric, seed, &predictions, || &draws).unwrap().unwrap();
    let single = mean(&[measure(None)], &clusters).unwrap();
    assert!(single.low.unwrap() < single.point && single.se_items.unwrap() > 0.0);
    let same =
        difference(&[measure(Some(1)), measure(Some(2))], &[measure(None)], &clusters).unwrap();
    assert_eq!((same.point, same.low, same.high), (0.0, Some(0.0), Some(0.0)));
}

/// Five seeds, forty groups of two items; seeds, groups and single scores all vary.
#[test]
fn the_interval_covers_the_expected_difference_about_as_often_as_it_says() {
    let groups: Vec<usize> = (0..80).map(|item| item / 2).collect();
    let clusters = clusters(&groups);
    let mut rng = Seed::new(1).stream("coverage", &[]);
    let covered = (0..1000).filter(|_| covers(&groups, &clusters, &mut rng)).count();
    assert!((930..=985).contains(&covered), "{covered} of 1000");
}

fn covers(groups: &[usize], clusters: &Clusters, rng: &mut Rng) -> bool {
    let by_group: Vec<f64> = (0..clusters.count()).map(|_| normal(rng)).collect();
    let runs: Vec<Outcome> = (0..5)
        .map(|seed| {
            let shift = 0.15 * normal(rng);
            let items: Vec<f64> =
                groups.iter().map(|&g| shift + by_group[g] + normal(rng)).collect();
            run(Some(seed), &items)
        })
        .collect();
    let still = [run(None, &vec![0.0; groups.len()])];
    let estimate = difference(&runs, &still, clusters).unwrap();
    estimate.low.unwrap() <= 0.0 && estimate.high.unwrap() >= 0.0
}

/// The sum of twelve uniform numbers less six: mean 0, variance 1.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}
