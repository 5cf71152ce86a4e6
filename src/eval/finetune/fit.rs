//! Training a network and its head on the answers to a task, with early stopping on valid.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::settings::Rates;
use super::targets::Targets;
use super::whole::{Weights, Whole};
use super::{Answered, Site, TuningQuestion};
use crate::error::{Error, Result};
use crate::eval::probe::{EncoderMode, Worth};
use crate::method::{Placement, Sampling};
use crate::progress::Meter;
use crate::tensors;
use crate::train::{
    CropPlan, Crops, LabelShare, Loader, Optimiser, Precision, Recipe, Schedule, Source,
    TrainLabels, Updates, stack,
};

/// What a look at valid found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Steps done.
    pub step: u64,
    /// The mean loss of the steps since the look before; none where it is not finite.
    pub loss: Option<f64>,
    /// The metric on valid; none where it is undefined or scores are not finite.
    pub value: Option<f64>,
}

/// What an attempt came to.
pub(super) struct Fitted {
    pub rates: Rates,
    /// The best look, with the steps done by then.
    pub best: Option<(Worth, u64, Weights)>,
    pub looks: Vec<Look>,
}

/// An attempt under way.
pub(super) struct Attempt<'a> {
    question: &'a TuningQuestion<'a>,
    site: Site<'a>,
    whole: Whole<'a>,
    /// Of the encoder and of the head, each with its learning rate.
    updates: [(Updates, f64); 2],
    plan: CropPlan,
    fitted: Fitted,
}

impl<'a> Attempt<'a> {
    /// The network as it stands, with a new head, before any step.
    pub fn new(
        question: &'a TuningQuestion<'a>,
        site: Site<'a>,
        (train, targets): (&Answered<'_>, &'a Targets),
        rates: Rates,
    ) -> Result<Attempt<'a>> {
        let whole = Whole::new(question, site, targets);
        let recipe = recipe(question, &rates, train.items.len());
        let mut source = Source::default();
        source.add(Arc::clone(site.store), train.items);
        let (classes, exclusive) = (question.names.to_vec(), targets.exclusive());
        let marks = Arc::new(targets.marks.clone());
        source.labels = Some(TrainLabels { classes, exclusive, marks });
        let length = site.network.encoder().input().length();
        let sampling = Sampling { clips: 1, length, placement: Placement::Independent };
        let plan = CropPlan::new(source, sampling, &recipe, question.seed)?;
        let updates = [
            (Updates::new(&tensors::of(&site.network.vars), &recipe), rates.encoder_lr),
            (Updates::new(&tensors::of(&whole.vars), &recipe), rates.lr),
        ];
        let fitted = Fitted { rates, best: None, looks: Vec::new() };
        Ok(Attempt { question, site, whole, updates, plan, fitted })
    }

    /// Trains until valid has not improved for too long.
    pub fn run(mut self, valid: &Answered<'_>, meter: &mut Meter) -> Result<Fitted> {
        let settings = self.question.settings;
        let every = settings.evaluate_every.unwrap_or(self.plan.per_epoch());
        let last = settings.epochs.map(|epochs| epochs * every).or(settings.max_steps);
        let mut loader = Loader::start(&self.plan, 0, self.question.threads);
        let (mut step, mut waited, mut losses) = (0, 0, Vec::new());
        while waited <= settings.patience && last != Some(step) {
            losses.push(self.step(step, &loader.take()?)?);
            step += 1;
            if step % every == 0 || last == Some(step) {
                let loss = Tensor::stack(&losses, 0).mean(Kind::Double).double_value(&[]);
                losses.clear();
                waited = if self.look(step, loss, valid)? { 0 } else { waited + 1 };
                meter.set(step, &format!("loss {loss:.4}"));
                if !loss.is_finite() {
                    break;
                }
            }
        }
        Ok(self.fitted)
    }

    /// One step on some crops; gives its loss.
    fn step(&mut self, step: u64, crops: &Crops) -> Result<Tensor> {
        let TuningQuestion { settings, device, seed, .. } = self.question;
        let _generator = seed.derive("step", &[step]).torch();
        let batch = stack(&self.plan, crops, self.site.network, *device)?;
        let unlabelled = || Error::Failed("a batch came without its labels".into());
        let marks = batch.labels.ok_or_else(unlabelled)?;
        self.updates.iter().try_for_each(|(updates, _)| updates.forget_gradients())?;
        let train = settings.encoder_mode == EncoderMode::Train;
        let scores = self.whole.forward(&batch.clips.select(1, 0), train)?;
        let loss = self.whole.targets.loss(&scores, &marks)?;
        loss.f_backward()?;
        self.updates.iter_mut().try_for_each(|(updates, lr)| updates.step(*lr))?;
        Ok(loss.detach())
    }

    /// Looks at valid and says whether that is better than ever.
    fn look(&mut self, step: u64, loss: f64, valid: &Answered<'_>) -> Result<bool> {
        let worth = self.whole.worth(valid)?;
        let (loss, value) = (Some(loss).filter(|loss| loss.is_finite()), worth.map(|w| w.value));
        self.fitted.looks.push(Look { step, loss, value });
        let most = self.fitted.best.as_ref().map(|(best, ..)| best.value);
        let gains =
            |value: f64| most.is_none_or(|most| self.question.metric.gain(value, most) > 0.0);
        match worth.filter(|worth| gains(worth.value)) {
            Some(worth) => {
                self.fitted.best = Some((worth, step, self.whole.weights()));
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// How so many items are drawn and parameters moved.
fn recipe(question: &TuningQuestion<'_>, rates: &Rates, items: usize) -> Recipe {
    let settings = question.settings;
    Recipe {
        batch: settings.batch.min(items),
        micro_batch: None,
        lr: rates.lr,
        optimiser: Optimiser::Adam,
        weight_decay: settings.l2,
        momentum: 0.0,
        betas: [0.9, 0.999],
        eps: 1e-8,
        schedule: Schedule::Constant,
        warmup: 0.0,
        clip_norm: None,
        precision: Precision::F32,
        with_replacement: false,
        labels: LabelShare::default(),
    }
}
