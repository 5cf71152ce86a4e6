//! From the files of a results folder to the lines of its table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use super::claims;
use super::csv::at;
use super::family::{self, Asked};
use super::keys::{Keys, Runs};
use super::line::NO_VERDICT;
use super::ranks;
use super::{
    Claimed, Facts, LeftOutTask, Line, Ranks, Record, Row, TaskFacts, TestItems, prediction_path,
    read_predictions,
};
use crate::data::parallel::{available_threads, in_order_at_once};
use crate::error::unknown;
use crate::eval::comparisons::Family;
use crate::eval::metric::{self, Metric, Predictions};
use crate::stats::beside::{Sides, effects, stream, tests};
use crate::stats::{
    Clusters, Comparison, Difference, Estimate, Outcome, difference, judge_family, mean,
};
use crate::{Error, Result};

/// How far a stored score may be from the one computed again from the stored predictions.
const TOLERANCE: f64 = 1e-9;

/// One metric's outcomes: the runs of every row.
pub(super) type Outcomes<'a> = BTreeMap<&'a str, Vec<Outcome>>;

/// What is made of a results folder.
pub(super) struct Analysed {
    /// The table's lines, compared and judged.
    pub lines: Vec<Line>,
    /// How keys were estimated.
    pub keys: Vec<Keys>,
    /// How the rows rank, where there are several tasks.
    pub ranks: Option<Ranks>,
    /// What became of the suite's claims.
    pub claims: Vec<Claimed>,
}

/// Computes every figure of a results folder again from its predictions, and compares the rows.
pub(super) fn analyse(
    folder: &Path,
    facts: &Facts,
    records: &[(u64, Record)],
    rows: &[Row],
) -> Result<Analysed> {
    check(folder, facts, records)?;
    current(folder, records)?;
    let (mut lines, mut keys, mut ranked) = (Vec::new(), Vec::new(), Vec::new());
    let mut claimed = Vec::new();
    for task in &facts.tasks {
        let tested = Tested::read(folder, task, records)?;
        let methods = facts.rows.iter().map(|row| row.name.as_str());
        keys.extend(Keys::of(task, methods, &tested.runs, &tested.groups)?);
        for (place, name) in task.metrics.iter().enumerate() {
            let metric = metric::by_name(name)?;
            let outcomes = tested.outcomes(folder, facts, metric, records)?;
            if place == 0 && facts.tasks.len() > 1 {
                let draws = || tested.draws(facts, metric);
                ranked.push(ranks::Task::new(&task.name, metric, &outcomes, draws)?);
            }
            let names = (task.name.as_str(), metric.name());
            let barred = |row: &str| bar(names, row, rows, records);
            claimed.extend(claims::judged(facts, names, (&outcomes, &tested.clusters), barred));
            let asked = family::asked(facts, place == 0);
            let line = |at: usize| tested.line(&facts.suite, metric, &outcomes, &asked[at]);
            let mut keep = |_, line| {
                lines.push(line);
                Ok(())
            };
            in_order_at_once(asked.len(), available_threads(), &line, &mut keep)?;
        }
    }
    let mut lines = judged(facts, lines, rows, records);
    let spares =
        |line: &Line| facts.task(&line.task).is_some_and(|t| t.spared.contains(&line.method));
    lines.iter_mut().filter(|line| spares(line)).for_each(|line| line.reason = "not asked".into());
    for task in &facts.left_out {
        for name in &task.metrics {
            let metric = metric::by_name(name)?;
            lines.extend(facts.rows.iter().map(|row| empty(facts, task, metric, &row.name)));
        }
    }
    let ranks = Ranks::new(facts, &ranked, rows, records);
    let claims = claims::whole(facts, &claimed);
    Ok(Analysed { lines, keys, ranks, claims })
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
        pair: false,
        comparison: None,
        tests: Vec::new(),
        effects: Vec::new(),
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
    claims::check(facts).map_err(|e| Error::data(folder.join("suite.yaml").display(), e))?;
    let mut seen = BTreeSet::new();
    for (line, record) in records {
        versions(facts, record).map_err(|message| at(&path, *line, message))?;
        let task = facts.scored().find(|(name, _)| *name == record.task);
        let tasks = facts.scored().map(|(name, _)| name);
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

/// A score must be of the suite's version and of its task's.
fn versions(facts: &Facts, record: &Record) -> Result<(), String> {
    let (task, asked) = (&record.task, facts.version_of(&record.task));
    let pairs = [
        ((&record.suite, record.version.suite), (&facts.suite, facts.version)),
        ((task, record.version.task), (task, asked.unwrap_or(record.version.task))),
    ];
    match pairs.into_iter().find(|(found, wanted)| found != wanted) {
        None => Ok(()),
        Some(((found, version), (name, wanted))) => {
            Err(format!("a score of {found} v{version} among those of {name} v{wanted}"))
        }
    }
}

/// Every score must be by this program's version of its metric.
pub(super) fn current(folder: &Path, records: &[(u64, Record)]) -> Result<()> {
    for (line, record) in records {
        let (found, known) = (record.version.metric, metric::by_name(&record.metric)?.version());
        if found != known {
            let (name, place) = (&record.metric, folder.display());
            let message = format!(
                "a score by {name} v{found}, which this program has as v{known}; `bench rescore {place}` \
                 computes all scores again from the predictions"
            );
            return Err(at(&folder.join("scores.csv"), *line, message));
        }
    }
    Ok(())
}

/// What the finished runs predicted on one task.
pub(super) struct Tested<'a> {
    task: &'a TaskFacts,
    /// The task whose bootstrap draws it shares.
    drawn_as: &'a str,
    runs: Runs<'a>,
    /// The group of each item.
    pub groups: Vec<Option<String>>,
    /// The same as independent units.
    pub clusters: Clusters,
}

impl<'a> Tested<'a> {
    /// Reads the predictions of every finished run on a task.
    pub fn read(
        folder: &Path,
        task: &'a TaskFacts,
        records: &'a [(u64, Record)],
    ) -> Result<Tested<'a>> {
        let mut runs = Runs::new();
        let mut items: Option<TestItems> = None;
        let mut finished: Vec<(&str, Option<u64>)> = Vec::new();
        let mut known = BTreeSet::new();
        for (_, record) in records.iter().filter(|(_, r)| r.task == task.name && r.finished()) {
            let run = (record.method.as_str(), record.seed);
            finished.extend(known.insert(run).then_some(run));
        }
        let path = |(method, seed)| prediction_path(folder, method, seed, &task.name);
        let read = |run: usize| {
            let (items, predictions) = read_predictions(&path(finished[run]), task)?;
            items.sorted(predictions)
        };
        let mut keep = |run: usize, read: Result<(TestItems, Predictions)>| {
            let (read, predictions) = read?;
            let first = runs.values().next();
            let same = first.is_none_or(|first: &Predictions| first.same_truth(&predictions));
            if !same || items.as_ref().is_some_and(|items| *items != read) {
                let message = "its test items, groups or truth are not those of the other runs";
                return Err(Error::data(path(finished[run]).display(), message));
            }
            items.get_or_insert(read);
            runs.insert(finished[run], predictions);
            Ok(())
        };
        in_order_at_once(finished.len(), available_threads(), &read, &mut keep)?;
        let groups = items.unwrap_or_default().groups;
        let clusters = Clusters::new(groups.iter().map(Option::as_deref));
        Ok(Tested { task, drawn_as: &task.name, runs, groups, clusters })
    }

    /// The same with the bootstrap draws of another task of the same items.
    pub fn drawn_as(self, task: &'a str) -> Tested<'a> {
        Tested { drawn_as: task, ..self }
    }

    /// The outcomes of every finished run by one metric.
    pub fn outcomes(
        &self,
        folder: &Path,
        facts: &Facts,
        metric: &dyn Metric,
        records: &'a [(u64, Record)],
    ) -> Result<Outcomes<'a>> {
        let draws = OnceLock::new();
        let draw = || self.draws(facts, metric);
        let here = |(line, record): &'a (u64, Record)| {
            let run = self.runs.get(&(record.method.as_str(), record.seed))?;
            let asked = record.task == self.task.name && record.metric == metric.name();
            (asked && record.finished()).then_some((*line, record, run))
        };
        let scored: Vec<(u64, &Record, &Predictions)> = records.iter().filter_map(here).collect();
        let measure = |at: usize| {
            let (_, record, run) = scored[at];
            Outcome::measure(metric, record.seed, run, || draws.get_or_init(draw).as_slice())
        };
        let mut outcomes = Outcomes::new();
        let mut keep = |place: usize, outcome: Result<Option<Outcome>>| {
            let (outcome, (line, record, _)) = (outcome?, scored[place]);
            agree(record, outcome.as_ref().map(|outcome| outcome.value))
                .map_err(|e| at(&folder.join("scores.csv"), line, e))?;
            outcomes.entry(record.method.as_str()).or_default().extend(outcome);
            Ok(())
        };
        in_order_at_once(scored.len(), available_threads(), &measure, &mut keep)?;
        outcomes.values_mut().for_each(|runs| runs.sort_by_key(|run| run.seed));
        Ok(outcomes)
    }

    /// How often each item is in each draw for a metric.
    fn draws(&self, facts: &Facts, metric: &dyn Metric) -> Vec<Vec<f64>> {
        self.clusters.draws(&facts.suite, self.drawn_as, metric.name())
    }

    /// A line before it is judged, and its difference.
    fn line(
        &self,
        suite: &str,
        metric: &dyn Metric,
        outcomes: &Outcomes,
        asked: &Asked<'_>,
    ) -> (Line, Option<Estimate>) {
        let Asked { row, against, question, pair } = *asked;
        let runs = outcomes.get(row);
        let other = against.and_then(|against| outcomes.get(against));
        let compared = runs.zip(other).and_then(|(a, b)| difference(a, b, &self.clusters));
        let names = [suite, &self.task.name, metric.name()];
        let (mut besides, mut sizes) = (Vec::new(), Vec::new());
        if let (Some((first, second)), Some(against)) = (runs.zip(other), against) {
            let predictions = [self.predictions(row, first), self.predictions(against, second)];
            let predictions = predictions.each_ref().map(Vec::as_slice);
            let outcomes = [first.as_slice(), second.as_slice()];
            let sides = Sides { metric, outcomes, predictions, clusters: &self.clusters };
            besides = tests(&sides, &mut stream("signs", names));
            sizes = effects(&sides, &mut stream("pairs", names));
        }
        let line = Line {
            task: self.task.name.clone(),
            metric: metric.name().into(),
            higher_is_better: metric.higher_is_better(),
            method: row.into(),
            mean: runs.and_then(|runs| mean(runs, &self.clusters)),
            against: against.map(String::from),
            question,
            pair,
            comparison: None,
            tests: besides,
            effects: sizes,
            reason: String::new(),
        };
        (line, compared)
    }

    /// What the runs of a row predicted.
    fn predictions<'b>(&'b self, row: &'b str, runs: &[Outcome]) -> Vec<&'b Predictions> {
        runs.iter().filter_map(|run| self.runs.get(&(row, run.seed))).collect()
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

/// Settles which lines enter the verdicts, and judges those of a family together.
fn judged(
    facts: &Facts,
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
    let options = facts.comparisons;
    let apart = |(a, _): &(Line, _), (b, _): &(Line, _)| {
        options.family == Family::Suite || (&a.task, &a.metric) == (&b.task, &b.metric)
    };
    let family = |lines: &[(Line, Option<Estimate>)]| {
        judge_family(lines.iter().filter_map(enter).collect(), options.correction)
    };
    let comparisons: Vec<Comparison> = lines.chunk_by(apart).flat_map(family).collect();
    let mut comparisons = comparisons.into_iter();
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
