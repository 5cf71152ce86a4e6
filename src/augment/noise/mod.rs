//! White noise in proportion to the wave.

mod coloured;

use std::f64::consts::TAU;

use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Augment, check_probability, check_range, column, happens, send, uniform};
use crate::error::Result;
use crate::seed::Rng;

pub use coloured::{ColouredDraw, ColouredNoise};

/// Adds Gaussian noise whose deviation is a drawn fraction of the wave's own (unbiased) standard
/// deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Noise {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Range of the noise's deviation over the wave's; 0.01 is a signal-to-noise ratio of 40 dB.
    pub ratio: [f64; 2],
}

impl Default for Noise {
    fn default() -> Self {
        Noise { p: 0.01, ratio: [1e-4, 1e-2] }
    }
}

/// The noise of one wave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseDraw {
    /// Deviation of the noise over that of the wave.
    pub ratio: f64,
    /// Seed of the noise, which is the same on every device.
    pub seed: u64,
}

impl Augment for Noise {
    type Draw = NoiseDraw;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "noise")?;
        check_range(self.ratio, "noise.ratio", [0.0, 10.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<NoiseDraw> {
        happens(self.p, rng)
            .then(|| NoiseDraw { ratio: uniform(self.ratio, rng), seed: rng.random() })
    }

    fn apply(&self, waves: &Tensor, draws: &[NoiseDraw], _rate: u32) -> Tensor {
        let samples = waves.size()[1];
        if samples < 2 {
            return waves.shallow_clone();
        }
        let noise: Vec<f32> =
            draws.iter().flat_map(|draw| gaussian(draw.seed, samples as usize)).collect();
        let noise = send(&Tensor::from_slice(&noise).view([-1, samples]), waves.device());
        let ratio =
            column(draws.iter().map(|draw| draw.ratio), waves.device()).to_kind(waves.kind());
        waves + noise * waves.std_dim(1, true, true) * ratio
    }
}

/// Standard normal numbers, in pairs by the method of Box and Muller (1958).
fn gaussian(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = Rng::seed_from_u64(seed);
    let mut pair = || {
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let (sine, cosine) = (TAU * rng.random::<f64>()).sin_cos();
        [(radius * cosine) as f32, (radius * sine) as f32]
    };
    (0..count.div_ceil(2)).flat_map(|_| pair()).take(count).collect()
}
