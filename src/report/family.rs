//! Which rows are compared, and which comparisons are corrected together, in words.

use super::correction;
use super::grid::Grid;
use super::words::{count, mark, spoken};
use super::{Facts, Line, Report, TaskFacts};
use crate::eval::comparisons::{Against, Family};
use crate::stats::Verdict;

/// A row on a task, and what it is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairing<'a> {
    /// The row.
    pub row: &'a str,
    /// The other; none for the baseline's own line.
    pub against: Option<&'a str>,
    /// Whether it is a question of the suite.
    pub question: bool,
    /// Whether it is one of all pairs, and neither with the baseline nor a question.
    pub pair: bool,
}

/// What is compared by one metric, in the order of the lines; `first` is the task's first metric,
/// of which alone the suite's questions are asked.
pub(super) fn pairings(facts: &Facts, first: bool) -> Vec<Pairing<'_>> {
    let names: Vec<&str> = facts.rows.iter().map(|row| row.name.as_str()).collect();
    let baseline = facts.baseline.as_str();
    let main = names.iter().map(|&row| Pairing {
        row,
        against: (row != baseline).then_some(baseline),
        question: false,
        pair: false,
    });
    let questions = if first { facts.questions.as_slice() } else { &[] };
    let questions = questions.iter().map(|question| Pairing {
        row: &question.row,
        against: Some(&question.against),
        question: true,
        pair: false,
    });
    let mut pairings: Vec<Pairing<'_>> = main.chain(questions).collect();
    if facts.comparisons.against == Against::AllPairs {
        let others = (0..names.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let pairs = others.map(|(a, b)| (names[a], names[b]));
        let further: Vec<(&str, &str)> =
            pairs.filter(|pair| !pairings.iter().any(|known| known.of(*pair))).collect();
        pairings.extend(further.into_iter().map(|(row, against)| Pairing {
            row,
            against: Some(against),
            question: false,
            pair: true,
        }));
    }
    pairings
}

impl Pairing<'_> {
    /// Whether it compares these two.
    fn of(&self, (a, b): (&str, &str)) -> bool {
        let pair = (self.row, self.against);
        pair == (a, Some(b)) || pair == (b, Some(a))
    }
}

/// `Holm over 34 comparisons`.
pub(super) fn heading(report: &Report) -> String {
    let correction = correction::named(report.facts.comparisons.correction);
    match correction.names {
        Some([name, _]) => format!("{name} over {}", together(report)),
        None => format!("{} comparisons, {}", report.judged(), correction.corrected),
    }
}

/// `Holm's correction is over 34 comparisons.`
pub(super) fn point(report: &Report) -> String {
    match correction::named(report.facts.comparisons.correction).names {
        Some([_, whose]) => format!("{whose} correction is over {}.", together(report)),
        None => format!("No correction is made for {} comparisons.", report.judged()),
    }
}

/// `Holm-corrected over 34 comparisons`.
pub(super) fn caption(report: &Report) -> String {
    let correction = correction::named(report.facts.comparisons.correction);
    format!("{} over {}", correction.corrected, together(report))
}

/// `34 comparisons`; by task where the families are.
fn together(report: &Report) -> String {
    match report.facts.comparisons.family {
        Family::Suite => format!("{} comparisons", report.judged()),
        Family::Task => format!("the comparisons of each task and metric ({})", sizes(report)),
    }
}

/// Which comparisons are corrected together, how many they are, and what that promises.
pub(super) fn named(report: &Report) -> String {
    let options = report.facts.comparisons;
    let rows = match options.against {
        Against::Baseline if report.facts.questions.is_empty() => {
            format!("every row with {}", report.facts.baseline)
        }
        Against::Baseline => {
            format!("every row with {}, and the suite's questions", report.facts.baseline)
        }
        Against::AllPairs => "every row with every other".into(),
    };
    let family = match options.family {
        Family::Suite => {
            let tested = match report.judged() {
                1 => "one comparison".to_string(),
                tested => format!("{} comparisons", count(Some(tested as u64))),
            };
            format!(
                "Family: the {tested} of the suite with a p value ({rows}; all tasks and metrics)"
            )
        }
        Family::Task => {
            format!("Families: each task and metric by itself ({rows}): {}", sizes(report))
        }
    };
    let promise = correction::named(options.correction).promise;
    format!("{family}; {promise}.")
}

/// `key weighted key score 34, key accuracy 34`.
fn sizes(report: &Report) -> String {
    let tasks = report.facts.tasks.iter();
    let asked = tasks.flat_map(|task| task.metrics.iter().map(move |metric| (&task.name, metric)));
    let size = |(task, metric): (&String, &String)| {
        let of = |line: &&Line| line.task == *task && line.metric == *metric && line.tested();
        format!("{task} {} {}", spoken(metric), report.lines.iter().filter(of).count())
    };
    asked.map(size).collect::<Vec<_>>().join(", ")
}

/// The number of comparisons that a line's p value is corrected with.
pub(super) fn size(report: &Report, line: &Line) -> usize {
    let suite = report.facts.comparisons.family == Family::Suite;
    let with = |other: &&Line| {
        other.tested() && (suite || (&other.task, &other.metric) == (&line.task, &line.metric))
    };
    report.lines.iter().filter(with).count()
}

/// A table of all pairs by a task's first metric: the verdict on each row against each column.
pub(super) fn pairs(report: &Report, task: &TaskFacts) -> Option<Grid> {
    let metric = task.metrics.first()?;
    if report.facts.comparisons.against != Against::AllPairs {
        return None;
    }
    let of = |line: &&Line| line.task == task.name && line.metric == *metric;
    let lines: Vec<&Line> = report.lines.iter().filter(of).collect();
    let rows = || report.rows.iter().filter(move |row| report.asks(&task.name, &row.name));
    let names = || rows().map(|row| row.name.clone());
    let between = |a: &str, b: &str| {
        let line = lines.iter().find(|line| line.method == a && line.against.as_deref() == Some(b));
        line.and_then(|line| line.verdict())
    };
    let cell = |row: &str, column: &str| {
        let there = || between(column, row).map(Verdict::reversed);
        mark(between(row, column).or_else(there)).to_string()
    };
    let header = std::iter::once(String::new()).chain(names()).collect();
    let row = |row: String| {
        let cells: Vec<String> = names().map(|column| cell(&row, &column)).collect();
        std::iter::once(row).chain(cells).collect()
    };
    Some(std::iter::once(header).chain(names().map(row)).collect())
}
