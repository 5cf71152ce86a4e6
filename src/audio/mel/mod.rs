//! Mel spectrograms on the CPU.

mod filterbank;
mod power;

use serde::{Deserialize, Serialize};

use crate::settings::check_sizes;
use crate::{Error, Result};

pub use power::Mel;

/// Samples of a frame, or from one to the next, at most: a third of a second at 192 kHz.
const LONGEST_FRAME: usize = 65_536;

/// With as many samples in a frame, so many filters fill 512 MiB.
const MOST_MELS: usize = 4096;

/// Mel scale: where the filters' corners lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// 2595 log10(1 + f/700), as in the Hidden Markov Model Toolkit.
    Htk,
    /// Linear up to 1 kHz, logarithmic above, as in Slaney's Auditory Toolbox.
    Slaney,
}

/// Height of the triangular filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// 1 at the centre.
    None,
    /// 2 / (upper corner - lower corner in Hz), which gives every filter the same area.
    Slaney,
}

/// What lies beyond both ends of the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pad {
    /// The sound mirrored at its first and last sample.
    Reflect,
    /// Silence.
    Zeros,
}

/// Settings of a mel spectrogram; the defaults are Myna's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MelSpec {
    /// In Hz.
    pub sample_rate: u32,
    /// Length of a frame, of its Hann window and of its transform, in samples; any from 2 on.
    pub n_fft: usize,
    /// From a frame to the next, in samples.
    pub hop: usize,
    /// Number of filters.
    pub n_mels: usize,
    /// Lower corner of the lowest filter, in Hz.
    pub fmin: f64,
    /// Upper corner of the highest filter, in Hz; at most half the sampling rate.
    pub fmax: f64,
    /// Where the corners lie.
    pub scale: Scale,
    /// Height of the filters.
    pub norm: Norm,
    /// What lies beyond the ends.
    pub pad: Pad,
    /// Exponent of the magnitudes that the filters add up: 1 or, usually, 2.
    pub power: f64,
}

impl Default for MelSpec {
    fn default() -> MelSpec {
        MelSpec {
            sample_rate: 16_000,
            n_fft: 2048,
            hop: 512,
            n_mels: 128,
            fmin: 0.0,
            fmax: 8000.0,
            scale: Scale::Slaney,
            norm: Norm::Slaney,
            pad: Pad::Reflect,
            power: 2.0,
        }
    }
}

impl MelSpec {
    /// Frames of a sound of so many samples: one centred on each multiple of the hop.
    pub fn frames(&self, samples: usize) -> usize {
        samples / self.hop + 1
    }

    /// Bins of a frame's spectrum, from 0 Hz to half the sampling rate.
    pub fn bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// Periodic Hann window, `n_fft` long.
    pub fn window(&self) -> Vec<f32> {
        let step = std::f64::consts::TAU / self.n_fft as f64;
        (0..self.n_fft).map(|n| (0.5 - 0.5 * (step * n as f64).cos()) as f32).collect()
    }

    /// Weights of the triangular filters, row by row.
    ///
    /// # Shapes
    /// `[n_mels, bins]`
    pub fn filterbank(&self) -> Vec<f32> {
        filterbank::weights(self)
    }

    /// Refuses settings that make no spectrogram.
    ///
    /// # Errors
    /// With the setting and what is allowed.
    pub fn check(&self) -> Result<()> {
        let half = f64::from(self.sample_rate) / 2.0;
        let refuse = |message: String| Err(Error::Invalid(format!("mel spectrogram: {message}")));
        let place = "mel spectrogram";
        check_sizes(place, [("n_fft", self.n_fft)], 2..=LONGEST_FRAME)?;
        check_sizes(place, [("hop", self.hop)], 1..=LONGEST_FRAME)?;
        check_sizes(place, [("n_mels", self.n_mels)], 1..=MOST_MELS)?;
        if !(0.0 <= self.fmin && self.fmin < self.fmax && self.fmax <= half) {
            let (fmin, fmax) = (self.fmin, self.fmax);
            return refuse(format!(
                "fmin {fmin}, fmax {fmax}; 0 <= fmin < fmax <= {half} is needed"
            ));
        }
        if !(self.power > 0.0 && self.power.is_finite()) {
            return refuse(format!("power {}; it must be above 0", self.power));
        }
        Ok(())
    }

    /// Refuses a sound of so many samples if it is empty, or too short to be mirrored.
    pub(super) fn takes(&self, samples: usize) -> Result<()> {
        let least = if self.pad == Pad::Reflect { self.n_fft / 2 + 1 } else { 1 };
        if samples >= least {
            return Ok(());
        }
        let message = format!("mel spectrogram: {samples} samples; at least {least} are needed");
        Err(Error::Invalid(message))
    }
}

/// Turns powers into decibels in place: 10 log10(value / reference).
///
/// Values and reference are first raised to `amin`; with `top_db`, nothing stays more than so many
/// decibels below the largest: librosa's `power_to_db`, for a spectrogram on the host.
pub fn decibel(values: &mut [f32], reference: f64, amin: f64, top_db: Option<f64>) {
    let level = |power: f64| 10.0 * power.max(amin).log10();
    let zero = level(reference);
    for value in values.iter_mut() {
        *value = (level(f64::from(*value)) - zero) as f32;
    }
    if let (Some(range), Some(top)) = (top_db, values.iter().copied().reduce(f32::max)) {
        let floor = (f64::from(top) - range) as f32;
        values.iter_mut().for_each(|value| *value = value.max(floor));
    }
}
