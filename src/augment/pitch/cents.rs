//! A pitch shift by cents.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::shift;
use crate::augment::{Augment, check_probability, check_range, happens};
use crate::error::Result;
use crate::seed::Rng;

/// Shifts the pitch by whole cents and keeps the duration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PitchShift {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// The greatest shift in cents, up or down.
    pub cents: u16,
}

impl Default for PitchShift {
    fn default() -> Self {
        PitchShift { p: 0.6, cents: 700 }
    }
}

impl Augment for PitchShift {
    /// Cents.
    type Draw = i32;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "pitch")?;
        check_range([0.0, f64::from(self.cents)], "pitch.cents", [0.0, 2400.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<i32> {
        let most = i32::from(self.cents);
        happens(self.p, rng).then(|| rng.random_range(-most..=most))
    }

    fn apply(&self, waves: &Tensor, draws: &[i32], rate: u32) -> Tensor {
        let ratios: Vec<f64> =
            draws.iter().map(|cents| 2f64.powf(f64::from(*cents) / 1200.0)).collect();
        shift(waves, &ratios, rate)
    }
}
