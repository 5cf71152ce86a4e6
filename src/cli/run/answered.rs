//! A run's answers to a task: one for every draw of the labels it may see.

use super::plan::PlannedTask;
use super::stages::{Bench, Ready, probe_seed};
use super::stores::Stores;
use crate::error::{Error, Result};
use crate::eval::metric::Predictions;
use crate::eval::probe::Choice;
use crate::eval::suite::Protocol;
use crate::seed::Seed;
use crate::settings;

/// One task's predictions.
pub struct Answered {
    /// The task.
    pub task: String,
    /// The test items' predictions, by every draw of labels.
    pub predictions: Predictions,
    /// What was chosen for each draw.
    pub draws: Vec<Drawn>,
}

/// What one draw of labels led to.
pub struct Drawn {
    /// The name of the stage.
    pub stage: String,
    /// What was chosen.
    pub choice: Choice,
}

impl Answered {
    /// What was chosen for the first draw.
    ///
    /// # Errors
    /// When there is no draw.
    pub fn choice(&self) -> Result<&Choice> {
        let none = || Error::Failed(format!("{} has no answer", self.task));
        self.draws.first().map(|drawn| &drawn.choice).ok_or_else(none)
    }

    /// The name of the stage, or of the stages of several draws together.
    ///
    /// # Errors
    /// Never for names.
    pub fn run(&self) -> Result<String> {
        match self.draws.as_slice() {
            [only] => Ok(only.stage.clone()),
            several => settings::hash(&several.iter().map(|one| &one.stage).collect::<Vec<_>>()),
        }
    }
}

/// What decides chance in an answer.
#[derive(Clone, Copy)]
pub struct Chance {
    /// The run's seed.
    pub seed: u64,
    /// Which draw of labels, from 1.
    pub draw: u64,
}

impl Chance {
    /// Of every draw of a task's labels in a run.
    pub fn of(seed: u64, planned: &PlannedTask) -> impl Iterator<Item = Chance> {
        (1..=planned.task.part().draws).map(move |draw| Chance { seed, draw })
    }

    /// What everything is drawn from.
    pub fn seed(self) -> Seed {
        match self.draw {
            1 => probe_seed(self.seed),
            draw => probe_seed(self.seed).derive("draw of labels", &[draw]),
        }
    }

    /// The name of a draw's stage.
    ///
    /// # Errors
    /// Never for a name.
    pub fn name(self, stage: String) -> Result<String> {
        if self.draw == 1 { Ok(stage) } else { settings::hash(&(stage, "draw", self.draw)) }
    }
}

impl Bench<'_> {
    /// What a run answers to a task.
    ///
    /// # Errors
    /// When an item cannot be read, or nothing can be chosen.
    pub fn answered(
        &self,
        ready: &Ready,
        planned: &PlannedTask,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<Answered> {
        let (mut draws, mut predicted) = (Vec::new(), Vec::new());
        for chance in Chance::of(seed, planned) {
            let (predictions, choice, stage) = match planned.task.protocol()? {
                Protocol::Finetune(settings) => {
                    self.tune(ready, (planned, settings), chance, stores)?
                }
                Protocol::Probe(_) | Protocol::Retrieval(_) => {
                    let (embedded, name) = self.embeddings(ready, planned, seed, stores)?;
                    self.probe(planned, ready.network.encoder(), (&embedded, &name), chance)?
                }
            };
            predicted.push(predictions);
            draws.push(Drawn { stage, choice });
        }
        let predictions = Predictions::of_draws(predicted)?;
        Ok(Answered { task: planned.task.name.clone(), predictions, draws })
    }
}
