//! A run's answers to a task, clean and through each corruption: one for every draw of the labels
//! it may see.

use super::{Bench, Ready};
use crate::cli::run::corpora::Stores;
use crate::cli::run::plan::PlannedTask;
use crate::error::{Error, Result};
use crate::eval::metric::Predictions;
use crate::eval::probe::Choice;
use crate::eval::suite::Protocol;
use crate::seed::Seed;
use crate::settings;

/// One task's predictions, clean or through one corruption.
pub struct Answered {
    /// The task, as it is called through the corruption.
    pub task: String,
    /// The test items' predictions, by every draw of labels.
    pub predictions: Predictions,
    /// What was chosen for each draw.
    pub draws: Vec<Drawn>,
}

/// What one draw of labels led to.
#[derive(Clone, PartialEq)]
pub struct Drawn {
    /// The name of the stage.
    pub stage: String,
    /// What was chosen.
    pub choice: Choice,
}

/// What one draw led to, and the predictions of the test items: clean, then through each
/// corruption.
pub type Answer = (Drawn, Vec<Predictions>);

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
        let own = Seed::new(self.seed).derive("probe", &[]);
        match self.draw {
            1 => own,
            draw => own.derive("draw of labels", &[draw]),
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
    /// What a run answers to a task: clean, then through each corruption.
    ///
    /// # Errors
    /// When an item cannot be read, or nothing can be chosen.
    pub fn answered(
        &self,
        ready: &Ready,
        planned: &PlannedTask,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<Vec<Answered>> {
        let (encoder, chances) = (ready.network.encoder(), Chance::of(seed, planned));
        let answers: Vec<Answer> = match planned.task.protocol()? {
            Protocol::Finetune(settings) => {
                let tune = |chance| self.tune(ready, (planned, settings), chance, stores);
                chances.map(tune).collect::<Result<_>>()?
            }
            Protocol::Probe(probe) => {
                let embeddings = self.task_embeddings(ready, planned, seed, stores)?;
                let probed = |chance| self.probe((planned, probe), encoder, &embeddings, chance);
                chances.map(probed).collect::<Result<_>>()?
            }
            Protocol::Retrieval(similarity) => {
                let (embedded, name) = self.embeddings(ready, &planned.sound(), seed, stores)?;
                let (by, of) = ((encoder, similarity), (&embedded.rows, name.as_str()));
                let found = |chance| self.retrieve(planned, by, of, chance);
                chances.map(found).collect::<Result<_>>()?
            }
        };
        together(planned, answers)
    }
}

/// The draws' predictions of each version of the test items put together.
fn together(planned: &PlannedTask, answers: Vec<Answer>) -> Result<Vec<Answered>> {
    let (draws, predicted): (Vec<Drawn>, Vec<Vec<Predictions>>) = answers.into_iter().unzip();
    let mut predicted: Vec<_> = predicted.into_iter().map(Vec::into_iter).collect();
    let version = |name: &str| -> Result<Answered> {
        let of_draws = predicted.iter_mut().filter_map(Iterator::next).collect();
        let (task, predictions) = (name.to_string(), Predictions::of_draws(of_draws)?);
        Ok(Answered { task, predictions, draws: draws.clone() })
    };
    planned.names().map(version).collect()
}
