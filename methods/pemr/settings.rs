//! What PEMR's objective can be set to.

use bench::model::layer;
use bench::settings::check_sizes;
use bench::{Error, Result};
use serde::{Deserialize, Serialize};

/// How the transformer learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictConfig {
    /// Probability that a token is masked.
    pub p: f64,
    /// Hidden width of the predicting module.
    pub ffn: i64,
    /// Errors above it count linearly.
    pub delta: f64,
    /// How errors are added up.
    pub reduction: Reduction,
}

/// How errors are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// Mean over all values, masked or not, as in the released code.
    Mean,
    /// Sum over the masked values of an item, as in the paper.
    Sum,
}

impl PredictConfig {
    /// Checks ranges.
    ///
    /// # Errors
    /// With what is allowed.
    pub fn check(&self) -> Result<()> {
        check_sizes("predict", [("ffn", self.ffn)], 1..=layer::WIDEST)?;
        let message = if !(self.p > 0.0 && self.p <= 1.0) {
            "p must lie above 0 and not above 1"
        } else if !(self.delta > 0.0 && self.delta.is_finite()) {
            "delta must be a positive number"
        } else {
            return Ok(());
        };
        Err(Error::settings("predict", message))
    }
}

/// Weights of the terms beside the one on the diagonal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// λ₂, of correlations between dimensions.
    pub off_diagonal: f64,
    /// λ₁, of correlations with negatives.
    pub negative: f64,
    /// Of the predicting loss.
    pub predicting: f64,
}

impl Weights {
    /// Checks ranges.
    ///
    /// # Errors
    /// When one is negative or no number.
    pub fn check(&self) -> Result<()> {
        let weights = [self.off_diagonal, self.negative, self.predicting];
        match weights.iter().all(|weight| *weight >= 0.0 && weight.is_finite()) {
            true => Ok(()),
            false => Err(Error::settings("weights", "weights must be numbers from 0 on")),
        }
    }
}
