//! A batch in parts: the same gradient as at once, the same draws when a part is computed again,
//! and words for what cannot be divided or does not fit.

use bench::tensors::{self, Named};
use bench::train::{
    Budget, Given, Job, Network, Passes, Precision, Recipe, Seen, Source, Unwatched, Updates,
    Usage, cost_of_step,
};
use bench::{
    Batch, Card, Context, Divisible, Encoder, Entry, Error, Input, Loss, Method, Placement, Plugin,
    Progress, Registry, Result, Rng, Sampling, Seed, Supervision, settings,
};
use serde::{Deserialize, Serialize};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor, no_grad};
use tempfile::tempdir;

use crate::trial::{self, Course, Fate};

const ITEMS: i64 = 12;
const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

/// What a step did.
struct Step {
    loss: f64,
    gradients: Named,
    /// Parameters and state after an update.
    after: Named,
}

/// One step on fixed noise, with so many items at once.
fn step(entry: &Entry, config: &Value, at_once: Option<usize>) -> Step {
    let seen = Seen { items: ITEMS as usize, ..Seen::default() };
    let mut network = Network::new(entry, config, seen, Seed::new(1), Device::Cpu).unwrap();
    let given = noise(&mut network);
    let _generator = Seed::new(3).torch();
    let passes = Passes { device: Device::Cpu, precision: Precision::F32, at_once };
    let loss = passes.descend(&mut network, given, &mut Unwatched).unwrap();
    let vars = tensors::of(&network.vars);
    let gradient = |(name, var): (&String, &Tensor)| (name.clone(), var.grad().copy());
    let gradients = vars.iter().filter(|(_, var)| var.grad().defined()).map(gradient).collect();
    let recipe: Recipe = settings::parse("{batch: 12, lr: 0.1, optimiser: sgd}", "sgd").unwrap();
    Updates::new(&vars, &recipe).step(recipe.lr).unwrap();
    Step { loss: loss.total.double_value(&[]), gradients, after: network.tensors() }
}

/// Views of noise, the same for every network of a method.
fn noise(network: &mut Network) -> Given {
    let _generator = Seed::new(2).torch();
    let width = network.encoder().input().width() as i64;
    let method = network.method().unwrap();
    let Sampling { clips, length, .. } = method.sampling();
    let mut shape = vec![ITEMS, clips as i64, length as i64];
    shape.extend((width > 1).then_some(width));
    let clips = Tensor::randn(&shape, FLOAT).square();
    let items = Tensor::arange(ITEMS, (Kind::Int64, Device::Cpu));
    let batch = Batch { clips, items, labels: None };
    let views = no_grad(|| method.views(&batch, &mut Seed::new(2).stream("views", &[]))).unwrap();
    Given { views, batch, progress: Progress { step: 0, steps: 9, epoch: 0, epochs: 9 } }
}

/// The largest difference, in parts of the largest value of all.
fn distance(found: &Named, expected: &Named) -> f64 {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    let largest = |tensor: Tensor| tensor.abs().max().to_kind(Kind::Double).double_value(&[]);
    let scale = expected.values().map(|tensor| largest(tensor.detach())).fold(0.0, f64::max);
    let apart = found.iter().map(|(name, tensor)| largest(tensor.detach() - &expected[name]));
    apart.fold(0.0, f64::max) / scale
}

fn small(entry: &Entry) -> Value {
    let config: Value = settings::parse(entry.config("small").unwrap(), entry.name).unwrap();
    config["method"].clone()
}

#[test]
fn a_step_in_parts_is_the_step_of_the_whole_batch() {
    let mut divisible = Vec::new();
    for entry in Registry::builtin().entries().iter().filter(|entry| entry.trains) {
        let seen = Seen { items: ITEMS as usize, ..Seen::default() };
        let network = Network::new(entry, &small(entry), seen, Seed::new(1), Device::Cpu);
        if network.is_ok_and(|mut network| network.divided().is_ok()) {
            divisible.push(entry.name);
        }
    }
    assert_eq!(divisible, ["clmr", "myna_square", "myna_vertical", "myna_hybrid"]);
    let loss = |name| format!("loss={{name: {name}, temperature: 0.1}}");
    let (infonce, sogclr) = (loss("infonce"), loss("sogclr"));
    for (name, set) in divisible.iter().flat_map(|name| match *name {
        "clmr" => vec![(*name, "temperature=0.5")],
        _ => vec![(*name, infonce.as_str()), (*name, sogclr.as_str())],
    }) {
        let registry = Registry::builtin();
        let entry = registry.find(name).unwrap();
        let mut config = small(entry);
        settings::set(&mut config, set).unwrap();
        let whole = step(entry, &config, None);
        assert!(whole.gradients.len() > 20, "{name}: {}", whole.gradients.len());
        for items in [5, 1] {
            let parts = step(entry, &config, Some(items));
            let apart = [
                (parts.loss / whole.loss - 1.0).abs(),
                distance(&parts.gradients, &whole.gradients),
                distance(&parts.after, &whole.after),
            ];
            // Rounding moves what batch normalisation and pooling choose: in float32 the whole
            // batch's own gradient is up to 5e-3 from that in float64 (found with torch 2.11).
            let limit = if name == "clmr" { 1e-4 } else { 1e-5 };
            assert!(apart.iter().all(|x| *x < limit), "{name} {set} by {items}: {apart:?}");
        }
    }
}

#[test]
fn what_the_whole_batch_normalises_or_nobody_divides_is_refused_by_name() {
    let registry = Registry::builtin();
    for (name, why) in [
        (
            "simclr",
            "batch normalisation (vars.encoder.layer1.bn.running_mean) needs the whole batch",
        ),
        ("mae", "its loss is not given in parts"),
    ] {
        let entry = registry.find(name).unwrap();
        let recipe = "{batch: 8, micro_batch: auto, lr: 0.1}";
        match cost(entry, &small(entry), recipe) {
            Err(Error::Settings { place, message }) => {
                assert_eq!(place, "train.micro_batch");
                assert!(message.starts_with(name) && message.contains(why), "{message}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn cost(entry: &Entry, config: &Value, recipe: &str) -> Result<u64> {
    let recipe: Recipe = settings::parse(recipe, "recipe")?;
    let source = Source { items: vec![(0, 0); ITEMS as usize], ..Source::default() };
    let (recipe, budget, file) = (&recipe, &Budget::default(), None);
    let (seed, device, threads) = (Seed::new(1), Device::Cpu, 1);
    let job = Job { entry, config, recipe, budget, source, file, seed, device, threads };
    cost_of_step(&job).map(|cost| cost.flops)
}

#[test]
fn what_is_computed_again_counts_once() {
    for name in ["myna_square", "clmr"] {
        let registry = Registry::builtin();
        let entry = registry.find(name).unwrap();
        let flops = |recipe| cost(entry, &small(entry), recipe).unwrap();
        let (parts, whole) = ("{batch: 12, lr: 1, micro_batch: 5}", "{batch: 12, lr: 1}");
        assert_eq!(flops(parts), flops(whole), "{name}");
    }
}

/// What a [`Linear`] is like.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nature {
    dropout: f64,
    /// More items at once find no memory.
    room: i64,
    divisible: bool,
}

/// One weight, the same for every sample, that lowers the mean square of what it lets through.
struct Linear {
    weight: Tensor,
    nature: Nature,
}

impl Plugin for Linear {
    const CARD: Card = Card {
        title: "one weight",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: "",
    };
    type Config = Nature;

    fn new(nature: Nature, cx: &Context<'_>) -> Result<Linear> {
        Ok(Linear { weight: cx.vars.ones("weight", &[]), nature })
    }
}

impl Encoder for Linear {
    fn input(&self) -> Input {
        Input::Waveform { rate: 8_000, samples: 50 }
    }

    fn dim(&self) -> i64 {
        50
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        // As libtorch puts it; its own operators panic with that message.
        assert!(clips.size()[0] <= self.nature.room, "CUDA out of memory. Tried to allocate");
        Ok((clips * &self.weight).dropout(self.nature.dropout, train))
    }
}

impl Method for Linear {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 1, length: 50, placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, _rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(vec![batch.clips.select(1, 0)])
    }

    fn loss(&mut self, views: &[Tensor], batch: &Batch, progress: Progress) -> Result<Loss> {
        let projections = self.project(views)?;
        self.score(&projections, batch, progress)
    }

    fn divide(&mut self) -> Option<&mut dyn Divisible> {
        self.nature.divisible.then_some(self)
    }
}

impl Divisible for Linear {
    fn project(&self, views: &[Tensor]) -> Result<Vec<Tensor>> {
        Ok(vec![self.forward(&views[0], true)?])
    }

    fn score(&mut self, projections: &[Tensor], _: &Batch, _: Progress) -> Result<Loss> {
        Ok(projections[0].square().mean(Kind::Float).into())
    }
}

const LINEAR: Entry = Entry::method::<Linear>("linear", &[]);
const ROOMY: Nature = Nature { dropout: 0.0, room: 1000, divisible: true };

#[test]
fn a_part_that_is_computed_again_draws_what_it_drew_before() {
    let config = settings::to_value(&Nature { dropout: 0.5, ..ROOMY }).unwrap();
    let found = step(&LINEAR, &config, Some(5));
    // The loss is weight² · c with c of the values let through, and the weight 1: its gradient is 2
    // c.
    let gradient = found.gradients["weight"].double_value(&[]);
    assert!((gradient / (2.0 * found.loss) - 1.0).abs() < 1e-5, "{gradient} of {}", found.loss);
}

fn train(nature: Nature, micro_batch: &str) -> Result<Usage> {
    let recipe = format!("{{batch: 8, lr: 0.1, {micro_batch}}}");
    let course = Course {
        recipe: &recipe,
        steps: 3,
        threads: 1,
        device: Device::Cpu,
        fate: Fate::default(),
    };
    let folder = tempdir().unwrap();
    trial::train_entry(&LINEAR, &settings::to_value(&nature)?, folder.path(), course)
}

#[test]
fn auto_is_the_whole_batch_or_the_first_of_its_halves_that_fits() {
    let at_once = |room| train(Nature { room, ..ROOMY }, "micro_batch: auto").unwrap().micro_batch;
    assert_eq!(at_once(8), None);
    assert_eq!(at_once(7), Some(4));
    assert_eq!(at_once(3), Some(2));
    assert_eq!(at_once(1), Some(1));
}

#[test]
fn too_large_a_batch_is_an_error_that_says_what_fits() {
    let (divisible, whole) =
        (Nature { room: 3, ..ROOMY }, Nature { room: 3, divisible: false, ..ROOMY });
    for (nature, micro_batch, words) in [
        (divisible, "", ["a batch of 8 items does not fit", "with train.micro_batch: 2 it does"]),
        (
            divisible,
            "micro_batch: 5",
            ["8 items in parts of 5 does", "train.micro_batch: 2 it does"],
        ),
        (whole, "", ["linear: a batch of 8 items does not fit", "2 do (train.batch)"]),
        (Nature { room: 0, ..whole }, "", ["a batch of 8 items", "nor does a smaller one"]),
    ] {
        match train(nature, micro_batch) {
            Err(error @ Error::OutOfMemory { .. }) => {
                let said = error.to_string();
                assert!(words.iter().all(|words| said.contains(words)), "{said}");
            }
            other => panic!("{nature:?} {micro_batch}: {other:?}"),
        }
    }
}

#[test]
fn gradients_are_on_again_after_a_shortage() {
    assert!(train(Nature { room: 0, divisible: false, ..ROOMY }, "").is_err());
    let weight = Tensor::from(1.0).set_requires_grad(true);
    assert!((&weight * 2.0).requires_grad());
}

#[test]
fn a_micro_batch_beyond_the_batch_or_of_nothing_is_refused() {
    for micro_batch in ["micro_batch: 9", "micro_batch: 0"] {
        let error = train(ROOMY, micro_batch).unwrap_err().to_string();
        assert_eq!(error, "train: micro_batch must be auto, or lie between 1 and batch");
    }
    let error = train(ROOMY, "micro_batch: atuo").unwrap_err().to_string();
    assert!(error.contains("a number of items, or auto"), "{error}");
}
