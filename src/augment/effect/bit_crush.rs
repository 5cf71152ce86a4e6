//! Fewer bits per sample.

/// Rounds each sample to a multiple of 2^-bits, half-way ones to the even multiple (pedalboard's
/// `Bitcrush`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BitCrush {
    /// Steps between 0 and full scale, as a power of two.
    pub bits: u8,
}

impl BitCrush {
    /// The crushed samples.
    pub fn apply(&self, samples: &[f32]) -> Vec<f32> {
        let steps = 2f32.powi(self.bits.into());
        samples.iter().map(|sample| (sample * steps).round_ties_even() / steps).collect()
    }
}
