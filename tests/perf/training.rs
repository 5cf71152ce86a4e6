//! One training step: views, loss, gradient and Adam on a batch that stays, as the driver takes it.

use bench::settings::{self, merge};
use bench::train::{Network, Recipe, Seen, Updates};
use bench::{Batch, Classes, Entry, Input, Progress, Registry, Result, Seed, Supervision, tensors};
use criterion::{Criterion, SamplingMode, Throughput};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor, no_grad};

/// What the labels of methods that see them tell apart.
const CLASSES: i64 = 10;

/// Every method that trains, with its `small` settings.
pub fn small(criterion: &mut Criterion) -> Result<()> {
    let registry = Registry::builtin();
    for entry in registry.entries().iter().filter(|entry| entry.trains) {
        let value = settings::parse(entry.config("small")?, entry.name)?;
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
        let trainer = trainer
            .get_or_insert_with(|| Trainer::new(entry, &config, &recipe).expect("a network"));
        bencher.iter(|| trainer.step().expect("a step"));
    });
    group.finish();
    Ok(())
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
        let named = if entry.card.supervision == Supervision::None { 0 } else { CLASSES };
        let names: Vec<String> = (0..named).map(|class| format!("class {class}")).collect();
        let classes = Classes { names: &names, exclusive: true };
        let seen = Seen { items: recipe.batch, classes, file: None };
        let mut network = Network::new(entry, config, seen, Seed::new(0), Device::Cpu)?;
        let labels = (named > 0).then(|| labels(recipe.batch as i64));
        let batch = noise(&mut network, recipe.batch, labels)?;
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

/// Clips of white noise: samples of a tenth of full scale, or its power or magnitude.
fn noise(network: &mut Network, batch: usize, labels: Option<Tensor>) -> Result<Batch> {
    let sampling = network.method()?.sampling();
    let mut shape = vec![batch as i64, sampling.clips as i64, sampling.length as i64];
    let input = network.encoder().input();
    if input.width() > 1 {
        shape.push(input.width() as i64);
    }
    let noise = Tensor::f_randn(&shape, (Kind::Float, Device::Cpu))?;
    let clips = match input {
        Input::Waveform { .. } => noise * 0.1,
        Input::Mel { .. } => noise.square(),
        Input::Cqt { .. } => noise.abs(),
    };
    let items = Tensor::f_arange(batch as i64, (Kind::Int64, Device::Cpu))?;
    Ok(Batch { clips, items, labels })
}

/// One-hot, the classes in turn.
fn labels(batch: i64) -> Tensor {
    let classes = Tensor::arange(batch, (Kind::Int64, Device::Cpu)).remainder(CLASSES);
    classes.one_hot(CLASSES).to_kind(Kind::Float)
}
