//! The contract of a plugin, as a test that built-in and outside plugins run.

use std::collections::BTreeSet;

use serde_yaml::Value;
use tch::nn::{Adam, OptimizerConfig, VarStore};
use tch::{Device, Kind, Tensor, no_grad};

use crate::data::Key;
use crate::error::{Error, Result};
use crate::method::{
    Batch, Classes, Classification, Context, Encoder, Input, Loss, Method, Progress, Readout,
    Sampling, Supervision,
};
use crate::registry::{Built, Entry};
use crate::seed::Seed;
use crate::{settings, tensors};

const ITEMS: i64 = 6;
const CLASSES: i64 = 24;
const STEPS: u64 = 20;

/// Checks a plugin with the settings called `config` and lists the promises it breaks; an empty
/// list is a pass.
///
/// Takes seconds for small networks. It keeps libtorch's generator meanwhile, so checks wait for
/// each other and for training.
///
/// # Errors
/// When the settings are not there or the plugin cannot be built or run at all.
pub fn check(entry: &Entry, config: &str) -> Result<Vec<String>> {
    let _generator = Seed::new(0).torch();
    let mut broken = Broken(Vec::new());
    let config: Value =
        settings::parse(entry.config(config)?, &format!("{}.{config}", entry.name))?;
    let method = config.get("method").cloned().unwrap_or_default();
    check_facts(entry, &config, &mut broken);
    check_settings(entry, &method, &mut broken)?;
    let plugin = Specimen::new(entry, &method, 1)?;
    plugin.check_names(&mut broken);
    check_encoder(&plugin, &mut broken)?;
    check_saving(entry, &method, &mut broken)?;
    if entry.trains {
        let lr = config.get("train").and_then(|train| train.get("lr")).and_then(Value::as_f64);
        check_loss(entry, &method, &mut broken)?;
        check_shown(Specimen::new(entry, &method, 1)?, &mut broken)?;
        check_learning(Specimen::new(entry, &method, 1)?, lr.unwrap_or(1e-3), &mut broken)?;
    }
    Ok(broken.0)
}

/// What was found.
struct Broken(Vec<String>);

impl Broken {
    fn unless(&mut self, holds: bool, promise: impl Into<String>) {
        if !holds {
            self.note(promise);
        }
    }

    fn note(&mut self, promise: impl Into<String>) {
        self.0.push(promise.into());
    }
}

/// A built plugin with its two stores.
struct Specimen {
    vars: VarStore,
    state: VarStore,
    built: Built,
    supervision: Supervision,
}

impl Specimen {
    fn new(entry: &Entry, method: &Value, seed: u64) -> Result<Specimen> {
        let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
        let supervision = entry.card.supervision;
        let named = if supervision == Supervision::None { 0 } else { CLASSES as usize };
        let names: Vec<String> = Key::all().take(named).map(|key| key.to_string()).collect();
        let classes = Classes { names: &names, exclusive: true };
        let seed = Seed::new(seed);
        tch::manual_seed(seed.number());
        let cx = Context {
            vars: vars.root(),
            state: state.root(),
            items: ITEMS as usize,
            classes,
            file: None,
            seed,
        };
        let built = entry.build(method.clone(), &cx)?;
        Ok(Specimen { vars, state, built, supervision })
    }

    fn encoder(&self) -> &dyn Encoder {
        self.built.encoder()
    }

    fn embed(&self, clips: &Tensor) -> Result<Tensor> {
        no_grad(|| self.encoder().forward(clips, false))
    }

    fn method(&mut self) -> Result<&mut dyn Method> {
        match &mut self.built {
            Built::Method(method) => Ok(method.as_mut()),
            Built::Encoder(_) => {
                Err(Error::Invalid("an entry that trains was built as an encoder".into()))
            }
        }
    }

    /// Views of fixed clips, with `labels` if the plugin may see any.
    fn views(&mut self, rng: u64, labels: Option<Tensor>) -> Result<(Batch, Vec<Tensor>)> {
        let method = self.method()?;
        let batch = batch(method.sampling(), &method.input(), labels);
        tch::manual_seed(rng as i64);
        let views = no_grad(|| method.views(&batch, &mut Seed::new(rng).stream("views", &[])))?;
        Ok((batch, views))
    }

    fn loss(&mut self, rng: u64, step: u64, labels: Option<Tensor>) -> Result<Loss> {
        let (batch, views) = self.views(rng, labels)?;
        let progress = Progress { step, steps: STEPS, epoch: step, epochs: STEPS };
        self.method()?.loss(&views, &batch, progress)
    }

    fn after_step(&mut self, step: u64) -> Result<()> {
        let progress = Progress { step, steps: STEPS, epoch: 0, epochs: 1 };
        no_grad(|| self.method()?.after_step(progress))
    }

    fn labels(&self) -> Option<Tensor> {
        (self.supervision != Supervision::None).then(|| labels(0))
    }

    fn value(&mut self, rng: u64) -> Result<f64> {
        let labels = self.labels();
        Ok(number(&self.loss(rng, 0, labels)?.total))
    }

    fn check_names(&self, broken: &mut Broken) {
        let (vars, state) = (tensors::of(&self.vars), tensors::of(&self.state));
        for name in vars.keys().chain(state.keys()).filter(|name| name.contains("__")) {
            broken.note(format!("two variables share a name: {name}"));
        }
        broken.unless(
            self.state.trainable_variables().is_empty(),
            "state holds parameters that want gradients",
        );
    }
}

fn check_facts(entry: &Entry, config: &Value, broken: &mut Broken) {
    let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    broken.unless(entry.name.chars().all(snake), "its name is not snake_case");
    broken.unless(!entry.card.title.trim().is_empty(), "its card has no title");
    let linked = entry.card.paper.is_none_or(|link| link.starts_with("https://"));
    broken.unless(linked, "its card's paper is not a link that begins with https://");
    for heading in ["Idea", "Loss", "Settings", "Source"] {
        let found =
            entry.card.readme.lines().any(|line| line.trim_end() == format!("## {heading}"));
        broken.unless(found, format!("its README has no heading ## {heading}"));
    }
    let trained = config.get("train").is_some();
    broken
        .unless(trained == entry.trains, "a train: section is there exactly if it can be trained");
}

fn check_settings(entry: &Entry, method: &Value, broken: &mut Broken) -> Result<()> {
    let resolved = entry.resolve(method.clone())?;
    broken.unless(
        entry.resolve(resolved.clone())? == resolved,
        "its settings do not survive writing and reading",
    );
    let mut odd = method.clone();
    settings::set(&mut odd, "no_such_field=1")?;
    broken.unless(entry.resolve(odd).is_err(), "its settings accept an unknown field");
    Ok(())
}

fn check_encoder(plugin: &Specimen, broken: &mut Broken) -> Result<()> {
    let encoder = plugin.encoder();
    let clips = clips(ITEMS, &encoder.input());
    let embeddings = plugin.embed(&clips)?;
    broken.unless(embeddings.size() == [ITEMS, encoder.dim()], "embeddings are not [batch, dim]");
    broken.unless(!embeddings.requires_grad(), "an embedding without gradients asks for one");
    check_readouts(encoder, broken);
    if encoder.dim() == 0 {
        return Ok(());
    }
    broken.unless(finite(&embeddings), "an embedding is not finite");
    broken.unless(
        plugin.embed(&clips)?.equal(&embeddings),
        "the same clips give another embedding the second time",
    );
    for item in 0..ITEMS {
        let alone = plugin.embed(&clips.narrow(0, item, 1))?;
        let near = distance(&alone, &embeddings.narrow(0, item, 1)) < 1e-4;
        broken.unless(near, format!("the embedding of clip {item} depends on the batch around it"));
    }
    for Classification { classes, scores, .. } in encoder.classify(&embeddings) {
        let fits = scores.size() == [ITEMS, classes.len() as i64] && finite(&scores);
        broken.unless(fits, "class scores are not finite [items, classes]");
    }
    Ok(())
}

fn check_readouts(encoder: &dyn Encoder, broken: &mut Broken) {
    let (dim, mut names) = (encoder.dim(), BTreeSet::new());
    for Readout { name, columns } in encoder.readouts() {
        let inside = 0 <= columns.start && columns.end <= dim;
        broken.unless(inside, format!("readout {name} lies outside the embedding"));
        let reads = columns.start < columns.end || dim == 0;
        broken.unless(reads, format!("readout {name} has no columns"));
        broken.unless(names.insert(name), format!("two readouts are called {name}"));
    }
}

/// Saves what has made a step, so that queues hold something, into what was initialised otherwise.
fn check_saving(entry: &Entry, method: &Value, broken: &mut Broken) -> Result<()> {
    let (mut plugin, mut other) =
        (Specimen::new(entry, method, 1)?, Specimen::new(entry, method, 2)?);
    if entry.trains {
        plugin.value(1)?;
        plugin.after_step(0)?;
    }
    for (from, to) in [(&plugin.vars, &other.vars), (&plugin.state, &other.state)] {
        let saved = tensors::serialized("what is saved", &tensors::of(from), None)?;
        let saved = tensors::parse(&saved, "what is saved")?;
        tensors::restore(&tensors::of(to), &saved, entry.name)?;
    }
    let clips = clips(ITEMS, &plugin.encoder().input());
    let same = other.embed(&clips)?.equal(&plugin.embed(&clips)?);
    broken.unless(same, "embeddings change by saving and loading");
    if entry.trains {
        broken
            .unless(other.value(2)? == plugin.value(2)?, "the loss changes by saving and loading");
    }
    Ok(())
}

fn check_loss(entry: &Entry, method: &Value, broken: &mut Broken) -> Result<()> {
    let value = |seed| Specimen::new(entry, method, seed)?.value(seed);
    let first = value(1)?;
    broken.unless(first.is_finite(), "the loss is not finite");
    broken.unless(value(1)? == first, "the same seed gives another loss");
    broken.unless(value(2)? != first, "another seed gives the same loss");
    if entry.card.supervision == Supervision::None {
        for fill in [0, 1] {
            let mut plugin = Specimen::new(entry, method, 1)?;
            let same = number(&plugin.loss(1, 0, Some(labels(fill)))?.total) == first;
            broken.unless(same, "its card says it sees no labels, and the loss depends on them");
        }
    }
    Ok(())
}

fn check_shown(mut plugin: Specimen, broken: &mut Broken) -> Result<()> {
    let method = plugin.method()?;
    let batch = batch(method.sampling(), &method.input(), None);
    let mut rng = Seed::new(1).stream("views", &[]);
    for shown in no_grad(|| method.show(&batch, &mut rng))? {
        if let Err(e) = shown.per_item(ITEMS as usize) {
            broken.note(format!("it shows {e}"));
        }
    }
    Ok(())
}

/// Trains on one batch, without what happens after a step: a momentum encoder that moved, or a
/// queue that filled with the batch itself, would be another target every time.
fn check_learning(mut plugin: Specimen, lr: f64, broken: &mut Broken) -> Result<()> {
    let mut adam = Adam::default().build(&plugin.vars, lr)?;
    let mut losses = Vec::new();
    for step in 0..STEPS {
        let labels = plugin.labels();
        let loss = plugin.loss(1, step, labels)?;
        broken.unless(loss.total.size().is_empty(), "the loss is not a scalar");
        adam.zero_grad();
        loss.total.backward();
        if step == 0 {
            check_gradients(&plugin, broken);
        }
        adam.step();
        losses.push(number(&loss.total));
    }
    let (before, after) = (losses[0], losses[losses.len() - 1]);
    let message = format!("{STEPS} steps on one batch took the loss from {before} to {after}");
    broken.unless(after < before, message);
    check_after_step(&mut plugin, broken)
}

fn check_after_step(plugin: &mut Specimen, broken: &mut Broken) -> Result<()> {
    plugin.after_step(STEPS - 1)?;
    for (name, tensor) in tensors::of(&plugin.vars).iter().chain(&tensors::of(&plugin.state)) {
        broken.unless(finite(tensor), format!("{name} is not finite after a step"));
    }
    Ok(())
}

fn check_gradients(plugin: &Specimen, broken: &mut Broken) {
    for (name, tensor) in
        tensors::of(&plugin.vars).iter().filter(|(_, tensor)| tensor.requires_grad())
    {
        let grad = tensor.grad();
        broken.unless(grad.defined() && finite(&grad), format!("{name} has no finite gradient"));
    }
    for (name, tensor) in &tensors::of(&plugin.state) {
        broken.unless(
            !tensor.requires_grad() && !tensor.grad().defined(),
            format!("{name} of state has a gradient"),
        );
    }
}

/// Sound with a different mixture of tones for every clip, or its power or magnitude; the same
/// every time.
fn clips(count: i64, input: &Input) -> Tensor {
    let (length, width) = (input.length() as i64, input.width() as i64);
    let time = Tensor::arange(length, (Kind::Float, Device::Cpu)).view([1, length, 1]);
    let item = Tensor::arange(count, (Kind::Float, Device::Cpu)).view([count, 1, 1]) + 1.0;
    let band = Tensor::arange(width, (Kind::Float, Device::Cpu)).view([1, 1, width]) + 1.0;
    let tones =
        (&time * &item * 0.031 + &band).sin() + (&time * 0.173 / &item + &band * &item).sin();
    match input {
        Input::Waveform { .. } => (tones * 0.25).squeeze_dim(2),
        Input::Mel { .. } => tones.square() * 10.0 / band,
        Input::Cqt { .. } => tones.abs() / band,
    }
}

fn batch(sampling: Sampling, input: &Input, labels: Option<Tensor>) -> Batch {
    let count = ITEMS * sampling.clips as i64;
    let input = match input {
        Input::Waveform { rate, .. } => Input::Waveform { rate: *rate, samples: sampling.length },
        Input::Mel { spec, .. } => Input::Mel { spec: *spec, frames: sampling.length },
        Input::Cqt { spec, .. } => Input::Cqt { spec: *spec, frames: sampling.length },
    };
    let clips = clips(count, &input);
    let mut shape = clips.size();
    shape.splice(0..1, [ITEMS, sampling.clips as i64]);
    let items = Tensor::arange(ITEMS, (Kind::Int64, Device::Cpu));
    Batch { clips: clips.reshape(shape), items, labels }
}

/// One-hot, every item's class moved on by `shift`.
fn labels(shift: i64) -> Tensor {
    let classes = (Tensor::arange(ITEMS, (Kind::Int64, Device::Cpu)) + shift).remainder(CLASSES);
    classes.one_hot(CLASSES).to_kind(Kind::Float)
}

fn number(scalar: &Tensor) -> f64 {
    scalar.detach().to_kind(Kind::Double).double_value(&[])
}

fn finite(tensor: &Tensor) -> bool {
    tensor.isfinite().all().int64_value(&[]) == 1
}

/// Largest difference, relative to the largest value of `b`.
fn distance(a: &Tensor, b: &Tensor) -> f64 {
    number(&(a - b).abs().max()) / number(&b.abs().max()).max(1e-12)
}
