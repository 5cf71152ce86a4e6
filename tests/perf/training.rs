//! One training step: views, loss, gradient and Adam on a batch that stays, as the driver takes it;
//! one pass that embeds; and the memory that either takes.

use bench::data::Key;
use bench::native::count_memory;
use bench::settings::{self, merge};
use bench::train::{Network, Recipe, Seen, Updates};
use bench::{Batch, Classes, Entry, Input, Progress, Registry, Result, Seed, Supervision, tensors};
use criterion::{Criterion, SamplingMode, Throughput};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor, no_grad};

/// Clips that are embedded at once.
const EMBEDDED: usize = 64;

/// Every method that trains, with its `small` settings: a step, and a pass that embeds.
pub fn small(criterion: &mut Criterion) -> Result<()> {
    let registry = Registry::builtin();
    for entry in registry.entries().iter().filter(|entry| entry.trains) {
        let value: Value = settings::parse(entry.config("small")?, entry.name)?;
        measure_embedding(criterion, entry, &value)?;
        measure(criterion, ("step", entry.name), entry, value)?;
    }
    Ok(())
}

/// Myna's published ViT-S with square patches at batch 64, with InfoNCE.
pub fn vit_s(criterion: &mut Criterion) -> Result<()> {
    let registry = Registry::builtin();
    let entry = registry.find("myna_square")?;
    let mut value: Value = settings::parse(entry.config("paper")?, entry.name)?;
    let change = "{method: {loss: {name: infonce, temperature: 0.1}}, train: {batch: 64}}";
    merge(&mut value, settings::parse(change, "vit_s")?);
    measure(criterion, ("step", "vit_s"), entry, value)
}

/// Measures the step of settings with the sections `method` and `train`, in pairs of views per
/// second.
fn measure(
    criterion: &mut Criterion,
    (group, name): (&str, &str),
    entry: &Entry,
    value: Value,
) -> Result<()> {
    let recipe: Recipe = settings::from_value(value["train"].clone(), "train")?;
    let config = entry.resolve(value["method"].clone())?;
    let mut trainer: Option<Trainer> = None;
    let mut group = criterion.benchmark_group(group);
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(recipe.batch as u64));
    group.bench_function(name, |bencher| {
        // Only a measurement that was asked for pays for its network.
        let trainer = trainer.get_or_insert_with(|| {
            let mut trainer = Trainer::new(entry, &config, &recipe).expect("a network");
            tell_memory(|| trainer.step().expect("a step"));
            trainer
        });
        bencher.iter(|| trainer.step().expect("a step"));
    });
    group.finish();
    Ok(())
}

/// Measures a pass that embeds, in clips per second.
fn measure_embedding(criterion: &mut Criterion, entry: &Entry, value: &Value) -> Result<()> {
    let config = entry.resolve(value["method"].clone())?;
    let mut ready: Option<(Network, Tensor)> = None;
    let mut group = criterion.benchmark_group("embed");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(EMBEDDED as u64));
    group.bench_function(entry.name, |bencher| {
        let embed = |(network, clips): &(Network, Tensor)| {
            no_grad(|| network.encoder().forward(clips, false)).expect("embeddings")
        };
        let ready = ready.get_or_insert_with(|| {
            let network = network(entry, &config, EMBEDDED).expect("a network");
            let input = network.encoder().input();
            let clips = noise(&[EMBEDDED as i64, input.length() as i64], &input).expect("clips");
            let ready = (network, clips);
            tell_memory(|| embed(&ready));
            ready
        });
        bencher.iter(|| embed(ready));
    });
    group.finish();
    Ok(())
}

/// Prints the most that tensors hold during `work` beyond what they held before.
fn tell_memory<T>(work: impl FnOnce() -> T) {
    let (_, bytes) = count_memory(work).expect("not counted elsewhere");
    println!("peak memory: {:.1} MB in tensors", bytes as f64 / 1e6);
}

/// A network of which the labels, if it sees any, are keys.
fn network(entry: &Entry, config: &Value, items: usize) -> Result<Network> {
    let sees = entry.card.supervision != Supervision::None;
    let names: Vec<String> = Key::all().filter(|_| sees).map(|key| key.to_string()).collect();
    let seen = Seen { items, classes: Classes { names: &names, exclusive: true }, file: None };
    Network::new(entry, config, seen, Seed::new(0), Device::Cpu)
}

struct Trainer {
    network: Network,
    updates: Updates,
    recipe: Recipe,
    batch: Batch,
    step: u64,
}

impl Trainer {
    fn new(entry: &Entry, config: &Value, recipe: &Recipe) -> Result<Trainer> {
        let mut network = network(entry, config, recipe.batch)?;
        let sees = entry.card.supervision != Supervision::None;
        let items = Tensor::f_arange(recipe.batch as i64, (Kind::Int64, Device::Cpu))?;
        let labels = sees.then(|| labels(&items));
        let sampling = network.method()?.sampling();
        let shape = [recipe.batch as i64, sampling.clips as i64, sampling.length as i64];
        let batch = Batch { clips: noise(&shape, &network.encoder().input())?, items, labels };
        let updates = Updates::new(&tensors::of(&network.vars), recipe);
        Ok(Trainer { network, updates, recipe: recipe.clone(), batch, step: 0 })
    }

    fn step(&mut self) -> Result<()> {
        let progress =
            Progress { step: self.step, steps: u64::MAX, epoch: self.step, epochs: u64::MAX };
        let mut rng = Seed::new(0).stream("views", &[self.step]);
        self.updates.forget_gradients()?;
        let method = self.network.method()?;
        let views = no_grad(|| method.views(&self.batch, &mut rng))?;
        method.loss(&views, &self.batch, progress)?.total.backward();
        self.updates.step(self.recipe.lr)?;
        self.step += 1;
        no_grad(|| method.after_step(progress))
    }
}

/// White noise: samples of a tenth of full scale, or its power or magnitude.
fn noise(shape: &[i64], input: &Input) -> Result<Tensor> {
    let mut shape = shape.to_vec();
    if input.width() > 1 {
        shape.push(input.width() as i64);
    }
    let noise = Tensor::f_randn(&shape, (Kind::Float, Device::Cpu))?;
    Ok(match input {
        Input::Waveform { .. } => noise * 0.1,
        Input::Mel { .. } => noise.square(),
        Input::Cqt { .. } => noise.abs(),
    })
}

/// One-hot, the keys in turn.
fn labels(items: &Tensor) -> Tensor {
    let keys = Key::all().count() as i64;
    items.remainder(keys).one_hot(keys).to_kind(Kind::Float)
}
