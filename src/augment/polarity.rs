//! Polarity inversion.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Augment, check_probability, happens};
use crate::error::Result;
use crate::seed::Rng;

/// Turns a wave upside down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polarity {
    /// Probability, from 0 to 1.
    pub p: f64,
}

impl Default for Polarity {
    fn default() -> Self {
        Polarity { p: 0.8 }
    }
}

impl Augment for Polarity {
    type Draw = ();

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "polarity")
    }

    fn draw(&self, rng: &mut Rng) -> Option<()> {
        happens(self.p, rng).then_some(())
    }

    fn apply(&self, waves: &Tensor, _draws: &[()], _rate: u32) -> Tensor {
        waves.neg()
    }
}
