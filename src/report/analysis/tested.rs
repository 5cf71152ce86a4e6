//! What the runs predicted on one task, and how they score.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use crate::data::parallel::{available_threads, in_order_at_once};
use crate::eval::metric::{Metric, Predictions};
use crate::report::csv::at;
use crate::report::family::Pairing;
use crate::report::keys::Runs;
use crate::report::{Facts, Line, Record, TaskFacts, TestItems, prediction_path, read_predictions};
use crate::stats::beside::{Sides, effects, stream, tests};
use crate::stats::{Clusters, Estimate, Outcome, difference, mean};
use crate::{Error, Result};

/// How far a stored score may be from the one computed again from the stored predictions.
const TOLERANCE: f64 = 1e-9;

/// One metric's outcomes: the runs of every row.
pub(in crate::report) type Outcomes<'a> = BTreeMap<&'a str, Vec<Outcome>>;

/// What the finished runs predicted on one task.
pub(in crate::report) struct Tested<'a> {
    /// The task.
    pub task: &'a TaskFacts,
    /// The task whose bootstrap draws it shares.
    drawn_as: &'a str,
    /// What each run predicted.
    pub runs: Runs<'a>,
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
    pub fn draws(&self, facts: &Facts, metric: &dyn Metric) -> Vec<Vec<f64>> {
        self.clusters.draws(&facts.suite, self.drawn_as, metric.name())
    }

    /// A line before it is judged, and its difference.
    pub(super) fn line(
        &self,
        suite: &str,
        metric: &dyn Metric,
        outcomes: &Outcomes,
        asked: &Pairing<'_>,
    ) -> (Line, Option<Estimate>) {
        let Pairing { row, against, question, pair } = *asked;
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
pub(in crate::report) fn agree(record: &Record, again: Option<f64>) -> Result<(), String> {
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
