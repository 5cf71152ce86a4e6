//! Training on a device: the numbers of a CPU, the curve of full precision, the curve of a run that
//! was interrupted, and words for what does not fit. With `CHECK_DEVICE=cpu` the same code runs
//! where there is no such device, which tries the tests themselves.

use std::path::Path;

use bench::data::Key;
use bench::methods::myna::Myna;
use bench::train::{Given, Network, Passes, Precision, Seen, Unwatched};
use bench::{
    Batch, Card, Classes, Context, Encoder, Entry, Error, Input, Loss, Method, Placement, Plugin,
    Progress, Registry, Result, Rng, Sampling, Seed, Supervision, device, settings, tensors,
};
use serde::{Deserialize, Serialize};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor, no_grad};
use tempfile::tempdir;

use super::trial::{self, Course, Fate};

const ITEMS: i64 = 6;

fn checked() -> Device {
    let name = std::env::var("CHECK_DEVICE").unwrap_or("cuda".into());
    device::ready(&name).expect("the device that is checked")
}

fn number(scalar: &Tensor) -> f64 {
    scalar.to_device(Device::Cpu).to_kind(Kind::Double).double_value(&[])
}

/// The largest difference, in parts of the largest value expected.
fn distance(found: &Tensor, expected: &Tensor) -> f64 {
    let apart = (found.to_device(Device::Cpu) - expected).abs().max();
    number(&apart) / number(&expected.abs().max()).max(1e-12)
}

/// Settings in which nothing is dropped by chance.
fn certain(value: &mut Value) {
    match value {
        Value::Mapping(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    Some("dropout") => *value = Value::from(0),
                    _ => certain(value),
                }
            }
        }
        Value::Sequence(items) => items.iter_mut().for_each(certain),
        _ => {}
    }
}

/// A network as one seed initialises it, on a device.
fn network(entry: &Entry, config: &Value, device: Device) -> Network {
    let sees = entry.card.supervision != Supervision::None;
    let names: Vec<String> = Key::all().filter(|_| sees).map(|key| key.to_string()).collect();
    let classes = Classes { names: &names, exclusive: true };
    let seen = Seen { items: ITEMS as usize, classes, file: None };
    Network::new(entry, config, seen, Seed::new(1), device).expect(entry.name)
}

/// Sound that is no noise, or its power or magnitude: `[items, clips, length(, width)]`.
fn clips(clips: i64, length: i64, input: &Input) -> Tensor {
    let float = (Kind::Float, Device::Cpu);
    let width = input.width() as i64;
    let time = Tensor::arange(length, float).view([1, 1, length, 1]);
    let clip = Tensor::arange(ITEMS * clips, float).view([ITEMS, clips, 1, 1]) + 1.0;
    let band = Tensor::arange(width, float).view([1, 1, 1, width]) + 1.0;
    let tones =
        (&time * &clip * 0.031 + &band).sin() + (&time * 0.173 / &clip + &band * &clip).sin();
    match input {
        Input::Waveform { .. } => (tones * 0.25).squeeze_dim(3),
        Input::Mel { .. } => tones.square() * 10.0 / band,
        Input::Cqt { .. } => tones.abs() / band,
    }
}

/// Views as a CPU makes them.
fn stored(entry: &Entry, config: &Value) -> Given {
    let mut network = network(entry, config, Device::Cpu);
    let method = network.method().expect(entry.name);
    let Sampling { clips: count, length, .. } = method.sampling();
    let items = Tensor::arange(ITEMS, (Kind::Int64, Device::Cpu));
    let one_hot = || items.remainder(3).one_hot(Key::COUNT as i64).to_kind(Kind::Float);
    let labels = (entry.card.supervision != Supervision::None).then(one_hot);
    let clips = clips(count as i64, length as i64, &method.input());
    let batch = Batch { clips, items, labels };
    let _generator = Seed::new(2).torch();
    let views = no_grad(|| method.views(&batch, &mut Seed::new(2).stream("views", &[])));
    let progress = Progress { step: 0, steps: 9, epoch: 0, epochs: 9 };
    Given { views: views.expect(entry.name), batch, progress }
}

fn moved(given: &Given, device: Device) -> Given {
    let Given { views, batch, progress } = given;
    let place = |tensor: &Tensor| tensor.to_device(device);
    let labels = batch.labels.as_ref().map(place);
    let batch = Batch { clips: place(&batch.clips), items: place(&batch.items), labels };
    Given { views: views.iter().map(place).collect(), batch, progress: *progress }
}

/// The loss of views, and the gradient of all parameters in one row, on the CPU.
fn descend(network: &mut Network, given: Given, passes: Passes) -> (f64, Tensor) {
    let loss = passes.descend(network, given, &mut Unwatched).expect("a gradient");
    let vars = tensors::of(&network.vars);
    let gradients = vars.values().map(Tensor::grad).filter(Tensor::defined);
    let rows: Vec<Tensor> = gradients.map(|gradient| gradient.flatten(0, -1)).collect();
    (number(&loss.total), Tensor::cat(&rows, 0).to_device(Device::Cpu))
}

fn small(entry: &Entry) -> Value {
    let mut method = section(entry, entry.config("small").expect(entry.name));
    certain(&mut method);
    method
}

fn section(entry: &Entry, text: &str) -> Value {
    let config: Value = settings::parse(text, entry.name).expect(entry.name);
    config.get("method").cloned().unwrap_or_default()
}

#[test]
#[ignore = "needs CUDA"]
fn every_loss_is_that_of_the_cpu() {
    let device = checked();
    let mut far = Vec::new();
    for entry in Registry::builtin().entries().iter().filter(|entry| entry.trains) {
        let config = small(entry);
        let given = stored(entry, &config);
        let [expected, found] = [Device::Cpu, device].map(|device| {
            let passes = Passes { device, precision: Precision::F32, at_once: None };
            let mut network = network(entry, &config, device);
            descend(&mut network, moved(&given, device), passes).0
        });
        let near = (found - expected).abs() < 1e-3 * expected.abs().max(1.0);
        if !near {
            far.push(format!("{}: {found}, expected {expected}", entry.name));
        }
    }
    assert!(far.is_empty(), "{far:?}");
}

#[test]
#[ignore = "needs CUDA"]
fn every_embedding_is_that_of_the_cpu() {
    let device = checked();
    let mut far = Vec::new();
    for entry in Registry::builtin().entries().iter().filter(|entry| entry.card.file.is_none()) {
        let config = match entry.trains {
            true => small(entry),
            false => section(entry, entry.configs[0].1),
        };
        let [expected, found] = [Device::Cpu, device].map(|device| {
            let network = network(entry, &config, device);
            let encoder = network.encoder();
            let input = encoder.input();
            let clips = clips(1, input.length() as i64, &input).squeeze_dim(1).to_device(device);
            no_grad(|| encoder.forward(&clips, false)).expect(entry.name).to_device(Device::Cpu)
        });
        assert_eq!(found.size(), expected.size());
        let near = expected.numel() == 0 || distance(&found, &expected) < 1e-3;
        if !near {
            far.push(format!("{}: {}", entry.name, distance(&found, &expected)));
        }
    }
    assert!(far.is_empty(), "{far:?}");
}

#[test]
#[ignore = "needs CUDA"]
fn a_batch_in_parts_has_the_gradient_of_the_whole() {
    let device = checked();
    for entry in Registry::builtin().entries().iter().filter(|entry| entry.trains) {
        let config = small(entry);
        let mut divisible = network(entry, &config, Device::Cpu);
        // Behind batch normalisation and pooling, rounding alone moves a gradient by percents.
        if !divisible.divided().is_ok_and(|parts| parts.stages().is_empty()) {
            continue;
        }
        let given = stored(entry, &config);
        let [whole, parts] = [None, Some(4)].map(|at_once| {
            let passes = Passes { device, precision: Precision::F32, at_once };
            descend(&mut network(entry, &config, device), moved(&given, device), passes)
        });
        assert!((parts.0 / whole.0 - 1.0).abs() < 1e-5, "{}: {} {}", entry.name, parts.0, whole.0);
        let apart = distance(&parts.1, &whole.1);
        assert!(apart < 1e-5, "{}: {apart}", entry.name);
    }
}

/// Losses by step.
fn curve(folder: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.join("train.csv")).expect("a log");
    let loss = |line: &str| line.split(',').nth(3).expect("a loss").parse().expect("a number");
    text.lines().skip(1).map(loss).collect()
}

fn course(device: Device, recipe: &str) -> Course<'_> {
    Course { recipe, steps: 100, threads: 2, device, fate: Fate::default() }
}

#[test]
#[ignore = "needs CUDA"]
fn training_in_bf16_follows_the_curve_of_f32() {
    let device = checked();
    let registry = Registry::builtin();
    let entry = registry.find("mae").expect("a method that learns from noise");
    let config: Value = settings::parse(MAE, "mae").expect("settings");
    let [full, half] = ["f32", "bf16"].map(|precision| {
        let recipe = format!("{{batch: 16, lr: 0.003, precision: {precision}}}");
        let folder = tempdir().expect("a folder");
        let course = course(device, &recipe);
        trial::train_entry(entry, &config, folder.path(), course).expect("a run");
        curve(folder.path())
    });
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let fallen = mean(&full[..10]) - mean(&full[90..]);
    assert!(fallen > 0.3 * mean(&full[..10]), "the loss fell by {fallen}: {full:?}");
    for (at, (full, half)) in full.chunks(10).zip(half.chunks(10)).enumerate() {
        let apart = (mean(half) - mean(full)).abs();
        assert!(apart < 0.05 * fallen, "steps from {}: {apart} of {fallen}", 10 * at);
    }
    assert!(full != half, "bf16 was not used");
}

/// A network that learns how loud the noise of a trial is.
const MAE: &str = "
patch: [4, 4]
frames: 16
encoder: {dim: 16, depth: 1, heads: 1, dim_head: 16, mlp_dim: 32}
decoder: {dim: 16, depth: 1, heads: 1, dim_head: 16, mlp_dim: 32}
positions: hidden
mask: 0.5
normalise: false
log: true
mel: {sample_rate: 8000, n_fft: 256, hop: 128, n_mels: 16, fmax: 4000}
";

#[test]
#[ignore = "needs CUDA"]
fn an_interrupted_run_goes_on_along_the_same_curve() {
    let device = checked();
    let [whole, broken] = [(); 2].map(|()| tempdir().expect("a folder"));
    let train = |folder: &Path, stops_at| {
        let fate = Fate { stops_at, ..Fate::default() };
        let course = Course { fate, ..course(device, trial::RECIPE) };
        trial::train_by::<Myna>(trial::MYNA, folder, course)
    };
    train(whole.path(), None).expect("a run");
    for step in [40, 70] {
        assert!(train(broken.path(), Some(step)).is_err());
    }
    train(broken.path(), None).expect("the rest of a run");
    let (whole, broken) = (curve(whole.path()), curve(broken.path()));
    assert_eq!(whole.len(), 100);
    for (step, (a, b)) in whole.iter().zip(&broken).enumerate() {
        assert!((a - b).abs() < 1e-3 * a.abs().max(1.0), "step {step}: {a} and {b}");
    }
}

/// Settings of a [`Hoard`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// A method that takes a gibibyte for every item.
struct Hoard(Tensor);

impl Plugin for Hoard {
    const CARD: Card = Card {
        title: "takes memory",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: "",
    };
    type Config = Nothing;

    fn new(_: Nothing, cx: &Context<'_>) -> Result<Hoard> {
        Ok(Hoard(cx.vars.ones("weight", &[])))
    }
}

impl Encoder for Hoard {
    fn input(&self) -> Input {
        Input::Waveform { rate: 8_000, samples: 50 }
    }

    fn dim(&self) -> i64 {
        50
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        Ok(clips * &self.0)
    }
}

impl Method for Hoard {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 1, length: 50, placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, _rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(vec![batch.clips.select(1, 0)])
    }

    fn loss(&mut self, views: &[Tensor], _: &Batch, _: Progress) -> Result<Loss> {
        let clips = &views[0];
        // Never touched: what is asked for counts.
        let _hoard = Tensor::empty([clips.size()[0], 1 << 28], (Kind::Float, clips.device()));
        Ok(self.forward(clips, true)?.square().mean(Kind::Float).into())
    }
}

#[test]
#[ignore = "needs CUDA"]
fn a_batch_beyond_memory_is_an_error_that_names_what_fits() {
    let device = checked();
    let entry = Entry::method::<Hoard>("hoard", &[]);
    let folder = tempdir().expect("a folder");
    let recipe = "{batch: 1024, lr: 0.1, with_replacement: true}";
    let config = Value::Mapping(Default::default());
    match trial::train_entry(&entry, &config, folder.path(), course(device, recipe)) {
        Err(error @ Error::OutOfMemory { .. }) => {
            let said = error.to_string();
            assert!(said.starts_with("hoard: a batch of 1024 items does not fit"), "{said}");
            let fits = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
            assert!(
                fits.iter().any(|n| said.ends_with(&format!("; {n} do (train.batch)"))),
                "{said}"
            );
        }
        other => panic!("{other:?}"),
    }
}
