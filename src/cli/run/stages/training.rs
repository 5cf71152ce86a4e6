//! The stage that trains a row's network.

use std::path::Path;

use rand::seq::SliceRandom;
use tch::Device;

use super::{Bench, LIBTORCH};
use crate::cli::run::corpora::{Labelled, Stores};
use crate::cli::run::plan::{Origin, PlannedRow};
use crate::data::{Front, label_hash};
use crate::error::{Error, Result};
use crate::eval::embed;
use crate::progress::Meter;
use crate::seed::Seed;
use crate::train::{self, Job, Network, Source, Usage};
use crate::{device, files, settings, tensors};

/// A network ready to embed, and how it came to be.
pub struct Ready {
    /// The network.
    pub network: Network,
    /// The hash of its weights and settings.
    pub fingerprint: String,
    /// What its training used; none where nothing was trained.
    pub cost: Option<Usage>,
    /// The name of the training stage.
    pub run: String,
}

impl Bench<'_> {
    /// The source a row is pre-trained on.
    ///
    /// # Errors
    /// When a store cannot be made.
    pub fn source(
        &self,
        planned: &PlannedRow<'_>,
        seed: Seed,
        front: &Front,
        stores: &mut Stores<'_>,
    ) -> Result<Source> {
        let mut source = Source::default();
        for (corpus, items) in &planned.unlabelled {
            source.add(stores.get(corpus, front)?, items);
        }
        if let Some(Labelled { source: from, items, answers, .. }) = &planned.labelled {
            let items = draw(items, planned.labels_used(items.len()), seed);
            source.add(stores.get(&from.corpus, front)?, &items);
            let marks = items.iter().flat_map(|item| answers.marks(*item)).collect();
            source.labels = Some(answers.labels(marks));
        }
        Ok(source)
    }

    /// The name of a row's training stage.
    ///
    /// # Errors
    /// When a corpus cannot be read.
    pub fn training_name(&self, planned: &PlannedRow<'_>, seed: u64) -> Result<String> {
        let network = planned.network(None, Seed::new(0), Device::Cpu)?;
        let front = network.encoder().input().front();
        let mut data = Vec::new();
        for (corpus, items) in &planned.unlabelled {
            data.push((front.store_name(self.plan.corpora[corpus].as_ref())?, items));
        }
        let labels = planned.labelled.as_ref().map(|Labelled { source, items, .. }| {
            let corpus = self.plan.corpora[&source.corpus].as_ref();
            let labels = label_hash(corpus.items(), &source.target);
            front.store_name(corpus).map(|name| (name, items, labels, source.kind))
        });
        settings::hash(&serde_json::json!({
            "stage": ["train", train::VERSION, LIBTORCH, device::kind(self.device)],
            "method": [planned.entry.name, planned.entry.card.version],
            "settings": planned.config,
            "train": planned.recipe,
            "budget": planned.budget(&self.plan.suite),
            "data": data,
            "labels": labels.transpose()?,
            "file": self.origin_name(planned, seed)?,
            "seed": seed,
        }))
    }

    /// What a row's network is made of: the hash of a file, or the name of a training stage.
    fn origin_name(&self, planned: &PlannedRow<'_>, seed: u64) -> Result<Option<String>> {
        match &planned.origin {
            None => Ok(None),
            Some(Origin::File { hash, .. }) => Ok(Some(hash.clone())),
            Some(Origin::Row(row)) => self.training_name(self.plan.row(row)?, seed).map(Some),
        }
    }

    /// The weights of the row that a row's network is made of, trained if they are not there.
    fn origin_bytes(
        &self,
        planned: &PlannedRow<'_>,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<Option<Vec<u8>>> {
        let Some(Origin::Row(row)) = &planned.origin else { return Ok(None) };
        let ready = self.ready(self.plan.row(row)?, seed, stores)?;
        let path = self.store.join("train").join(&ready.run).join("weights.safetensors");
        std::fs::read(&path).map(Some).map_err(Error::io("read", &path))
    }

    /// Whether the store holds a row's trained weights.
    ///
    /// # Errors
    /// As [`Bench::training_name`].
    pub fn is_trained(&self, planned: &PlannedRow<'_>, seed: u64) -> Result<bool> {
        Ok(self
            .store
            .join("train")
            .join(self.training_name(planned, seed)?)
            .join("cost.yaml")
            .exists())
    }

    /// The loss at every step of a training stage that is done; none where `run` is empty, which
    /// names no stage.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn losses(&self, run: &str) -> Result<Vec<f64>> {
        if run.is_empty() {
            return Ok(Vec::new());
        }
        train::losses(&self.store.join("train").join(run).join("train.csv"))
    }

    /// The row's network for a seed: trained (or taken from the store), or as initialised.
    ///
    /// # Errors
    /// When training fails.
    pub fn ready(
        &self,
        planned: &PlannedRow<'_>,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<Ready> {
        let root = Seed::new(seed).derive("run", &[]);
        let file = self.origin_bytes(planned, seed, stores)?;
        let network = planned.network(file.as_deref(), root, self.device)?;
        let (mut cost, mut run) = (None, String::new());
        if let Some(recipe) = &planned.recipe {
            run = self.training_name(planned, seed)?;
            let folder = self.store.join("train").join(&run);
            let done = folder.join("cost.yaml");
            let _lock = files::lock(&self.store.join("train").join(format!(".{run}.lock")))?;
            if !done.exists() {
                let front = network.encoder().input().front();
                let source = self.source(planned, root, &front, stores)?;
                let (entry, config, budget) =
                    (planned.entry, &planned.config, planned.budget(&self.plan.suite));
                let (device, threads) = (self.device, self.threads);
                let label = format!("{} seed {seed}", planned.row.name);
                let (file, seed) = (planned.file(file.as_deref()), root);
                let job =
                    Job { entry, config, recipe, budget, source, file, seed, device, threads };
                train::train(&job, &folder, |steps| Meter::new(self.show, &label, steps, "steps"))?;
            }
            network.restore(&tensors::load(&folder.join("weights.safetensors"))?)?;
            cost = Some(read_yaml(&done)?);
        }
        let weights = embed::fingerprint(&network.tensors())?;
        let method = (planned.entry.name, planned.entry.card.version);
        let origin = self.origin_name(planned, seed)?;
        let fingerprint = settings::hash(&(method, &planned.config, weights, origin))?;
        Ok(Ready { network, fingerprint, cost, run })
    }
}

/// So many of the items, drawn once per run.
fn draw(items: &[usize], count: usize, seed: Seed) -> Vec<usize> {
    let mut drawn = items.to_vec();
    drawn.shuffle(&mut seed.stream("labelled items", &[]));
    drawn.truncate(count);
    drawn.sort_unstable();
    drawn
}

fn read_yaml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    settings::parse(&files::read_text(path)?, &path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::Parser;

    use super::*;
    use crate::cli::RunArgs;
    use crate::cli::run::corpora::Lacking;
    use crate::cli::run::plan::Plan;
    use crate::progress::Show;
    use crate::registry::Registry;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RunArgs,
    }

    /// The training stages of a suite's first seed, by row.
    fn trained(suite: &str) -> BTreeMap<String, String> {
        let registry = Registry::builtin();
        let args = Line::parse_from(["bench", suite]).args;
        let plan = Plan::new(&registry, &args, Lacking::LeftOut).unwrap();
        let (store, device, show) = (args.store, Device::Cpu, Show::Quiet);
        let bench = Bench { plan: &plan, store, device, threads: 1, show };
        let rows = plan.rows.iter().filter(|planned| planned.recipe.is_some());
        rows.map(|row| (row.row.name.clone(), bench.training_name(row, 1).unwrap())).collect()
    }

    #[test]
    fn what_methods_has_trained_no_suite_that_says_so_trains_again() {
        let methods = trained("methods");
        assert_eq!(methods.len(), 20);
        for (suite, rows) in [("covers", 20), ("robustness", 8), ("few_labels", 6)] {
            let again = trained(suite);
            assert_eq!(again.len(), rows, "{suite}");
            assert!(again.iter().all(|(row, stage)| methods.get(row) == Some(stage)), "{suite}");
        }
    }
}
