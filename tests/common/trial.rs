//! Small methods on noise, with a parameter that only the first steps use, that stop or diverge
//! when told to.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bench::audio::Wave;
use bench::data::{Corpus, Front, Item, Maker};
use bench::progress::{Meter, Show};
use bench::train::{Budget, Job, Network, Recipe, Seen, Source, Usage, train_saving};
use bench::{
    Batch, Card, Context, Encoder, Entry, Error, Input, Loss, Method, Plugin, Progress, Result,
    Rng, Sampling, Seed,
};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor};

/// Steps in which the parameter `early` has a gradient.
const EARLY: u64 = 5;

/// The `train:` settings of a trial.
pub const RECIPE: &str =
    "{batch: 8, lr: 0.01, weight_decay: 0.01, schedule: cosine, warmup: 0.1, clip_norm: 1.0}";

/// Settings of a Myna.
pub const MYNA: &str = "
patches: [[4, 4]]
frames: 16
encoder: {dim: 8, depth: 1, heads: 1, dim_head: 8, mlp_dim: 16}
projector: [8]
mask: 0.5
loss: {name: sogclr, temperature: 0.1}
log: true
mel: {sample_rate: 8000, n_fft: 256, hop: 128, n_mels: 16, fmax: 4000}
";

/// Settings of a MoCo whose queue is no multiple of a batch.
pub const MOCO: &str = "
rate: 8000
samples: 2048
mel: {sample_rate: 8000, n_fft: 128, hop: 64, n_mels: 16, fmax: 4000}
encoder: {channels: [4, 4], pools: [[2, 4], [4, 4]]}
projector: [8]
temperature: 0.1
momentum: 0.9
queue: 21
groups: 2
augment: {filter: {p: 0}, delay: {p: 0}, pitch: {p: 0}, reverb: {p: 0}}
";

/// Settings of a BYOL.
pub const BYOL: &str = "
rate: 8000
samples: 2048
mel: {sample_rate: 8000, n_fft: 128, hop: 64, n_mels: 16, fmax: 4000}
encoder: {channels: [4, 4], pools: [[2, 4], [4, 4]]}
heads: [8, 8]
momentum: [0.9, 1.0]
augment: {filter: {p: 0}, delay: {p: 0}, pitch: {p: 0}, reverb: {p: 0}}
";

/// What happens on the way.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fate {
    /// The step at which the loss is an error.
    #[serde(default)]
    pub stops_at: Option<u64>,
    /// The step at which the loss is not a number.
    #[serde(default)]
    pub diverges_at: Option<u64>,
    /// The step at which the gradient is not a number, but the loss is.
    #[serde(default)]
    pub explodes_at: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config<C> {
    method: C,
    fate: Fate,
}

pub struct Trial<M> {
    method: M,
    early: Tensor,
    fate: Fate,
}

impl<M: Plugin> Plugin for Trial<M> {
    const CARD: Card = Card { title: "a trial", ..M::CARD };
    type Config = Config<M::Config>;

    fn new(config: Self::Config, cx: &Context<'_>) -> Result<Trial<M>> {
        let early = cx.vars.ones("early", &[]);
        Ok(Trial { method: M::new(config.method, cx)?, early, fate: config.fate })
    }
}

impl<M: Encoder> Encoder for Trial<M> {
    fn input(&self) -> Input {
        self.method.input()
    }

    fn dim(&self) -> i64 {
        self.method.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        self.method.forward(clips, train)
    }
}

impl<M: Method> Method for Trial<M> {
    fn sampling(&self) -> Sampling {
        self.method.sampling()
    }

    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        self.method.views(batch, rng)
    }

    fn loss(&mut self, views: &[Tensor], batch: &Batch, progress: Progress) -> Result<Loss> {
        let now = |step: Option<u64>| step == Some(progress.step);
        if now(self.fate.stops_at) {
            return Err(Error::Invalid("stopped".into()));
        }
        let mut loss = self.method.loss(views, batch, progress)?;
        if progress.step < EARLY {
            loss.total = &loss.total + self.early.square();
        }
        if now(self.fate.diverges_at) {
            loss.total *= f64::NAN;
        }
        if now(self.fate.explodes_at) {
            let zero = &self.early - self.early.detach();
            loss.total += zero.sqrt() * 0.0;
        }
        Ok(loss)
    }

    fn after_step(&mut self, progress: Progress) -> Result<()> {
        self.method.after_step(progress)
    }
}

struct Noise(Vec<Item>);

impl Noise {
    fn new(count: usize) -> Noise {
        let id = |index: usize| format!("{index:03}");
        let item =
            |index| Item { id: id(index), group: id(index), work: None, targets: BTreeMap::new() };
        Noise((0..count).map(item).collect())
    }
}

impl Corpus for Noise {
    fn name(&self) -> &str {
        "noise"
    }

    fn items(&self) -> &[Item] {
        &self.0
    }

    fn load(&self, index: usize) -> Result<Wave> {
        let mut rng = Seed::new(3).stream("noise", &[index as u64]);
        Ok(Wave { rate: 8_000, samples: (0..8_000).map(|_| rng.random_range(-0.5..0.5)).collect() })
    }

    fn identity(&self) -> Result<String> {
        Ok(format!("noise {}", self.0.len()))
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        Ok(vec![self.0[index].id.clone()])
    }
}

/// How a trial is trained, besides what it is.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// Its `train:` settings.
    pub recipe: &'a str,
    /// How many steps.
    pub steps: u64,
    /// Loader threads.
    pub threads: usize,
    /// Where.
    pub device: Device,
    /// What happens on the way.
    pub fate: Fate,
}

/// Trains a trial of `M` in `folder` with a checkpoint whenever there may be one.
pub fn train<M: Plugin + Method + 'static>(
    settings: &str,
    folder: &Path,
    steps: u64,
    threads: usize,
    fate: Fate,
) -> Result<Usage> {
    let course = Course { recipe: RECIPE, steps, threads, device: Device::Cpu, fate };
    train_by::<M>(settings, folder, course)
}

/// As [`train`], by any course.
pub fn train_by<M: Plugin + Method + 'static>(
    settings: &str,
    folder: &Path,
    course: Course<'_>,
) -> Result<Usage> {
    let method: M::Config = bench::settings::parse(settings, "trial")?;
    let entry = Entry::method::<Trial<M>>("trial", &[]);
    let config = bench::settings::to_value(&Config { method, fate: course.fate })?;
    train_entry(&entry, &config, folder, course)
}

/// Trains a method as it is, on noise.
pub fn train_entry(
    entry: &Entry,
    config: &Value,
    folder: &Path,
    course: Course<'_>,
) -> Result<Usage> {
    let Course { steps, threads, device, .. } = course;
    let recipe: Recipe = bench::settings::parse(course.recipe, "trial")?;
    let budget = Budget { steps: Some(steps), ..Budget::default() };
    let (corpus, made) = (Noise::new(27), folder.join("corpora"));
    let mut maker = Maker { folder: &made, threads: 2, progress: &mut |_, _| () };
    let front = front(entry, config)?;
    let stores = maker.stores(&corpus, &[front])?.into_iter().map(Arc::new).collect();
    let source = Source { stores, items: (0..27).map(|item| (0, item)).collect(), labels: None };
    let (recipe, budget, seed, file) = (&recipe, &budget, Seed::new(7), None);
    let job = Job { entry, config, recipe, budget, source, file, seed, device, threads };
    let meter = |steps| Meter::new(Show::Quiet, "trial", steps, "steps");
    train_saving(&job, folder, Duration::ZERO, meter)
}

fn front(entry: &Entry, config: &Value) -> Result<Front> {
    let network = Network::new(entry, config, Seen::default(), Seed::new(7), Device::Cpu)?;
    Ok(network.encoder().input().front())
}

/// A parameter whose gradient is `gradient`.
pub fn parameter(gradient: &[f32]) -> Tensor {
    let parameter =
        Tensor::zeros([gradient.len() as i64], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    (&parameter * Tensor::from_slice(gradient)).sum(Kind::Float).backward();
    parameter
}
