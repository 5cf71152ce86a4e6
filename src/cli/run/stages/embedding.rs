//! The stage that embeds a corpus.

use std::path::PathBuf;

use tch::{Device, Tensor};

use super::{Bench, LIBTORCH, Ready};
use crate::cli::run::corpora::Stores;
use crate::cli::run::plan::{CorruptedTest, PlannedTask, Sound};
use crate::error::Result;
use crate::eval::embed::{self, Cut, Drift};
use crate::eval::probe::Embedded;
use crate::eval::unit::Unit;
use crate::progress::Meter;
use crate::seed::Seed;
use crate::tensors::Named;
use crate::{device, files, settings};

/// Where the embeddings of a corpus are.
pub enum Embeddings {
    /// Known without any sound.
    Known(Tensor),
    /// In a file, once they are made.
    File(PathBuf),
}

impl Embeddings {
    /// Whether nothing is left to do.
    pub fn is_there(&self) -> bool {
        match self {
            Embeddings::Known(_) => true,
            Embeddings::File(path) => path.exists(),
        }
    }
}

/// What a task's probes read.
pub struct TaskEmbeddings {
    /// The embeddings of the whole corpus, clean.
    pub clean: Embedded,
    /// The name of their stage.
    pub stage: String,
    /// The embeddings of the test items through each corruption.
    pub corrupted: Vec<Embedded>,
    /// The names of their stages.
    pub corrupted_stages: Vec<String>,
}

impl Bench<'_> {
    /// The embeddings that a task's probes ask for, on the CPU.
    ///
    /// # Errors
    /// When a corpus cannot be read or an embedding is not finite.
    pub fn task_embeddings(
        &self,
        ready: &Ready,
        planned: &PlannedTask,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<TaskEmbeddings> {
        let (clean, stage) = self.embeddings(ready, &planned.sound(), seed, stores)?;
        let (mut corrupted, mut corrupted_stages) = (Vec::new(), Vec::new());
        let sounds = planned.sounds().skip(1);
        for (sound, CorruptedTest { places, .. }) in sounds.zip(&planned.corrupted) {
            let (embedded, stage) = self.embeddings(ready, &sound, seed, stores)?;
            corrupted.push(embedded.pick(places, Device::Cpu));
            corrupted_stages.push(stage);
        }
        Ok(TaskEmbeddings { clean, stage, corrupted, corrupted_stages })
    }

    /// The name of the stage that embeds a corpus as probes ask for, and where the embeddings are
    /// when it is done. What is known without sound is one vector an item.
    ///
    /// # Errors
    /// When the corpus cannot be read, or an id is not known.
    pub fn embedding_stage(
        &self,
        ready: &Ready,
        sound: &Sound<'_>,
        seed: u64,
    ) -> Result<(String, Embeddings)> {
        let Sound { corpus, unit, drift } = *sound;
        let encoder = ready.network.encoder();
        let stage = [
            "embed".to_string(),
            embed::VERSION.to_string(),
            device::kind(self.device).to_string(),
        ];
        let items = self.plan.corpora[corpus].as_ref();
        let ids: Vec<&str> = items.items().iter().map(|item| item.id.as_str()).collect();
        if let Some(known) = encoder.recall(corpus, &ids)? {
            let name = settings::hash(&(stage, LIBTORCH, &ready.fingerprint, corpus, &ids))?;
            return Ok((name, Embeddings::Known(known)));
        }
        let input = encoder.input();
        let heard = (input.length(), input.front().store_name(items)?);
        let plain = settings::hash(&(stage, LIBTORCH, &ready.fingerprint, heard))?;
        let name = match (unit, drift) {
            (Unit::Item, None) => plain,
            (_, None) => settings::hash(&(plain, unit))?,
            (_, Some((split, batch))) => {
                let train = (split.hash(items.items())?, batch, seed);
                settings::hash(&(plain, unit, train))?
            }
        };
        let path = self.store.join("embed").join(format!("{name}.safetensors"));
        Ok((name, Embeddings::File(path)))
    }

    /// The embeddings of a corpus, on the CPU, with the name of the stage.
    ///
    /// # Errors
    /// When the corpus cannot be read or an embedding is not finite.
    pub fn embeddings(
        &self,
        ready: &Ready,
        sound: &Sound<'_>,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<(Embedded, String)> {
        let (name, path) = match self.embedding_stage(ready, sound, seed)? {
            (name, Embeddings::Known(known)) => return Ok((Embedded::of_items(known), name)),
            (name, Embeddings::File(path)) => (name, path),
        };
        let _lock = files::lock(&self.store.join("embed").join(format!(".{name}.lock")))?;
        if !path.exists() {
            let (rows, owners) = self.embed(ready, sound, seed, stores)?;
            let several = sound.unit != Unit::Item;
            embed::write(&path, &rows, several.then_some(&owners))?;
        }
        let embedded = match embed::read(&path)? {
            (rows, Some(owners)) => Embedded { rows, owners },
            (rows, None) => Embedded::of_items(rows),
        };
        Ok((embedded, name))
    }

    fn embed(
        &self,
        ready: &Ready,
        &Sound { corpus, unit, drift }: &Sound<'_>,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<(Tensor, Vec<usize>)> {
        let encoder = ready.network.encoder();
        let items = self.plan.corpora[corpus].items();
        let store = stores.get(corpus, &encoder.input().front())?;
        let seed = Seed::new(seed).derive("embed", &[]);
        let moves = drift.is_some();
        let drift = drift.map(|(split, batch)| Drift { items: &split.train, batch, seed });
        let cut = Cut { unit, drift };
        let before: Named = match moves {
            true => ready.network.tensors().into_iter().map(|(n, t)| (n, t.copy())).collect(),
            false => Named::new(),
        };
        let label = format!("embedding {corpus}");
        let mut meter = Meter::new(self.show, &label, store.items() as u64, "items");
        let made = embed::embed_units(encoder, (&store, items), &cut, self.device, &mut meter)?;
        meter.finish();
        if moves {
            ready.network.restore(&before)?;
        }
        Ok(made)
    }
}
