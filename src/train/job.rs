//! What is to be trained, on what and how.

use serde_yaml::Value;
use tch::Device;

use super::loader::{CropPlan, Source};
use super::{Budget, Network, Recipe, Seen};
use crate::error::Result;
use crate::registry::Entry;
use crate::seed::Seed;

/// One pre-training run.
#[derive(Clone)]
pub struct Job<'a> {
    /// How its method is built.
    pub entry: &'a Entry,
    /// Its `method:` settings, resolved.
    pub config: &'a Value,
    /// Its `train:` settings.
    pub recipe: &'a Recipe,
    /// How much training it gets.
    pub budget: &'a Budget,
    /// What it is trained on.
    pub source: Source,
    /// What lies in the file it is made of, if it is made of one.
    pub file: Option<&'a [u8]>,
    /// The run's seed.
    pub seed: Seed,
    /// Where it runs.
    pub device: Device,
    /// Loader threads.
    pub threads: usize,
}

impl<'a> Job<'a> {
    /// The same with other `train:` settings.
    pub fn with(&self, recipe: &'a Recipe) -> Job<'a> {
        Job { recipe, ..self.clone() }
    }

    /// The network as the seed initialises it.
    ///
    /// # Errors
    /// When the settings are wrong, or ask for micro-batches of a loss that does not fall into
    /// parts.
    pub(super) fn network(&self) -> Result<Network> {
        let seen = Seen { file: self.file, ..self.source.seen() };
        let mut network = Network::new(self.entry, self.config, seen, self.seed, self.device)?;
        if self.recipe.micro_batch.is_some() {
            network.divided()?;
        }
        Ok(network)
    }

    /// How batches are drawn for a network.
    ///
    /// # Errors
    /// When it has no objective, or there are fewer items than a batch needs.
    pub(super) fn plan(&self, network: &mut Network) -> Result<CropPlan> {
        CropPlan::new(self.source.clone(), network.method()?.sampling(), self.recipe, self.seed)
    }
}
