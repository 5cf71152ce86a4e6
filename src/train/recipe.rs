//! How a method is trained: the settings of optimiser and schedule, and how much training is
//! allowed.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The `train:` section of a method's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Items per step.
    pub batch: usize,
    /// How many of them go through the network at once; all by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub micro_batch: Option<MicroBatch>,
    /// Peak learning rate.
    pub lr: f64,
    /// The rule by which gradients move parameters.
    #[serde(default)]
    pub optimiser: Optimiser,
    /// Weight decay: for Adam and SGD coupled (L2, added to the gradient), for AdamW not.
    #[serde(default)]
    pub weight_decay: f64,
    /// SGD's momentum, that of Nesterov.
    #[serde(default)]
    pub momentum: f64,
    /// Decay rates of Adam's two moments.
    #[serde(default = "betas")]
    pub betas: [f64; 2],
    /// Adam's epsilon.
    #[serde(default = "eps")]
    pub eps: f64,
    /// How the learning rate goes after warm-up.
    #[serde(default)]
    pub schedule: Schedule,
    /// Part of all steps, 0 to 1, over which the learning rate rises from 0.
    #[serde(default)]
    pub warmup: f64,
    /// Largest 2-norm of the whole gradient; none by default.
    #[serde(default)]
    pub clip_norm: Option<f64>,
    /// Arithmetic of the forward pass.
    #[serde(default)]
    pub precision: Precision,
    /// Draws every item of a batch anew; by default a batch is the next part of a shuffled epoch.
    #[serde(default)]
    pub with_replacement: bool,
    /// What part labels have, where the method learns from any.
    #[serde(default)]
    pub labels: LabelShare,
}

/// How many items of a batch go through the network at once, where its loss falls into parts
/// ([`Divisible`](crate::Divisible)): the gradient stays that of the whole batch, and the
/// network is run forward twice or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "a number of items, or auto")]
pub enum MicroBatch {
    /// The whole batch if it fits into memory, or else the first of its halves, quarters, … that
    /// does.
    Auto,
    /// So many.
    #[serde(untagged)]
    Items(usize),
}

/// How many labels there are, and how many of them in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelShare {
    /// Part of a batch that is labelled, 0 to 1, rounded down to whole items.
    pub share: f64,
    /// Part of the labelled items that is used, 0 to 1, drawn once per run and rounded down.
    pub fraction: f64,
}

impl Default for LabelShare {
    fn default() -> LabelShare {
        LabelShare { share: 1.0, fraction: 1.0 }
    }
}

impl LabelShare {
    /// Labelled items in a batch.
    pub fn in_batch(&self, batch: usize) -> usize {
        (batch as f64 * self.share + 1e-9) as usize
    }

    /// Labelled items used, of so many.
    pub fn used(&self, labelled: usize) -> usize {
        (labelled as f64 * self.fraction + 1e-9) as usize
    }
}

/// The rule by which gradients move parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimiser {
    /// Kingma and Ba, ICLR 2015 (arXiv 1412.6980).
    #[default]
    Adam,
    /// Adam with decoupled weight decay: Loshchilov and Hutter, ICLR 2019 (arXiv 1711.05101).
    Adamw,
    /// Stochastic gradient descent with the momentum of Nesterov as Sutskever et al. write it, ICML
    /// 2013.
    Sgd,
}

/// The course of the learning rate after warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It stays.
    #[default]
    Constant,
    /// Half a cosine down to 0, which it would reach one step after the last.
    Cosine,
}

/// Arithmetic of matrix products and convolutions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32-bit floats, TF32 off.
    #[default]
    F32,
    /// bfloat16 by autocast; losses stay in float32.
    Bf16,
}

impl Precision {
    /// As it is written in settings and results.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        }
    }
}

fn betas() -> [f64; 2] {
    [0.9, 0.999]
}

fn eps() -> f64 {
    1e-8
}

impl Recipe {
    /// Checks ranges.
    ///
    /// # Errors
    /// With the first field out of range and what is allowed.
    pub fn check(&self) -> Result<()> {
        let rules = [
            ((1..=65_536).contains(&self.batch), "batch: 1 to 65536 are allowed"),
            (
                !matches!(self.micro_batch, Some(MicroBatch::Items(items))
                    if !(1..=self.batch).contains(&items)),
                "micro_batch must be auto, or lie between 1 and batch",
            ),
            (self.lr > 0.0 && self.lr.is_finite(), "lr must be a positive number"),
            (self.weight_decay >= 0.0, "weight_decay must not be negative"),
            (self.betas.iter().all(|b| (0.0..1.0).contains(b)), "betas must lie in [0, 1)"),
            (self.eps > 0.0, "eps must be positive"),
            ((0.0..1.0).contains(&self.momentum), "momentum must lie in [0, 1)"),
            (
                self.momentum == 0.0 || self.optimiser == Optimiser::Sgd,
                "momentum is for optimiser: sgd; Adam has betas",
            ),
            ((0.0..=1.0).contains(&self.warmup), "warmup is a part of all steps, 0 to 1"),
            (self.clip_norm.is_none_or(|norm| norm > 0.0), "clip_norm must be positive"),
            (
                [self.labels.share, self.labels.fraction].iter().all(|x| (0.0..=1.0).contains(x)),
                "labels.share and labels.fraction lie between 0 and 1",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Error::settings("train", *rule)),
            None => Ok(()),
        }
    }

    /// How many items go through the network at once, if not the whole batch; `auto` has to be
    /// settled before.
    pub fn at_once(&self) -> Option<usize> {
        match self.micro_batch {
            Some(MicroBatch::Items(items)) if items < self.batch => Some(items),
            Some(_) | None => None,
        }
    }

    /// The learning rate of `step` (from 0) of `steps`.
    pub fn lr_at(&self, step: u64, steps: u64) -> f64 {
        let warmup = (self.warmup * steps as f64).round();
        let step = step as f64;
        if step < warmup {
            return self.lr * (step + 1.0) / warmup;
        }
        let done = (step - warmup) / (steps as f64 - warmup).max(1.0);
        match self.schedule {
            Schedule::Constant => self.lr,
            Schedule::Cosine => self.lr * 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
        }
    }
}

/// How much training a run may have; exactly one of the fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Optimiser steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// Passes over the pre-training items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<f64>,
    /// Clips cut and encoded: batch × clips per item × steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clips: Option<u64>,
    /// Counted floating-point operations of matrix products and convolutions, forward and backward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flops: Option<f64>,
    /// Seconds of wall time; such a run is not repeatable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// What one optimiser step costs, to turn a budget into steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepCost {
    /// Clips in a step.
    pub clips: u64,
    /// Counted floating-point operations.
    pub flops: u64,
    /// Steps in an epoch.
    pub per_epoch: u64,
    /// The most bytes that weights, gradients and all that a step makes of them hold at once.
    pub memory: u64,
}

impl Budget {
    /// Checks that exactly one limit is given and is positive.
    ///
    /// # Errors
    /// Otherwise.
    pub fn check(&self) -> Result<()> {
        let given: Vec<f64> = [
            self.steps.map(|n| n as f64),
            self.epochs,
            self.clips.map(|n| n as f64),
            self.flops,
            self.seconds,
        ]
        .into_iter()
        .flatten()
        .collect();
        match given.as_slice() {
            [limit] if *limit > 0.0 && limit.is_finite() => Ok(()),
            [_] => Err(Error::settings("budget", "the limit must be a positive number")),
            _ => Err(Error::settings(
                "budget",
                "give exactly one of steps, epochs, clips, flops, seconds; \
                 in place of the suite's: --set 'budget={clips: 1000}'",
            )),
        }
    }

    /// The steps this budget pays for; at least 1. `None` for a budget in seconds.
    pub fn steps(&self, cost: StepCost) -> Option<u64> {
        let whole = |limit: f64, each: u64| ((limit / each.max(1) as f64).floor() as u64).max(1);
        self.steps
            .or(self.epochs.map(|n| ((n * cost.per_epoch as f64).round() as u64).max(1)))
            .or(self.clips.map(|n| whole(n as f64, cost.clips)))
            .or(self.flops.map(|n| whole(n, cost.flops)))
    }

    /// The limit in words.
    pub fn words(&self) -> String {
        let steps = self.steps.map(|n| format!("{n} steps"));
        let epochs = || self.epochs.map(|n| format!("{n} epochs"));
        let clips = || self.clips.map(|n| format!("{n} clips"));
        let flops = || self.flops.map(|n| format!("{n:.3e} counted FLOPs"));
        let seconds = || self.seconds.map(|n| format!("{n} seconds (not repeatable)"));
        steps.or_else(epochs).or_else(clips).or_else(flops).or_else(seconds).unwrap_or_default()
    }
}
