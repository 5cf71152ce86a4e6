//! Protocol `finetune`: a network trained end to end with a head on train, chosen on valid, and
//! only then shown test.

mod fit;
mod settings;
mod targets;
mod whole;

use std::sync::Arc;

use tch::{Device, Kind, Tensor};

pub use fit::Look;
pub use settings::{Finetune, PRESETS, Rates};

use crate::data::Store;
use crate::error::{Error, Result};
use crate::eval::metric::{Metric, Truth};
use crate::eval::probe::{Choice, Tuning, Worth, prior};
use crate::native;
use crate::progress::Meter;
use crate::seed::Seed;
use crate::train::Network;
use fit::{Attempt, Fitted};
use targets::Targets;
use whole::{Whole, copies, readout};

/// Raised by whoever changes the numbers fine-tuning gives.
pub const VERSION: u32 = 1;

/// What is asked, and how.
pub struct TuningQuestion<'a> {
    /// The classes, tags or outputs.
    pub names: &'a [String],
    /// How the network is trained.
    pub settings: &'a Finetune,
    /// What decides on valid.
    pub metric: &'a dyn Metric,
    /// For the items whose labels are seen, their order, the crops, the head and dropout.
    pub seed: Seed,
    /// Where the network is.
    pub device: Device,
    /// Loader threads, which change nothing but the time.
    pub threads: usize,
}

/// What is trained, and the sound it is trained on.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// Its weights are where training begins.
    pub network: &'a Network,
    /// The corpus behind its front end.
    pub store: &'a Arc<Store>,
}

/// Items of the corpus with their answers.
pub struct Answered<'a> {
    /// Their places in the store.
    pub items: &'a [usize],
    /// The answers, item by item.
    pub truth: Truth,
}

/// What fine-tuning came to.
pub struct Tuned {
    /// What was chosen on valid.
    pub choice: Choice,
    /// Scores of the test items, `[items, outputs]` row by row.
    pub scores: Vec<f64>,
    /// The looks at valid of the attempt that was chosen.
    pub looks: Vec<Look>,
}

/// Whether a network has weights that its answers would train; one that hears nothing has none to
/// miss.
///
/// # Errors
/// When libtorch refuses noise of the input's shape.
pub fn can_learn(network: &Network) -> Result<bool> {
    let (encoder, weights) = (network.encoder(), network.vars.trainable_variables());
    if encoder.dim() == 0 {
        return Ok(true);
    }
    if weights.is_empty() || encoder.recall("", &[])?.is_some() {
        return Ok(false);
    }
    let input = encoder.input();
    let mut shape = vec![2, input.length() as i64];
    shape.extend((input.width() > 1).then_some(input.width() as i64));
    let noise = {
        let _generator = Seed::new(0).torch();
        Tensor::f_rand(shape, (Kind::Float, weights[0].device()))?
    };
    let embeddings = readout(encoder).of(&encoder.forward(&noise, false)?);
    if !embeddings.requires_grad() {
        return Ok(false);
    }
    embeddings.square().sum(Kind::Float).f_backward()?;
    let moves = |weight: &Tensor| {
        let gradient = weight.grad();
        gradient.defined() && gradient.abs().max().double_value(&[]) > 0.0
    };
    let some = weights.iter().any(moves);
    native::forget_gradients(&weights)?;
    Ok(some)
}

/// Trains the network of a site on train, chooses on valid, and answers for the `test` items; the
/// network is then as it was.
///
/// # Errors
/// When a store cannot be read, or no attempt has a defined value on valid.
pub fn answer(
    question: &TuningQuestion<'_>,
    site: Site<'_>,
    (train, valid): (&Answered<'_>, &Answered<'_>),
    test: &[usize],
    meter: &mut Meter,
) -> Result<Tuned> {
    let (part, outputs) = (question.settings.part(), question.names.len());
    let seen: Vec<usize> = match part.is_part() {
        true => part.of(&train.truth, outputs, question.seed),
        false => (0..train.items.len()).collect(),
    };
    let truth = train.truth.pick(&seen, outputs);
    let items: Vec<usize> = seen.iter().map(|place| train.items[*place]).collect();
    let train = Answered { items: &items, truth };
    if site.network.encoder().dim() == 0 {
        let scores = prior(&train.truth, outputs, test.len());
        let choice = Choice { readout: "prior".into(), ..Choice::unmade(question.metric.name()) };
        return Ok(Tuned { choice, scores, looks: Vec::new() });
    }
    let before = copies(&site.network.tensors());
    let tuned = chosen(question, site, (&train, valid), test, meter);
    site.network.restore(&before)?;
    tuned
}

fn chosen(
    question: &TuningQuestion<'_>,
    site: Site<'_>,
    (train, valid): (&Answered<'_>, &Answered<'_>),
    test: &[usize],
    meter: &mut Meter,
) -> Result<Tuned> {
    let before = copies(&site.network.tensors());
    let targets = Targets::new(&train.truth, question.names.len());
    let mut best: Option<(Fitted, Worth)> = None;
    for rates in question.settings.points() {
        site.network.restore(&before)?;
        let fitted = Attempt::new(question, site, (train, &targets), rates)?.run(valid, meter)?;
        let Some(worth) = fitted.best.as_ref().map(|(worth, ..)| *worth) else { continue };
        let gain = |(_, best): &(Fitted, Worth)| question.metric.gain(worth.value, best.value);
        if best.as_ref().is_none_or(|best| gain(best) > 0.0) {
            best = Some((fitted, worth));
        }
    }
    let undefined = || {
        let name = question.metric.name();
        Error::Failed(format!("{name} is undefined on valid, so nothing can be chosen"))
    };
    let (Fitted { rates, best, looks }, worth) = best.ok_or_else(undefined)?;
    let (_, steps, weights) = best.ok_or_else(undefined)?;
    let whole = Whole::new(question, site, &targets);
    whole.restore(&weights)?;
    let scores = whole.answers(test, worth.pool)?;
    let Rates { lr, encoder_lr } = rates;
    let choice = Choice {
        protocol: Some(question.settings.name()),
        readout: readout(site.network.encoder()).name.into(),
        tuning: Some(Tuning { lr, encoder_lr, items: train.items.len() }),
        pool: worth.pool,
        among: question.settings.points().len(),
        on: "valid".into(),
        value: Some(worth.value),
        steps,
        ..Choice::unmade(question.metric.name())
    };
    Ok(Tuned { choice, scores, looks })
}
