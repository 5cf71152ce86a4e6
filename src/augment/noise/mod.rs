//! White noise in proportion to the wave.

mod coloured;

use std::f64::consts::TAU;
use std::panic::resume_unwind;
use std::thread;

use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

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
        let seeds: Vec<u64> = draws.iter().map(|draw| draw.seed).collect();
        let noise = gaussians(&seeds, samples, waves.device());
        let ratio =
            column(draws.iter().map(|draw| draw.ratio), waves.device()).to_kind(waves.kind());
        waves + noise * waves.std_dim(1, true, true) * ratio
    }
}

/// Standard normal numbers of every seed, on `device`. Where that is a GPU, all cores of the host
/// make them, since the GPU waits; on a CPU other runs may need the cores.
///
/// # Shapes
/// → `[seeds, count]`
fn gaussians(seeds: &[u64], count: i64, device: Device) -> Tensor {
    let of = |seeds: &[u64]| -> Vec<f32> {
        seeds.iter().flat_map(|seed| gaussian(*seed, count as usize)).collect()
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let numbers: Vec<f32> = match device {
        Device::Cuda(_) => thread::scope(|scope| {
            let share = seeds.len().div_ceil(cores).max(1);
            let parts = seeds.chunks(share).map(|seeds| scope.spawn(move || of(seeds)));
            let parts: Vec<_> = parts.collect();
            let joined = parts.into_iter().map(|part| part.join());
            joined.flat_map(|part| part.unwrap_or_else(|panic| resume_unwind(panic))).collect()
        }),
        _ => of(seeds),
    };
    send(&Tensor::from_slice(&numbers).view([-1, count]), device)
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
