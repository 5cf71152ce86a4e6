//! Sound in: a file decoded once, whole, to mono; resampled; turned into spectrograms.

mod cqt;
mod decode;
mod device_mel;
mod landmarks;
mod mel;
mod resample;

pub use cqt::{Cqt, CqtSpec};
pub use decode::{Decoded, Refusal, decode, is_sound, try_decode};
pub use device_mel::DeviceMel;
pub use landmarks::{Landmark, Landmarks};
pub use mel::{Mel, MelSpec, Norm, Pad, Scale, decibel};
pub(crate) use resample::gcd;
pub use resample::resample;

/// The highest sample rate that a setting may ask for, in Hz.
pub const HIGHEST_RATE: u32 = 192_000;

/// Mono sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// In Hz.
    pub rate: u32,
    /// Amplitudes; full scale is 1, and float files may go beyond it.
    pub samples: Vec<f32>,
}

impl Wave {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// Root of the mean square; `None` without samples.
    pub fn rms(&self) -> Option<f64> {
        let sum: f64 = self.samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
        (!self.samples.is_empty()).then(|| (sum / self.samples.len() as f64).sqrt())
    }

    /// Largest magnitude; `None` without samples.
    pub fn peak(&self) -> Option<f32> {
        self.samples.iter().map(|s| s.abs()).reduce(f32::max)
    }
}
