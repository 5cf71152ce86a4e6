//! The scores of a results folder computed again from its predictions.

use std::path::Path;

use super::csv::at;
use super::words::versioned;
use super::{Facts, Record, TaskFacts, analysis, prediction_path, read_predictions};
use crate::eval::metric::{self, Labels};
use crate::{Error, Result};

/// What became of a task's scores by one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Rescored {
    /// The task; `style@chorus` of one asked through a corruption.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// The version that they were by.
    pub before: u32,
    /// The version that they are by.
    pub after: u32,
    /// Number of scores computed again.
    pub scores: usize,
    /// How many of them are others than before.
    pub changed: usize,
    /// The largest change; none where no score was and is a number.
    pub largest: Option<f64>,
}

/// How far a score may move by rounding.
const ROUNDING: f64 = 1e-9;

/// Computes every score of a folder again by this program's metrics and writes `scores.csv`; the
/// predictions and what was chosen on valid stay as they are, and where that was chosen by another
/// version of the metric a warning in `suite.yaml` says so.
///
/// # Errors
/// When a file is missing or wrong, and then nothing is changed; or when the folder cannot be written.
pub fn rescore(folder: &Path) -> Result<Vec<Rescored>> {
    let mut facts = Facts::read(folder)?;
    let mut records = Record::read_all(folder)?;
    analysis::check(folder, &facts, &records)?;
    let mut told: Vec<Rescored> = Vec::new();
    for (line, record) in &mut records {
        let again = again(folder, &facts, record)
            .map_err(|e| at(&folder.join("scores.csv"), *line, e.told()))?;
        tell(&mut told, record, &again);
        *record = again;
    }
    let warnings = told.iter().filter_map(|rescored| rescored.warning(&facts));
    let warnings: Vec<String> = warnings.collect();
    let records: Vec<Record> = records.into_iter().map(|(_, record)| record).collect();
    Record::write_all(folder, &records)?;
    if !warnings.is_empty() {
        facts.warnings.extend(warnings);
        facts.write(folder)?;
    }
    Ok(told)
}

/// A score as this program computes it; one without predictions stays without.
fn again(folder: &Path, facts: &Facts, record: &Record) -> Result<Record> {
    let metric = metric::by_name(&record.metric)?;
    let mut again = record.clone();
    again.version.metric = metric.version();
    if !record.predicted() {
        return Ok(again);
    }
    let asked = asked(facts, &record.task)?;
    let path = prediction_path(folder, &record.method, record.seed, &record.task);
    let (_, predictions) = read_predictions(&path, &asked)?;
    let score = metric::mean_score(metric, &predictions)?;
    again.status = Record::status_of(&score).into();
    (again.value, again.n) = (score.value, Some(score.n));
    Ok(again)
}

/// The task of a name, which may be that of a corruption.
fn asked(facts: &Facts, name: &str) -> Result<TaskFacts> {
    let heard = facts.heard.iter().find(|heard| heard.name == name);
    let task = facts.task(heard.map_or(name, |heard| &heard.of));
    let task = task.ok_or_else(|| Error::Failed(format!("{name} was left out and has a score")))?;
    Ok(TaskFacts { name: name.into(), ..task.clone() })
}

/// Counts a score.
fn tell(told: &mut Vec<Rescored>, before: &Record, after: &Record) {
    let of = |r: &&mut Rescored| {
        let versions = (r.before, r.after) == (before.version.metric, after.version.metric);
        versions && (&r.task, &r.metric) == (&after.task, &after.metric)
    };
    let place = told.iter_mut().find(of);
    let moved = before.value.zip(after.value).map(|(before, after)| (after - before).abs());
    let changed = match moved {
        Some(moved) => moved > ROUNDING,
        None => before.value.is_some() != after.value.is_some(),
    };
    let one = Rescored {
        task: after.task.clone(),
        metric: after.metric.clone(),
        before: before.version.metric,
        after: after.version.metric,
        scores: usize::from(after.predicted()),
        changed: usize::from(changed),
        largest: moved,
    };
    match place {
        None => told.push(one),
        Some(known) => {
            known.scores += one.scores;
            known.changed += one.changed;
            known.largest = known.largest.into_iter().chain(moved).reduce(f64::max);
        }
    }
}

impl Rescored {
    /// What must be known where a choice was made by another version of the metric than the scores
    /// are by.
    fn warning(&self, facts: &Facts) -> Option<String> {
        let task = facts.task(&self.task)?;
        let decides = task.metrics.first() == Some(&self.metric) && task.labels != Labels::Works;
        (decides && self.before != self.after).then(|| {
            let [before, after] =
                [self.before, self.after].map(|v| format!("{} v{v}", self.metric));
            let task = versioned(&task.name, task.version);
            format!(
                "{task}: scored again by {after}; what was chosen on valid was chosen by {before}"
            )
        })
    }
}
