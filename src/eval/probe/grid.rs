//! The probes that are tried: a grid of settings, trained as one batched problem per shape.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::fraction::{Part, Sampler};
use super::pool::Pool;
use super::widths::Widths;
use crate::error::{Error, Result};
use crate::eval::metric::Labels;
use crate::eval::unit::Unit;

/// How probes are fitted and chosen: lists are multiplied with each other into the points tried,
/// one value in each makes a single probe.
///
/// The lists are those of Castellon et al., "Codified audio language modeling learns useful
/// representations for music information retrieval", ISMIR 2021,
/// <https://arxiv.org/abs/2107.05677>. A suite may name a preset in place of a grid, or lay
/// settings upon one: `{preset: jukemir, unit: 30 s}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Grid {
    /// The preset that the other settings are laid upon.
    #[serde(default, skip_serializing_if = "is_default")]
    pub preset: Option<String>,
    /// Whether embeddings are standardised by mean and deviation.
    #[serde(default = "standardise")]
    pub standardise: Vec<bool>,
    /// Units of the hidden layer, or of each of several; 0 for a linear probe.
    pub hidden: Vec<Widths>,
    /// Examples per step.
    pub batch: Vec<usize>,
    /// Learning rates of Adam.
    pub lr: Vec<f64>,
    /// Dropout rates.
    #[serde(default = "zero")]
    pub dropout: Vec<f64>,
    /// Coupled weight decay.
    #[serde(default = "zero")]
    pub l2: Vec<f64>,
    /// Steps between two looks at valid, the first before any step; none where `epochs` are
    /// counted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub evaluate_every: Option<u64>,
    /// Looks in a row without improvement that a probe survives; one more ends it.
    pub patience: u64,
    /// Steps after which every probe stops.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_steps: Option<u64>,
    /// Passes over the shuffled examples, with a look at valid after each; without it every step
    /// draws its examples independently of the others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub epochs: Option<u64>,
    /// Share of the train items whose labels probes see, drawn anew for every run.
    #[serde(default = "all", skip_serializing_if = "is_all")]
    pub fraction: f64,
    /// How those items are drawn.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sampler: Sampler,
    /// How many times they are drawn in every run, whose score is then a mean over its draws.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub draws: u64,
    /// What of an item one embedding is made of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unit: Unit,
    /// The mode of the encoder while it embeds train items, for one size of `batch` only; it embeds
    /// all others in evaluation mode.
    #[serde(default, skip_serializing_if = "is_default")]
    pub encoder_mode: EncoderMode,
    /// Which embeddings of an item a probe is fitted on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub draw: Draw,
    /// How an item's answer is made of its embeddings; the best of several on valid.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pool: Vec<Pool>,
    /// An item's answer rests on this many of its embeddings at most, the first ones.
    #[serde(default, skip_serializing_if = "is_default")]
    pub first: Option<usize>,
    /// Whose mean and deviation standardise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub statistics: Statistics,
    /// Where dropout stands.
    #[serde(default, skip_serializing_if = "is_default")]
    pub drop: Dropout,
    /// Whether layers add a bias.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub bias: bool,
    /// What a look at valid watches.
    #[serde(default, skip_serializing_if = "is_default")]
    pub watch: Watch,
    /// When learning slows down; for `watch: loss` only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub plateau: Option<Plateau>,
    /// Which weights answer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub keep: Keep,
}

/// One point of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// See [`Grid::standardise`].
    pub standardise: bool,
    /// See [`Grid::hidden`].
    pub hidden: Widths,
    /// See [`Grid::batch`].
    pub batch: usize,
    /// See [`Grid::lr`].
    pub lr: f64,
    /// See [`Grid::dropout`].
    pub dropout: f64,
    /// See [`Grid::l2`].
    pub l2: f64,
}

/// The mode of an encoder while it embeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncoderMode {
    /// Normalised by running statistics.
    #[default]
    Eval,
    /// In batches normalised by their own statistics, which move the running ones.
    Train,
}

/// Which embeddings of an item a probe is fitted on, each with the item's label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// All of them.
    #[default]
    All,
    /// One, drawn once.
    Once,
    /// One, drawn anew in every epoch.
    Epoch,
}

/// Whose mean and deviation embeddings are standardised by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistics {
    /// Those of train, whatever is standardised.
    #[default]
    Train,
    /// Train by its own, test by its own, valid not at all.
    Own,
}

/// Where dropout stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropout {
    /// Before every linear layer, and so on the input too.
    #[default]
    EveryLayer,
    /// After the first hidden layer alone; a linear probe has none.
    FirstHidden,
}

/// What a look at valid watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// The task's first metric.
    #[default]
    Metric,
    /// The loss that is trained, on embeddings drawn as for train.
    Loss,
}

/// Which weights of a probe answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Those of the best look.
    #[default]
    Best,
    /// Those it stopped with.
    Last,
}

/// Learning slows down where what is watched no longer improves, as torch's `ReduceLROnPlateau`
/// does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plateau {
    /// What the learning rate is multiplied by.
    pub factor: f64,
    /// Looks in a row without improvement that it survives.
    pub patience: u64,
}

pub(super) fn standardise() -> Vec<bool> {
    vec![true]
}

fn zero() -> Vec<f64> {
    vec![0.0]
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

pub(in crate::eval) fn all() -> f64 {
    1.0
}

pub(in crate::eval) fn is_all(share: &f64) -> bool {
    *share == all()
}

pub(in crate::eval) fn once() -> u64 {
    1
}

pub(in crate::eval) fn is_once(draws: &u64) -> bool {
    *draws == once()
}

pub(in crate::eval) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Grid {
    /// Checks that no field is empty, out of range, or at odds with another, for answers of a kind.
    ///
    /// # Errors
    /// With the field and what is allowed.
    pub fn check(&self, labels: Labels) -> Result<()> {
        let rules = self.ranges().into_iter().chain(self.agreement(labels));
        let mut rules = rules.chain(self.part().rules(labels));
        match rules.find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Error::settings("probe", rule)),
            None => Ok(()),
        }
    }

    /// The part of train whose labels probes see.
    pub fn part(&self) -> Part {
        Part { fraction: self.fraction, sampler: self.sampler, draws: self.draws }
    }

    fn ranges(&self) -> [(bool, &'static str); 11] {
        let plateau = |p: &Plateau| p.factor > 0.0 && p.factor < 1.0;
        [
            (!self.standardise.is_empty(), "standardise needs at least one value"),
            (
                !self.hidden.is_empty() && self.hidden.iter().all(Widths::is_sound),
                "hidden needs numbers from 0 to 16384, or lists of numbers from 1 to 16384",
            ),
            (
                !self.batch.is_empty() && self.batch.iter().all(|n| (1..=65_536).contains(n)),
                "batch needs numbers from 1 to 65536",
            ),
            (!self.lr.is_empty() && self.lr.iter().all(|x| *x > 0.0), "lr needs positive numbers"),
            (
                !self.dropout.is_empty() && self.dropout.iter().all(|p| (0.0..1.0).contains(p)),
                "dropout needs rates in [0, 1)",
            ),
            (!self.l2.is_empty() && self.l2.iter().all(|x| *x >= 0.0), "l2 needs numbers from 0"),
            (self.evaluate_every != Some(0), "evaluate_every must be at least 1"),
            (self.max_steps != Some(0), "max_steps must be at least 1"),
            (self.epochs != Some(0), "epochs must be at least 1"),
            (self.first != Some(0), "first must be at least 1"),
            (self.plateau.as_ref().is_none_or(plateau), "plateau.factor must lie between 0 and 1"),
        ]
    }

    fn agreement(&self, labels: Labels) -> [(bool, &'static str); 7] {
        let passes = self.epochs.is_some();
        let steps = self.evaluate_every.is_some() || self.max_steps.is_some();
        let alone = !self.pool.contains(&Pool::Embedding) || self.pool.len() == 1;
        [
            (
                passes != steps && (passes || self.evaluate_every.is_some()),
                "give either evaluate_every, with or without max_steps, or epochs",
            ),
            (self.draw != Draw::Epoch || passes, "draw: epoch needs epochs"),
            (
                self.unit == Unit::Item || !self.pools(labels).is_empty(),
                "pool must say how an item's answer is made of its embeddings; vote is for classes",
            ),
            (alone, "pool: embedding stands alone"),
            (
                self.unit != Unit::Item || self.draw == Draw::All,
                "an item has one embedding to draw",
            ),
            (self.plateau.is_none() || self.watch == Watch::Loss, "plateau needs watch: loss"),
            (
                self.encoder_mode == EncoderMode::Eval || self.batch.len() == 1,
                "encoder_mode: train embeds in batches of one size; give one batch",
            ),
        ]
    }

    /// The pools that can answer with labels of a kind, in the order in which ties are broken.
    pub fn pools(&self, labels: Labels) -> Vec<Pool> {
        self.pool.iter().copied().filter(|pool| pool.fits(labels)).collect()
    }

    /// Every point, in the order in which ties are broken; what differs only in the dropout of
    /// probes that have none is one point.
    pub fn points(&self) -> Vec<Point> {
        let shapes = self.standardise.iter().flat_map(|&standardise| {
            let of =
                move |hidden| self.batch.iter().map(move |&batch| (standardise, hidden, batch));
            self.hidden.iter().flat_map(of)
        });
        let rates = self.lr.iter().flat_map(|&lr| {
            let of = move |&dropout| self.l2.iter().map(move |&l2| (lr, dropout, l2));
            self.dropout.iter().flat_map(of)
        });
        let point = |((standardise, hidden, batch), (lr, dropout, l2)): ((_, &Widths, _), _)| {
            let dropout = if self.drops(hidden) { dropout } else { 0.0 };
            Point { standardise, hidden: hidden.clone(), batch, lr, dropout, l2 }
        };
        let all = shapes.flat_map(|shape| rates.clone().map(move |rates| (shape, rates)));
        let mut seen = BTreeSet::new();
        all.map(point).filter(|point| seen.insert(point.key())).collect()
    }

    fn drops(&self, hidden: &Widths) -> bool {
        self.drop == Dropout::EveryLayer || !hidden.layers().is_empty()
    }
}

impl Point {
    /// What is equal for equal points.
    fn key(&self) -> (bool, Widths, usize, [u64; 3]) {
        // 0 and -0 are equal, and their bits are not.
        let rates = [self.lr, self.dropout, self.l2].map(|rate| (rate + 0.0).to_bits());
        (self.standardise, self.hidden.clone(), self.batch, rates)
    }
}
