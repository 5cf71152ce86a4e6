//! A chorus.

use std::f64::consts::TAU;

/// Milliseconds by which the delay sways at a depth of 1.
const SWAY: f64 = 10.0;
/// The least delay in milliseconds.
const LEAST: f64 = 1.0;

/// The sound late by a delay that sways as a sine, without the dry sound and without feedback, read
/// linearly between samples (`juce::dsp::Chorus` with a mix of 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chorus {
    /// How often the delay sways, in Hz.
    pub sways: f64,
    /// How far, from 0 to 1.
    pub depth: f64,
    /// The delay it sways around, in milliseconds.
    pub centre_millis: f64,
}

impl Chorus {
    /// The delay at a time in seconds, in milliseconds.
    pub fn delay(&self, seconds: f64) -> f64 {
        let sway = SWAY * self.depth * (TAU * self.sways * seconds).sin();
        (self.centre_millis - sway).max(LEAST)
    }

    /// The delayed samples, after silence.
    pub fn apply(&self, samples: &[f32], rate: u32) -> Vec<f32> {
        let rate = f64::from(rate);
        let at = |place: f64| if place < 0.0 { 0.0 } else { f64::from(samples[place as usize]) };
        let delayed = |n: usize| {
            let place = n as f64 - self.delay(n as f64 / rate) * rate / 1000.0;
            let before = place.floor();
            let part = place - before;
            let after = if part > 0.0 { at(before + 1.0) } else { 0.0 };
            ((1.0 - part) * at(before) + part * after) as f32
        };
        (0..samples.len()).map(delayed).collect()
    }
}
