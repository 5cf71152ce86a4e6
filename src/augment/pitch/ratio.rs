//! A pitch shift by one of a few ratios.

use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::shift;
use crate::audio::gcd;
use crate::augment::{Augment, check_choices, check_probability, happens};
use crate::error::Result;
use crate::seed::Rng;

/// Shifts the pitch by a ratio drawn from a list and keeps the duration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PitchRatio {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// The ratios of frequencies, each as `[numerator, denominator]`.
    pub ratios: Vec<[u32; 2]>,
}

impl Augment for PitchRatio {
    /// Frequencies after over before.
    type Draw = f64;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "pitch")?;
        let ratios: Vec<f64> = self.ratios.iter().map(quotient).collect();
        check_choices(&ratios, "pitch.ratios", [0.25, 4.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<f64> {
        if happens(self.p, rng) { self.ratios.choose(rng).map(quotient) } else { None }
    }

    fn apply(&self, waves: &Tensor, draws: &[f64], rate: u32) -> Tensor {
        shift(waves, draws, rate)
    }
}

fn quotient([numerator, denominator]: &[u32; 2]) -> f64 {
    f64::from(*numerator) / f64::from(*denominator)
}

/// The ratios, in order, that torch-pitch-shift calls fast at a sample rate: quotients of two of
/// its divisors, up to so many semitones away from 1.
pub fn fast_ratios(rate: u32, semitones: f64) -> Vec<[u32; 2]> {
    let divisors: Vec<u32> = (1..=rate).filter(|n| rate.is_multiple_of(*n)).collect();
    let pairs = divisors.iter().flat_map(|a| divisors.iter().map(move |b| [*a, *b]));
    let near = |ratio: &[u32; 2]| (12.0 * quotient(ratio).log2()).abs() <= semitones;
    let lowest = |[a, b]: &[u32; 2]| a != b && gcd(*a as usize, *b as usize) == 1;
    let mut ratios: Vec<[u32; 2]> = pairs.filter(|pair| lowest(pair) && near(pair)).collect();
    ratios.sort_by(|a, b| quotient(a).total_cmp(&quotient(b)));
    ratios
}
