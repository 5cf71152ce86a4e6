//! What corrupted sound does to scores: each task's test items heard through corruptions, beside
//! the same items as they are.
//!
//! A change is relative as EVALUATION's summary has it: (corrupted - clean) / clean, averaged over
//! a task's corruptions. Its spread between items comes from the same bootstrap draws for both.

mod relative;
mod table;

use std::path::Path;

use super::analysis::{Outcomes, Tested};
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
    pub heard: Vec<Option<CorruptedScore>>,
    /// The mean of the relative changes over all corruptions.
    pub mean: Option<Estimate>,
}

/// What one corruption does to a row's score.
#[derive(Clone, Debug)]
pub struct CorruptedScore {
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
        let of = |heard: &&CorruptedFacts| heard.of == task.name;
        let corruptions: Vec<CorruptedFacts> = facts.heard.iter().filter(of).cloned().collect();
        if corruptions.is_empty() {
            continue;
        }
        let renamed =
            |heard: &CorruptedFacts| TaskFacts { name: heard.name.clone(), ..task.clone() };
        let tasks: Vec<TaskFacts> = corruptions.iter().map(renamed).collect();
        let clean = Tested::read(folder, task, records)?;
        let read = |heard| read_heard(folder, heard, records, &clean);
        let heard = tasks.iter().map(read).collect::<Result<Vec<Tested<'_>>>>()?;
        for name in &task.metrics {
            let metric = metric::by_name(name)?;
            let compared = Compared {
                clean: clean.outcomes(folder, facts, metric, records)?,
                heard: heard
                    .iter()
                    .map(|one| one.outcomes(folder, facts, metric, records))
                    .collect::<Result<_>>()?,
                draws: clean.draws(facts, metric),
                clusters: &clean.clusters,
            };
            let rows = facts.rows.iter().filter_map(|row| compared.row(&row.name)).collect();
            let (task, metric) = (task.name.clone(), metric.name().to_string());
            all.push(Robust { task, metric, corruptions: corruptions.clone(), rows });
        }
    }
    Ok(all)
}

/// Reads what the runs predicted through one corruption, of the same items as on `clean` sound.
fn read_heard<'a>(
    folder: &Path,
    heard: &'a TaskFacts,
    records: &'a [(u64, Record)],
    clean: &Tested<'a>,
) -> Result<Tested<'a>> {
    let tested = Tested::read(folder, heard, records)?.drawn_as(&clean.task.name);
    if !tested.groups.is_empty() && tested.groups != clean.groups {
        let message = format!("its test items are not those of {}", clean.task.name);
        return Err(Error::data(format!("{}, {}", folder.display(), heard.name), message));
    }
    Ok(tested)
}

/// The runs of all rows by one metric, clean and through each corruption.
struct Compared<'a> {
    clean: Outcomes<'a>,
    heard: Vec<Outcomes<'a>>,
    draws: Vec<Vec<f64>>,
    clusters: &'a Clusters,
}

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
        let corrupted = |(runs, relative): (&&Vec<Outcome>, &Vec<Relative>)| {
            Some(CorruptedScore {
                score: mean(runs, self.clusters)?,
                difference: difference(runs, clean, self.clusters),
                relative: estimate(relative),
            })
        };
        Some(RobustRow {
            method: method.into(),
            clean: mean(clean, self.clusters)?,
            heard: heard.iter().zip(&relative).map(corrupted).collect(),
            mean: estimate(&relative::averaged(&relative)),
        })
    }
}
