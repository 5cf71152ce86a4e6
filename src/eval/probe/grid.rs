//! The probes that are tried: a grid of settings, trained as one batched problem per shape.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The settings a probe's grid is the product of; one value per field makes a single probe.
///
/// The fields are those of Castellon et al., "Codified audio language modeling learns useful
/// representations for music information retrieval", ISMIR 2021,
/// <https://arxiv.org/abs/2107.05677>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Whether embeddings are standardised by the train items' mean and deviation.
    #[serde(default = "standardise")]
    pub standardise: Vec<bool>,
    /// Units of the hidden layer; 0 for a linear probe.
    pub hidden: Vec<i64>,
    /// Items per step.
    pub batch: Vec<usize>,
    /// Learning rates of Adam.
    pub lr: Vec<f64>,
    /// Dropout rates before each linear layer.
    #[serde(default = "zero")]
    pub dropout: Vec<f64>,
    /// Coupled weight decay.
    #[serde(default = "zero")]
    pub l2: Vec<f64>,
    /// Steps between two looks at valid.
    pub evaluate_every: u64,
    /// Looks without improvement after which a probe stops.
    pub patience: u64,
    /// Steps after which every probe stops.
    pub max_steps: u64,
}

/// One point of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// See [`Grid::standardise`].
    pub standardise: bool,
    /// See [`Grid::hidden`].
    pub hidden: i64,
    /// See [`Grid::batch`].
    pub batch: usize,
    /// See [`Grid::lr`].
    pub lr: f64,
    /// See [`Grid::dropout`].
    pub dropout: f64,
    /// See [`Grid::l2`].
    pub l2: f64,
}

fn standardise() -> Vec<bool> {
    vec![true]
}

fn zero() -> Vec<f64> {
    vec![0.0]
}

impl Grid {
    /// Checks that no field is empty or out of range.
    ///
    /// # Errors
    /// With the field and what is allowed.
    pub fn check(&self) -> Result<()> {
        let rules = [
            (!self.standardise.is_empty(), "standardise needs at least one value"),
            (
                !self.hidden.is_empty() && self.hidden.iter().all(|n| (0..=16_384).contains(n)),
                "hidden needs numbers from 0 to 16384",
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
            (self.evaluate_every > 0, "evaluate_every must be at least 1"),
            (self.max_steps > 0, "max_steps must be at least 1"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Error::settings("probe", *rule)),
            None => Ok(()),
        }
    }

    /// Every point, in the order in which ties are broken.
    pub fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for &standardise in &self.standardise {
            for &hidden in &self.hidden {
                for &batch in &self.batch {
                    for &lr in &self.lr {
                        for &dropout in &self.dropout {
                            let each =
                                |&l2: &f64| Point { standardise, hidden, batch, lr, dropout, l2 };
                            points.extend(self.l2.iter().map(each));
                        }
                    }
                }
            }
        }
        points
    }
}
