//! Constant-Q spectrograms on the CPU.

mod transform;

use std::f64::consts::LN_2;

use serde::{Deserialize, Serialize};

use crate::settings::check_sizes;
use crate::{Error, Result};

pub use transform::Cqt;

/// Half the width of a wavelet's main lobe times its length over the sampling rate.
const LOBE: f64 = 2.0;

/// The longest wavelet in seconds; what is longer is a slip of the settings.
const LONGEST: f64 = 10.0;

/// The most bins, hops or samples that a setting may ask for.
const MOST: usize = 65_536;

/// Settings of a constant-Q spectrogram; the defaults are CQT-Net's, whose transform is librosa's
/// as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CqtSpec {
    /// In Hz.
    pub sample_rate: u32,
    /// From one place that is looked at to the next, in samples.
    pub hop: usize,
    /// Number of frequencies.
    pub bins: usize,
    /// How many of them make an octave.
    pub bins_per_octave: usize,
    /// The lowest, in Hz.
    pub fmin: f64,
    /// Hops whose magnitudes are averaged into one frame.
    pub average: usize,
}

impl Default for CqtSpec {
    fn default() -> CqtSpec {
        CqtSpec {
            sample_rate: 22_050,
            hop: 512,
            bins: 84,
            bins_per_octave: 12,
            fmin: 32.703_195_662_574_83,
            average: 20,
        }
    }
}

impl CqtSpec {
    /// Frames of a sound of so many samples: a hop is centred on each multiple of its length, and
    /// the last frame may average fewer of them.
    pub fn frames(&self, samples: usize) -> usize {
        (samples / self.hop + 1).div_ceil(self.average)
    }

    /// From a frame to the next, in samples.
    pub fn step(&self) -> usize {
        self.hop * self.average
    }

    /// The frequency of a bin in Hz.
    pub fn frequency(&self, bin: usize) -> f64 {
        self.fmin * (LN_2 * bin as f64 / self.bins_per_octave as f64).exp()
    }

    /// Q: how many periods of its frequency a wavelet lasts.
    pub fn periods(&self) -> f64 {
        let ratio = (2.0 * LN_2 / self.bins_per_octave as f64).exp();
        (ratio + 1.0) / (ratio - 1.0)
    }

    /// Refuses settings that make no spectrogram.
    ///
    /// # Errors
    /// With the setting and what is allowed.
    pub fn check(&self) -> Result<()> {
        let refuse = |message| Err(Error::Invalid(format!("constant-Q spectrogram: {message}")));
        let counts = [
            ("hop", self.hop),
            ("bins", self.bins),
            ("bins_per_octave", self.bins_per_octave),
            ("average", self.average),
        ];
        check_sizes("constant-Q spectrogram", counts, 1..=MOST)?;
        let (rate, periods) = (f64::from(self.sample_rate), self.periods());
        if self.hop as f64 > rate {
            return refuse(format!("hop {}; at most a second, {rate}, is allowed", self.hop));
        }
        let lowest = periods / LONGEST;
        if !(lowest..=rate / 2.0).contains(&self.fmin) {
            return refuse(format!(
                "fmin {}; with {} bins per octave it must lie between {lowest:.3} and {} Hz",
                self.fmin,
                self.bins_per_octave,
                rate / 2.0
            ));
        }
        let highest = self.frequency(self.bins - 1) * (1.0 + LOBE / periods);
        if highest > rate / 2.0 {
            return refuse(format!(
                "the highest of {} bins from {} Hz on reaches up to {highest:.0} Hz; half the \
                 sampling rate, {}, is allowed",
                self.bins,
                self.fmin,
                rate / 2.0
            ));
        }
        Ok(())
    }
}
