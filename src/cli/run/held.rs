//! What of a run the store holds.

use std::collections::BTreeSet;

use super::corpora::Stores;
use super::plan::{Origin, Plan, PlannedRow, PlannedTask, Sound};
use super::stages::{Bench, Chance};
use crate::error::Result;
use crate::progress::Show;

/// Numbers of things that a run consists of.
#[derive(Clone, Copy, PartialEq)]
pub struct Things {
    /// Trained weights.
    pub weights: usize,
    /// Embedded corpora, each counted once for every way in which it is embedded.
    pub embeddings: usize,
    /// Answered tasks, by every draw of labels.
    pub probes: usize,
}

impl Things {
    /// All that a run of a row consists of.
    pub fn all(plan: &Plan<'_>, planned: &PlannedRow<'_>) -> Things {
        let asked = || plan.tasks_of(&planned.row.name);
        let probed = asked().filter(|task| task.task.finetune.is_none());
        let corpora: BTreeSet<_> = probed.flat_map(embedded).collect();
        Things {
            weights: usize::from(planned.recipe.is_some()),
            embeddings: corpora.len(),
            probes: asked().map(|task| task.task.part().draws as usize).sum(),
        }
    }

    /// What the store holds of a run.
    ///
    /// # Errors
    /// When a corpus cannot be read or the store is damaged.
    pub fn held(bench: &Bench<'_>, planned: &PlannedRow<'_>, seed: u64) -> Result<Things> {
        let trained = planned.recipe.is_some() && bench.is_trained(planned, seed)?;
        let weights = usize::from(trained);
        if !is_made(bench, planned, seed)? {
            return Ok(Things { weights, embeddings: 0, probes: 0 });
        }
        // Nothing is trained any more, so no store is opened.
        let folder = bench.store.join("corpora");
        let ready =
            bench.ready(planned, seed, &mut Stores::new(bench.plan, folder, 1, Show::Quiet))?;
        let (mut embeddings, mut probes) = (BTreeSet::new(), 0);
        for task in bench.plan.tasks_of(&planned.row.name) {
            let mut names = Vec::new();
            if task.task.finetune.is_none() {
                for (sound, asked) in task.sounds().zip(embedded(task)) {
                    let (name, there) = bench.embedding_stage(&ready, &sound, seed)?;
                    embeddings.extend(there.is_there().then_some(asked));
                    names.push(name);
                }
            }
            for chance in Chance::of(seed, task) {
                let (_, answer) = match names.split_first() {
                    Some((clean, corrupted)) => {
                        bench.probe_stage(task, (clean, corrupted), chance)?
                    }
                    None => bench.tuning_stage(&ready, task, chance)?,
                };
                probes += usize::from(answer.exists());
            }
        }
        Ok(Things { weights, embeddings: embeddings.len(), probes })
    }

    /// What is left when so much is there.
    pub fn without(self, held: Things) -> Things {
        Things {
            weights: self.weights - held.weights,
            embeddings: self.embeddings - held.embeddings,
            probes: self.probes - held.probes,
        }
    }

    /// In words, such as `weights, 2 embeddings`.
    pub fn words(self) -> String {
        let several = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            _ => Some(format!("{count} {what}s")),
        };
        let weights = (self.weights > 0).then(|| "weights".to_string());
        let all = [weights, several(self.embeddings, "embedding"), several(self.probes, "probe")];
        let words = all.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if words.is_empty() { "nothing".into() } else { words }
    }
}

/// What tells the embeddings that a task asks for from those of others: the corpus, the unit, and
/// the task itself where its train items are embedded in a mode of their own.
fn embedded(planned: &PlannedTask) -> impl Iterator<Item = (&str, String, Option<&str>)> {
    planned.sounds().map(move |Sound { corpus, unit, drift }| {
        (corpus, unit.into(), drift.map(|_| planned.task.name.as_str()))
    })
}

/// Whether nothing is left to train before a run can embed.
fn is_made(bench: &Bench<'_>, planned: &PlannedRow<'_>, seed: u64) -> Result<bool> {
    if planned.recipe.is_some() && !bench.is_trained(planned, seed)? {
        return Ok(false);
    }
    match &planned.origin {
        Some(Origin::Row(row)) => is_made(bench, bench.plan.row(row)?, seed),
        Some(Origin::File { .. }) | None => Ok(true),
    }
}
