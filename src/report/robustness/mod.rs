//! What corrupted sound does to scores: each task's test items heard through corruptions, beside the same
//! items as they are.
//!
//! A change is relative as EVALUATION's summary has it: (corrupted - clean) / clean, averaged over a
//! task's corruptions. Its spread between items comes from the same bootstrap draws for both.

mod relative;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use super::analysis::Tested;
use super::{CorruptedFacts, Facts, Record, TaskFacts};
use crate::eval::metric;
use crate::stats::{Clusters, Estimate, Outcome, difference, mean};
use crate::{Error, Result};
use relative::Relative;

pub(super) use table::{OTHERS, markdown, summary, tables};

/// A task's scores through corruptions, by one metric.
#[derive(Clone, Debug)]
pub struct Robust {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// The corruptions, in the suite's order.
    pub corruptions: Vec<CorruptedFacts>,
    /// The rows that finished a run, in the table's order.
    pub rows: Vec<RobustRow>,
}

/// One row's scores.
#[derive(Clone, Debug)]
pub struct RobustRow {
    /// The row.
    pub method: String,
    /// Its score on clean sound.
    pub clean: Estimate,
    /// Its scores through the corruptions; none where no run finished.
    pub heard: Vec<Option<Change>>,
    /// The mean of the relative changes over all corruptions.
    pub mean: Option<Estimate>,
}

/// What one corruption does to a row's score.
#[derive(Clone, Debug)]
pub struct Change {
    /// The score on corrupted sound.
    pub score: Estimate,
    /// That minus the score on clean sound, paired by seed and item.
    pub difference: Option<Estimate>,
    /// The same over the score on clean sound; none where that is not positive.
    pub relative: Option<Estimate>,
}

/// Compares corrupted with clean, for the tasks that were asked through corruptions.
///
/// # Errors
/// When predictions are missing or wrong, or contradict `records`.
pub(super) fn read(folder: &Path, facts: &Facts, records: &[(u64, Record)]) -> Result<Vec<Robust>> {
    let mut all = Vec::new();
    for task in &facts.tasks {
        let heard: Vec<CorruptedFacts> =
            facts.heard.iter().filter(|heard| heard.of == task.name).cloned().collect();
        if heard.is_empty() {
            continue;
        }
        let renamed =
            |heard: &CorruptedFacts| TaskFacts { name: heard.name.clone(), ..task.clone() };
        let tasks: Vec<TaskFacts> = heard.iter().map(renamed).collect();
        let clean = Tested::read(folder, task, records)?;
        let mut versions = Vec::new();
        for one in &tasks {
            let tested = Tested::read(folder, one, records)?.drawn_as(&task.name);
            if !tested.groups.is_empty() && tested.groups != clean.groups {
                let message = format!("its test items are not those of {}", task.name);
                return Err(Error::data(format!("{}, {}", folder.display(), one.name), message));
            }
            versions.push(tested);
        }
        for name in &task.metrics {
            let metric = metric::by_name(name)?;
            let outcomes = |tested: &Tested<'_>| -> Result<Runs> {
                let outcomes = tested.outcomes(folder, facts, metric, records)?;
                Ok(outcomes
                    .into_iter()
                    .map(|(row, runs)| (row.to_string(), runs))
                    .collect::<Runs>())
            };
            let compared = Compared {
                clean: outcomes(&clean)?,
                heard: versions.iter().map(outcomes).collect::<Result<Vec<Runs>>>()?,
                draws: clean.clusters.draws(&facts.suite, &task.name, metric.name()),
                clusters: &clean.clusters,
            };
            let rows = facts.rows.iter().filter_map(|row| compared.row(&row.name)).collect();
            let (task, metric) = (task.name.clone(), metric.name().to_string());
            all.push(Robust { task, metric, corruptions: heard.clone(), rows });
        }
    }
    Ok(all)
}

/// The runs of all rows by one metric, clean and through each corruption.
struct Compared<'a> {
    clean: Runs,
    heard: Vec<Runs>,
    draws: Vec<Vec<f64>>,
    clusters: &'a Clusters,
}

/// The runs of each row.
type Runs = BTreeMap<String, Vec<Outcome>>;

impl Compared<'_> {
    fn row(&self, method: &str) -> Option<RobustRow> {
        let clean = self.clean.get(method)?;
        let none = Vec::new();
        let heard: Vec<&Vec<Outcome>> =
            self.heard.iter().map(|runs| runs.get(method).unwrap_or(&none)).collect();
        let relative: Vec<Vec<Relative>> =
            heard.iter().map(|runs| Relative::of(runs, clean, &self.draws)).collect();
        let estimate = |changes: &[Relative]| {
            let runs: Vec<Outcome> = changes.iter().map(Relative::outcome).collect();
            mean(&runs, self.clusters)
        };
        let change = |(runs, relative): (&&Vec<Outcome>, &Vec<Relative>)| {
            Some(Change {
                score: mean(runs, self.clusters)?,
                difference: difference(runs, clean, self.clusters),
                relative: estimate(relative),
            })
        };
        Some(RobustRow {
            method: method.into(),
            clean: mean(clean, self.clusters)?,
            heard: heard.iter().zip(&relative).map(change).collect(),
            mean: estimate(&relative::averaged(&relative)),
        })
    }
}
