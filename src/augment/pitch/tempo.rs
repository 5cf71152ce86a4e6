//! A change of tempo.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::stretch;
use crate::augment::{Augment, check_probability, check_range, happens, uniform};
use crate::error::Result;
use crate::seed::Rng;

/// Plays faster or slower at the same pitch and keeps the number of samples: what runs over is cut
/// off, what lacks is silence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tempo {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Range of the new tempo over the old.
    pub rates: [f64; 2],
}

impl Augment for Tempo {
    /// The new tempo over the old.
    type Draw = f64;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "tempo")?;
        check_range(self.rates, "tempo.rates", [0.25, 4.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<f64> {
        happens(self.p, rng).then(|| uniform(self.rates, rng))
    }

    fn apply(&self, waves: &Tensor, draws: &[f64], rate: u32) -> Tensor {
        stretch(waves, draws, rate)
    }
}
