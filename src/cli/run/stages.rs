//! The stages of one run (train, embed, probe), each named by the hash of all that can change its
//! result and done only if the store lacks it.

use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::answered::Chance;
use super::plan::{Plan, PlannedTask};
use super::row::{Origin, PlannedRow};
use super::stores::Stores;
use super::training_items::Labelled;
use crate::data::{Front, label_hash};
use crate::error::{Error, Result};
use crate::eval::embed::{self, Cut, Drift};
use crate::eval::metric::{self, Predictions};
use crate::eval::probe::{self, Choice, Embedded, Examples, Sealed};
use crate::eval::retrieve;
use crate::eval::suite::Protocol;
use crate::eval::unit::Unit;
use crate::method::Encoder;
use crate::progress::{Meter, Show};
use crate::seed::Seed;
use crate::tensors::Named;
use crate::train::{self, Cost, Job, Network, Source};
use crate::{device, files, settings, tensors};

/// Where and how stages run.
pub struct Bench<'a> {
    /// What is run.
    pub plan: &'a Plan<'a>,
    /// The store.
    pub store: PathBuf,
    /// The device.
    pub device: Device,
    /// Loader threads.
    pub threads: usize,
    /// How progress is shown.
    pub show: Show,
}

/// A network ready to embed, and how it came to be.
pub struct Ready {
    /// The network.
    pub network: Network,
    /// The hash of its weights and settings.
    pub fingerprint: String,
    /// What its training used; none where nothing was trained.
    pub cost: Option<Cost>,
    /// The name of the training stage.
    pub run: String,
}

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

/// What a probe stage leaves.
#[derive(Serialize, Deserialize)]
pub struct Probed {
    /// What was chosen.
    pub choice: Choice,
    /// Scores of the test items, `[items, outputs]` row by row.
    pub scores: Vec<f64>,
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

    /// The name of the stage that embeds a task's corpus as its probes ask for, and where the
    /// embeddings are when it is done. What is known without sound is one vector an item.
    ///
    /// # Errors
    /// When the corpus cannot be read, or an id is not known.
    pub fn embedding_stage(
        &self,
        ready: &Ready,
        PlannedTask { task, split, .. }: &PlannedTask,
        seed: u64,
    ) -> Result<(String, Embeddings)> {
        let (corpus, (unit, drift)) = (task.corpus.as_str(), task.embedding());
        let encoder = ready.network.encoder();
        let stage = [
            "embed".to_string(),
            embed::VERSION.to_string(),
            device::kind(self.device).to_string(),
        ];
        let items = self.plan.corpora[corpus].as_ref();
        let ids: Vec<&str> = items.items().iter().map(|item| item.id.as_str()).collect();
        if let Some(known) = encoder.recall(corpus, &ids)? {
            let name = settings::hash(&(stage, &ready.fingerprint, corpus, &ids))?;
            return Ok((name, Embeddings::Known(known)));
        }
        let input = encoder.input();
        let heard = (input.length(), input.front().store_name(items)?);
        let plain = settings::hash(&(stage, LIBTORCH, &ready.fingerprint, heard))?;
        let name = match (unit, drift) {
            (Unit::Item, None) => plain,
            (_, None) => settings::hash(&(plain, unit))?,
            (_, Some(batch)) => {
                let train = (split.hash(items.items())?, batch, seed);
                settings::hash(&(plain, unit, train))?
            }
        };
        let path = self.store.join("embed").join(format!("{name}.safetensors"));
        Ok((name, Embeddings::File(path)))
    }

    /// The embeddings that a task's probes ask for, on the CPU, with the name of the stage.
    ///
    /// # Errors
    /// When the corpus cannot be read or an embedding is not finite.
    pub fn embeddings(
        &self,
        ready: &Ready,
        planned: &PlannedTask,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<(Embedded, String)> {
        let (name, path) = match self.embedding_stage(ready, planned, seed)? {
            (name, Embeddings::Known(known)) => return Ok((Embedded::of_items(known), name)),
            (name, Embeddings::File(path)) => (name, path),
        };
        let _lock = files::lock(&self.store.join("embed").join(format!(".{name}.lock")))?;
        if !path.exists() {
            let (rows, owners) = self.embed(ready, planned, seed, stores)?;
            let several = planned.task.embedding().0 != Unit::Item;
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
        PlannedTask { task, split, .. }: &PlannedTask,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<(Tensor, Vec<usize>)> {
        let (encoder, corpus) = (ready.network.encoder(), &task.corpus);
        let items = self.plan.corpora[corpus].items();
        let store = stores.get(corpus, &encoder.input().front())?;
        let seed = Seed::new(seed).derive("embed", &[]);
        let (unit, batch) = task.embedding();
        let drift = batch.map(|batch| Drift { items: &split.train, batch, seed });
        let cut = Cut { unit, drift };
        let before: Named = match batch.is_some() {
            true => ready.network.tensors().into_iter().map(|(n, t)| (n, t.copy())).collect(),
            false => Named::new(),
        };
        let label = format!("embedding {corpus}");
        let mut meter = Meter::new(self.show, &label, store.items() as u64, "items");
        let made = embed::embed_units(encoder, (&store, items), &cut, self.device, &mut meter)?;
        meter.finish();
        if batch.is_some() {
            ready.network.restore(&before)?;
        }
        Ok(made)
    }

    /// The name of the stage that answers a task from embeddings, and the file it leaves.
    ///
    /// # Errors
    /// When the split cannot be hashed.
    pub fn probe_stage(
        &self,
        PlannedTask { task, split, .. }: &PlannedTask,
        embedded: &str,
        chance: Chance,
    ) -> Result<(String, PathBuf)> {
        let protocol = task.protocol()?;
        let items = self.plan.corpora[&task.corpus].items();
        let labels: Vec<String> =
            task.targets.iter().map(|target| label_hash(items, target)).collect();
        let (stage, version) = match protocol {
            Protocol::Probe(_) | Protocol::Finetune(_) => ("probe", probe::VERSION),
            Protocol::Retrieval(_) => ("retrieval", retrieve::VERSION),
        };
        let stage = [stage.into(), version.to_string(), device::kind(self.device).to_string()];
        let question = (&task.targets, task.kind, protocol, &task.metrics[0]);
        let name =
            settings::hash(&(stage, embedded, question, split.hash(items)?, labels, chance.seed))?;
        let name = chance.name(name)?;
        let done = self.store.join("probe").join(&name).join("probed.json");
        Ok((name, done))
    }

    /// The predictions of a task's test items, with the name of the stage.
    ///
    /// # Errors
    /// When no probe can be fitted or chosen.
    pub fn probe(
        &self,
        planned: &PlannedTask,
        encoder: &dyn Encoder,
        (embedded, embedding): (&Embedded, &str),
        chance: Chance,
    ) -> Result<(Predictions, Choice, String)> {
        let PlannedTask { task, split, answers, .. } = planned;
        let probe = match task.protocol()? {
            Protocol::Probe(probe) => probe,
            Protocol::Retrieval(similarity) => {
                let embeddings = (&embedded.rows, embedding);
                return self.retrieve(planned, (encoder, similarity), embeddings, chance);
            }
            Protocol::Finetune(_) => {
                return Err(Error::Invalid("embeddings are nothing to fine-tune".into()));
            }
        };
        let (name, done) = self.probe_stage(planned, embedding, chance)?;
        let folder = self.store.join("probe").join(&name);
        let _lock = files::lock(&self.store.join("probe").join(format!(".{name}.lock")))?;
        let test = Sealed::new(answers.truth(&split.test));
        if !done.exists() {
            std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
            let device = self.device;
            let examples = |items: &[usize]| Examples {
                embedded: embedded.pick(items, device),
                truth: answers.truth(items),
            };
            let question = probe::Question {
                names: &answers.names,
                probe,
                metric: metric::by_name(&task.metrics[0])?,
                seed: chance.seed(),
            };
            let (train, valid) = (examples(&split.train), examples(&split.valid));
            let (choice, scores) = probe::answer(
                &question,
                encoder,
                (&train, &valid),
                &embedded.pick(&split.test, device),
            )?;
            files::write_json(&done, &Probed { choice, scores })?;
        }
        let probed: Probed = files::read_json(&done)?;
        let proof = probed.choice.record(&folder.join("choice.yaml"))?;
        let predictions =
            Predictions::new(answers.names.clone(), probed.scores, test.open(&proof).clone())?;
        Ok((predictions, probed.choice, name))
    }
}

/// The libtorch this program is built for.
pub const LIBTORCH: &str = "2.11.0";

/// What decides chance in the probes of a run.
pub fn probe_seed(seed: u64) -> Seed {
    Seed::new(seed).derive("probe", &[])
}

/// So many of the items, drawn once per run.
fn draw(items: &[usize], count: usize, seed: Seed) -> Vec<usize> {
    let mut drawn = items.to_vec();
    drawn.shuffle(&mut seed.stream("labelled items", &[]));
    drawn.truncate(count);
    drawn.sort_unstable();
    drawn
}

pub(super) fn pick(embeddings: &Tensor, items: &[usize], device: Device) -> Tensor {
    let items: Vec<i64> = items.iter().map(|item| *item as i64).collect();
    embeddings.index_select(0, &Tensor::from_slice(&items)).to_device(device)
}

fn read_yaml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    settings::parse(&files::read_text(path)?, &path.display().to_string())
}
