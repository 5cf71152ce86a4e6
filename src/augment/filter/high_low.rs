//! A high-pass or a low-pass.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Cutoff, filter};
use crate::augment::{Augment, check_probability, check_range, happens, uniform};
use crate::error::Result;
use crate::seed::Rng;

/// High-pass or low-pass filtering, one as likely as the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HighLowPass {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Range of the high-pass cutoff in Hz.
    pub highpass: [f64; 2],
    /// Range of the low-pass cutoff in Hz.
    pub lowpass: [f64; 2],
}

impl Default for HighLowPass {
    fn default() -> Self {
        HighLowPass { p: 0.8, highpass: [200.0, 1200.0], lowpass: [2200.0, 4000.0] }
    }
}

impl Augment for HighLowPass {
    type Draw = Cutoff;

    fn check(&self, rate: u32) -> Result<()> {
        check_probability(self.p, "filter")?;
        let allowed = [1.0, f64::from(rate) / 2.0];
        check_range(self.highpass, "filter.highpass", allowed)?;
        check_range(self.lowpass, "filter.lowpass", allowed)
    }

    fn draw(&self, rng: &mut Rng) -> Option<Cutoff> {
        happens(self.p, rng).then(|| match happens(0.5, rng) {
            true => Cutoff::Highpass(uniform(self.highpass, rng)),
            false => Cutoff::Lowpass(uniform(self.lowpass, rng)),
        })
    }

    fn apply(&self, waves: &Tensor, draws: &[Cutoff], rate: u32) -> Tensor {
        filter(waves, draws, rate)
    }
}
