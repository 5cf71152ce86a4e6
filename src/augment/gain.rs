//! Louder or softer.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Augment, check_probability, check_range, column, happens, uniform};
use crate::error::Result;
use crate::seed::Rng;

/// Scales a wave by an amplitude ratio drawn in decibels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gain {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Range in dB of amplitude (20 dB is a factor of ten).
    pub decibels: [f64; 2],
}

impl Default for Gain {
    fn default() -> Self {
        Gain { p: 0.3, decibels: [-20.0, -1.0] }
    }
}

impl Augment for Gain {
    /// Decibels.
    type Draw = f64;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "gain")?;
        check_range(self.decibels, "gain.decibels", [-120.0, 60.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<f64> {
        happens(self.p, rng).then(|| uniform(self.decibels, rng))
    }

    fn apply(&self, waves: &Tensor, draws: &[f64], _rate: u32) -> Tensor {
        let factors = column(draws.iter().map(|gain| 10f64.powf(gain / 20.0)), waves.device());
        waves * factors.to_kind(waves.kind())
    }
}
