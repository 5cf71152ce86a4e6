//! Ranks as a table and in words.

use super::{Ranks, between};
use crate::eval::comparisons::PostHoc;
use crate::report::grid::{self, Grid};
use crate::report::words::{chance, spoken};
use crate::stats::LEVEL;
use crate::stats::test::{Test, Ties};

/// The section of the report.
pub(in crate::report) fn markdown(ranks: &Ranks) -> String {
    let points: String = points(ranks).iter().map(|point| format!("- {point}\n")).collect();
    format!(
        "\n## Several tasks\n\n{}\n\n{points}\n![mean ranks with their intervals](figures/ranks.intervals.svg)\n{}",
        grid::markdown(table(ranks)),
        match ranks.cliques() {
            Some(_) => "\n![critical differences](figures/ranks.critical.svg)\n",
            None => "",
        }
    )
}

/// The rows from the best rank on; the first line holds the titles.
pub(in crate::report) fn table(ranks: &Ranks) -> Grid {
    let titles = ["method", "mean rank", "tie group", "interquartile mean"];
    let mut titles = titles.map(String::from).to_vec();
    let tests = ranks.can_tell() && ranks.pairs.len() + 1 == ranks.rows.len();
    titles.extend(tests.then(|| "corrected p".to_string()));
    let row = |row: usize| {
        let standing = &ranks.ranking.standings[row];
        let mean = between(standing.interquartile, standing.interquartile_interval);
        let (name, group) = (ranks.rows[row].clone(), standing.group.to_string());
        let mut cells = vec![name, ranks.rank(row), group, mean];
        cells.extend(tests.then(|| tested(ranks, row)));
        cells
    };
    std::iter::once(titles).chain(ranks.ranking.order().into_iter().map(row)).collect()
}

/// The p value of a row against the baseline.
fn tested(ranks: &Ranks, row: usize) -> String {
    let pair = ranks.pairs.iter().find(|pair| pair.rows[0] == row);
    pair.map_or("–".into(), |pair| chance(pair.p_holm, 4))
}

/// What the table shows, and what the tests say or why they cannot.
pub(in crate::report) fn points(ranks: &Ranks) -> Vec<String> {
    let named = |(task, metric): &(String, String)| format!("{task} ({})", spoken(metric));
    let tasks = ranks.tasks.iter().map(named).collect::<Vec<_>>().join(", ");
    let mut points = vec![
        format!(
            "Mean ranks over the {} tasks' first metrics, 1 the best: {tasks}. Intervals are 95 %, of seeds and groups \
             of test items drawn again; a row is of a further tie group where its rank is shown to be behind that of \
             the first row of the group before.",
            ranks.tasks.len()
        ),
        "Interquartile means leave out the lowest and the highest quarter of the scores of all runs and tasks, which \
         are scaled so that the lowest mean of a ranked row on a task is 0 and the highest 1."
            .into(),
    ];
    points.extend(tests(ranks));
    if !ranks.left_out.is_empty() {
        let rows = ranks.left_out.join(", ");
        points.push(format!("Not ranked, since no verdict is given on some task: {rows}."));
    }
    points
}

fn tests(ranks: &Ranks) -> Vec<String> {
    let (tasks, smallest) = (ranks.tasks.len(), ranks.ranking.smallest_p());
    if !ranks.can_tell() {
        return vec![format!(
            "{tasks} tasks cannot reach {LEVEL}: the smallest p of Wilcoxon's signed-rank test is {}, and Friedman's \
             is no good approximation. Which rows differ over tasks is therefore not tested; the figures are in \
             [ranks.csv](ranks.csv).",
            chance(smallest, 4)
        )];
    }
    let means = &ranks.ranking.means;
    let [first, second] = means.freedoms();
    let friedman = |ties| means.friedman(ties).map_or(String::new(), |test| figures(&test));
    let mut points = vec![format!(
        "Friedman's test with {first:.0} degrees of freedom: χ² {}; corrected for ties {}.",
        friedman(Ties::Ignored),
        friedman(Ties::Corrected)
    )];
    points.push(match means.iman_davenport(Ties::Ignored) {
        Some(test) => {
            format!("Iman and Davenport's with {first:.0} and {second:.0}: F {}.", figures(&test))
        }
        None => "Every task ranks the rows alike: Iman and Davenport's F is infinite.".into(),
    });
    points.push(pairs(ranks, smallest));
    points.extend(ranks.critical_difference().filter(|_| ranks.post_hoc == PostHoc::Nemenyi).map(
        |difference| {
            format!("Nemenyi's critical difference of mean ranks is {difference:.2}; it depends on which rows are there.")
        },
    ));
    points
}

fn pairs(ranks: &Ranks, smallest: f64) -> String {
    let count = ranks.pairs.len();
    let told = ranks.pairs.iter().filter(|pair| pair.p_holm < LEVEL).count();
    let least = (smallest * count as f64).min(1.0);
    let limit = if least > LEVEL {
        format!(
            "; {} tasks and {count} comparisons cannot reach {LEVEL}: their smallest corrected p is {}",
            ranks.tasks.len(),
            chance(least, 4)
        )
    } else {
        String::new()
    };
    format!(
        "Wilcoxon's signed-rank test tells {told} of {count} pairs apart (Holm's correction over these){limit}."
    )
}

fn figures(test: &Test) -> String {
    format!("{:.3} (p {})", test.statistic, chance(test.p, 4))
}
