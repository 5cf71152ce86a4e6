//! Noise of any colour, at a signal-to-noise ratio.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::gaussians;
use crate::augment::fft::{rows, spectra};
use crate::augment::{Augment, check_probability, check_range, column, happens, uniform};
use crate::error::Result;
use crate::seed::Rng;

/// Keeps silence from being divided by.
const SILENCE: f64 = 1e-8;

/// Adds noise that repeats every second, as torch-audiomentations makes it: bin k of the spectrum
/// of one second of white noise is divided by `u[k]^decay`, u rising in a line from 1 to √(rate /
/// 2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColouredNoise {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Range of the signal-to-noise ratio in dB, of root mean squares.
    pub snr: [f64; 2],
    /// Range of the decay: 0 is white, 1 falls by 6 dB an octave.
    pub decay: [f64; 2],
}

/// The noise of one wave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColouredDraw {
    /// Signal-to-noise ratio in dB.
    pub snr: f64,
    /// The power of frequency by which the spectrum is divided.
    pub decay: f64,
    /// Seed of the noise, which is the same on every device.
    pub seed: u64,
}

impl Augment for ColouredNoise {
    type Draw = ColouredDraw;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "noise")?;
        check_range(self.snr, "noise.snr", [-60.0, 120.0])?;
        check_range(self.decay, "noise.decay", [-10.0, 10.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<ColouredDraw> {
        happens(self.p, rng).then(|| ColouredDraw {
            snr: uniform(self.snr, rng),
            decay: uniform(self.decay, rng),
            seed: rng.random(),
        })
    }

    fn apply(&self, waves: &Tensor, draws: &[ColouredDraw], rate: u32) -> Tensor {
        let ratio = draws.iter().map(|draw| 10f64.powf(-draw.snr / 20.0));
        let level = root_mean_square(waves) * column(ratio, waves.device()).to_kind(Kind::Float);
        let second = second(draws, rate, waves);
        let noise = &second * (level / (root_mean_square(&second) + SILENCE));
        let (samples, period) = (waves.size()[1], i64::from(rate));
        waves + noise.repeat([1, samples / period + 1]).narrow(1, 0, samples)
    }
}

/// A second of noise for each draw, `[draws, rate]`, on the device of `like`.
fn second(draws: &[ColouredDraw], rate: u32, like: &Tensor) -> Tensor {
    let seeds: Vec<u64> = draws.iter().map(|draw| draw.seed).collect();
    let white = gaussians(&seeds, i64::from(rate), like.device());
    let spectra = spectra(&white, i64::from(rate));
    let highest = (f64::from(rate) / 2.0).sqrt();
    let options = (Kind::Double, like.device());
    let frequency = Tensor::linspace(1.0, highest, i64::from(rate / 2 + 1), options).log();
    let shape = (frequency * column(draws.iter().map(|draw| -draw.decay), like.device())).exp();
    rows(&(spectra * shape.to_kind(Kind::Float)), i64::from(rate))
}

/// # Shapes
/// `[waves, samples]` → `[waves, 1]`
fn root_mean_square(waves: &Tensor) -> Tensor {
    waves.square().mean_dim(1, true, Kind::Float).sqrt()
}
