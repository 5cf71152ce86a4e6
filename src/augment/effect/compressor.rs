//! Dynamic range compression.

use std::f64::consts::TAU;

use super::amplitude;

/// Turns down what is above a threshold, as `juce::dsp::Compressor` does: the envelope follows the
/// samples' magnitude with one time for rises and one for falls, and the gain is
/// (envelope / threshold)^(1 / ratio - 1) above the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compressor {
    /// Level in dB above which it acts; full scale is 0.
    pub threshold: f64,
    /// Decibels of the input for each decibel of the output above the threshold, 1 or more.
    pub ratio: f64,
    /// Time of rises in milliseconds; a rise is over by 1 - e^-2π after it.
    pub attack_millis: f64,
    /// Time of falls in milliseconds.
    pub release_millis: f64,
}

impl Compressor {
    /// The compressed samples.
    pub fn apply(&self, samples: &[f32], rate: u32) -> Vec<f32> {
        let kept = |millis: f64| (-TAU * 1000.0 / (f64::from(rate) * millis)).exp();
        let (attack, release) = (kept(self.attack_millis), kept(self.release_millis));
        let threshold = amplitude(self.threshold);
        let mut envelope = 0.0;
        let compressed = |sample: &f32| {
            let level = f64::from(sample.abs());
            let kept = if level > envelope { attack } else { release };
            envelope = level + kept * (envelope - level);
            let above = (envelope / threshold).max(1.0);
            (f64::from(*sample) * above.powf(1.0 / self.ratio - 1.0)) as f32
        };
        samples.iter().map(compressed).collect()
    }
}
