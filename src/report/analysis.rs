//! From the files of a results folder to the lines of its table.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::csv::at;
use super::keys::{Keys, Runs};
use super::line::NO_VERDICT;
use super::{
    Facts, LeftOutTask, Line, Record, Row, TaskFacts, TestItems, prediction_path, read_predictions,
};
use crate::error::unknown;
use crate::eval::metric::{self, Metric};
use crate::stats::{Clusters, Difference, Estimate, Outcome, difference, judge, mean};
use crate::{Error, Result};

/// How far a stored score may be from the one computed again from the stored predictions.
const TOLERANCE: f64 = 1e-9;

/// One metric's outcomes: the runs of every row.
type Outcomes<'a> = BTreeMap<&'a str, Vec<Outcome>>;

/// The table's lines, compared and judged together, and how keys were estimated.
pub(super) fn lines(
    folder: &Path,
    facts: &Facts,
    records: &[(u64, Record)],
    rows: &[Row],
) -> Result<(Vec<Line>, Vec<Keys>)> {
    check(folder, facts, records)?;
    let (mut lines, mut keys) = (Vec::new(), Vec::new());
    for task in &facts.tasks {
        let tested = Tested::read(folder, task, records)?;
        let methods = facts.rows.iter().map(|row| row.name.as_str());
        keys.extend(Keys::of(task, methods, &tested.runs, &tested.groups)?);
        for (place, name) in task.metrics.iter().enumerate() {
            let metric = metric::by_name(name)?;
            let outcomes = tested.outcomes(folder, facts, metric, records)?;
            let questions = if place == 0 { facts.questions.as_slice() } else { &[] };
            let main = facts.rows.iter().map(|row| (&row.name, &facts.baseline, false));
            let asked = questions.iter().map(|q| (&q.row, &q.against, true));
            lines.extend(main.chain(asked).map(|(row, against, question)| {
                let against = (row != against).then_some(against.as_str());
                tested.line(metric, &outcomes, (row, against, question))
            }));
        }
    }
    let mut lines = judged(lines, rows, records);
    let spares =
        |line: &Line| facts.task(&line.task).is_some_and(|t| t.spared.contains(&line.method));
    lines.iter_mut().filter(|line| spares(line)).for_each(|line| line.reason = "not asked".into());
    for task in &facts.left_out {
        for name in &task.metrics {
            let metric = metric::by_name(name)?;
            lines.extend(facts.rows.iter().map(|row| empty(facts, task, metric, &row.name)));
        }
    }
    Ok((lines, keys))
}

/// The line of a row on a task that was not asked.
fn empty(facts: &Facts, task: &LeftOutTask, metric: &dyn Metric, row: &str) -> Line {
    Line {
        task: task.name.clone(),
        metric: metric.name().into(),
        higher_is_better: metric.higher_is_better(),
        method: row.into(),
        mean: None,
        against: (row != facts.baseline).then(|| facts.baseline.clone()),
        question: false,
        comparison: None,
        reason: format!("left out: {}", task.why),
    }
}

/// Every record must be of this version of the suite and of a row, task and metric of it, and there only once.
pub(super) fn check(folder: &Path, facts: &Facts, records: &[(u64, Record)]) -> Result<()> {
    let path = folder.join("scores.csv");
    let rows: Vec<&str> = facts.rows.iter().map(|row| row.name.as_str()).collect();
    let asked = facts.questions.iter().flat_map(|q| [&q.row, &q.against]).chain([&facts.baseline]);
    if let Some(name) = asked.into_iter().find(|name| !rows.contains(&name.as_str())) {
        return Err(Error::data(folder.join("suite.yaml").display(), unknown("row", name, rows)));
    }
    let mut seen = BTreeSet::new();
    for (line, record) in records {
        if (&record.suite, record.version) != (&facts.suite, facts.version) {
            let (found, version) = (&record.suite, record.version);
            let (suite, wanted) = (&facts.suite, facts.version);
            let message = format!("a score of {found} v{version} among those of {suite} v{wanted}");
            return Err(at(&path, *line, message));
        }
        let task = facts.asked().find(|(name, _)| *name == record.task);
        let tasks = facts.asked().map(|(name, _)| name);
        let (_, metrics) =
            task.ok_or_else(|| at(&path, *line, unknown("task", &record.task, tasks)))?;
        if !rows.contains(&record.method.as_str()) {
            return Err(at(&path, *line, unknown("row", &record.method, rows)));
        }
        if !metrics.contains(&record.metric) {
            let metrics = metrics.iter().map(String::as_str);
            return Err(at(&path, *line, unknown("metric", &record.metric, metrics)));
        }
        if !seen.insert((&record.task, &record.metric, &record.method, record.seed)) {
            return Err(at(&path, *line, "this score of this run is there twice"));
        }
    }
    Ok(())
}

/// What the finished runs predicted on one task.
struct Tested<'a> {
    task: &'a TaskFacts,
    runs: Runs<'a>,
    groups: Vec<Option<String>>,
    clusters: Clusters,
}

impl<'a> Tested<'a> {
    fn read(
        folder: &Path,
        task: &'a TaskFacts,
        records: &'a [(u64, Record)],
    ) -> Result<Tested<'a>> {
        let mut runs = Runs::new();
        let mut items: Option<TestItems> = None;
        for (_, record) in records.iter().filter(|(_, r)| r.task == task.name && r.finished()) {
            let run = (record.method.as_str(), record.seed);
            if runs.contains_key(&run) {
                continue;
            }
            let path = prediction_path(folder, &record.method, record.seed, &task.name);
            let (read, predictions) = read_predictions(&path, task)?;
            let first = runs.values().next();
            let same = first.is_none_or(|first| first.same_truth(&predictions));
            if !same || items.as_ref().is_some_and(|items| *items != read) {
                let message = "its test items, groups or truth are not those of the other runs";
                return Err(Error::data(path.display(), message));
            }
            items = Some(read);
            runs.insert(run, predictions);
        }
        let groups = items.unwrap_or_default().groups;
        let clusters = Clusters::new(groups.iter().map(Option::as_deref));
        Ok(Tested { task, runs, groups, clusters })
    }

    fn outcomes(
        &self,
        folder: &Path,
        facts: &Facts,
        metric: &dyn Metric,
        records: &'a [(u64, Record)],
    ) -> Result<Outcomes<'a>> {
        let draws = OnceCell::new();
        let draw = || self.clusters.draws(&facts.suite, &self.task.name, metric.name());
        let mut outcomes = Outcomes::new();
        for (line, record) in records {
            let run = self.runs.get(&(record.method.as_str(), record.seed));
            let here = record.task == self.task.name && record.metric == metric.name();
            let Some(run) = run.filter(|_| here && record.finished()) else { continue };
            let outcome =
                Outcome::measure(metric, record.seed, run, || draws.get_or_init(draw).as_slice())?;
            agree(record, outcome.as_ref().map(|outcome| outcome.value))
                .map_err(|e| at(&folder.join("scores.csv"), *line, e))?;
            outcomes.entry(record.method.as_str()).or_default().extend(outcome);
        }
        outcomes.values_mut().for_each(|runs| runs.sort_by_key(|run| run.seed));
        Ok(outcomes)
    }

    /// A line before it is judged, and its difference.
    fn line(
        &self,
        metric: &dyn Metric,
        outcomes: &Outcomes,
        (row, against, question): (&str, Option<&str>, bool),
    ) -> (Line, Option<Estimate>) {
        let runs = outcomes.get(row);
        let other = against.and_then(|against| outcomes.get(against));
        let compared = runs.zip(other).and_then(|(a, b)| difference(a, b, &self.clusters));
        let line = Line {
            task: self.task.name.clone(),
            metric: metric.name().into(),
            higher_is_better: metric.higher_is_better(),
            method: row.into(),
            mean: runs.and_then(|runs| mean(runs, &self.clusters)),
            against: against.map(String::from),
            question,
            comparison: None,
            reason: String::new(),
        };
        (line, compared)
    }
}

/// A stored score must be what the stored predictions give.
pub(super) fn agree(record: &Record, again: Option<f64>) -> Result<(), String> {
    match (record.value, again) {
        (None, None) => Ok(()),
        (Some(stored), Some(again)) if (stored - again).abs() <= TOLERANCE => Ok(()),
        (stored, again) => {
            let words =
                |value: Option<f64>| value.map_or("nothing".into(), |value| value.to_string());
            Err(format!(
                "the value is {}, but the predictions give {}",
                words(stored),
                words(again)
            ))
        }
    }
}

/// Settles which lines enter the verdicts, and judges those together.
fn judged(
    lines: Vec<(Line, Option<Estimate>)>,
    rows: &[Row],
    records: &[(u64, Record)],
) -> Vec<Line> {
    let outside = |line: &Line| {
        let names = [Some(line.method.as_str()), line.against.as_deref()];
        let asked = (line.task.as_str(), line.metric.as_str());
        names.into_iter().flatten().find_map(|name| bar(asked, name, rows, records))
    };
    let enter = |(line, estimate): &(Line, Option<Estimate>)| {
        let (enters, higher_is_better) = (outside(line).is_none(), line.higher_is_better);
        estimate.clone().map(|estimate| Difference { estimate, higher_is_better, enters })
    };
    let mut comparisons = judge(lines.iter().filter_map(enter).collect()).into_iter();
    let settle = |(mut line, estimate): (Line, Option<Estimate>)| {
        line.reason = reason(&line, estimate.as_ref(), outside(&line));
        line.comparison = estimate.and_then(|_| comparisons.next());
        line
    };
    lines.into_iter().map(settle).collect()
}

/// Why a row's comparisons on this task by this metric have no verdict; none where they may.
pub(super) fn bar(
    (task, metric): (&str, &str),
    name: &str,
    rows: &[Row],
    records: &[(u64, Record)],
) -> Option<String> {
    if rows.iter().any(|row| row.name == name && row.barely_trained) {
        return Some(format!("{name} is barely trained: {NO_VERDICT}"));
    }
    let of_row = |r: &Record| r.method == name && r.task == task && r.metric == metric;
    let scores: Vec<&Record> = records.iter().map(|(_, r)| r).filter(|r| of_row(r)).collect();
    // The runs that failed may be those that would have done badly.
    let lost = scores.iter().filter(|record| !record.finished()).count();
    (lost > 0).then(|| format!("{name} lacks {lost} of {} scores: {NO_VERDICT}", scores.len()))
}

fn reason(line: &Line, difference: Option<&Estimate>, outside: Option<String>) -> String {
    match (difference, &line.against, outside) {
        _ if line.mean.is_none() => "no finished run".into(),
        (_, None, _) => String::new(),
        (None, Some(against), _) => format!("no finished run of {against} to pair with"),
        (_, _, Some(why)) => why,
        (Some(difference), _, None) => difference.gap().unwrap_or_default().into(),
    }
}
