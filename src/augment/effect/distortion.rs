//! Soft saturation.

use super::amplitude;

/// The hyperbolic tangent of the amplified sound (pedalboard's `Distortion`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distortion {
    /// Amplification in dB.
    pub drive: f64,
}

impl Distortion {
    /// The distorted samples, within full scale.
    pub fn apply(&self, samples: &[f32]) -> Vec<f32> {
        let drive = amplitude(self.drive);
        samples.iter().map(|sample| (f64::from(*sample) * drive).tanh() as f32).collect()
    }
}
