//! Pieces cut out.

use rand::RngExt;

use crate::seed::Rng;

/// Cuts short pieces out, one after the other from what is left, and fills up with silence at the
/// end.
///
/// A. Jain, P. R. Samala, D. Mittal, P. Jyothi and M. Singh, "SpliceOut: A simple and efficient
/// audio augmentation method", ICASSP 2022, <https://arxiv.org/abs/2110.00046>, as in
/// torch-audiomentations: a piece is as likely of any length below the longest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpliceOut {
    /// Number of pieces.
    pub pieces: usize,
    /// No piece is as long as this, in milliseconds.
    pub longest_millis: f64,
}

impl SpliceOut {
    /// What is left, and silence up to the same length.
    pub fn apply(&self, samples: &[f32], rate: u32, rng: &mut Rng) -> Vec<f32> {
        let longest = (self.longest_millis * f64::from(rate) / 1000.0) as usize;
        let mut left = samples.to_vec();
        for _ in 0..self.pieces {
            let length = rng.random_range(0..longest.max(1)).min(left.len());
            let start = rng.random_range(0..=left.len() - length);
            left.drain(start..start + length);
        }
        left.resize(samples.len(), 0.0);
        left
    }
}
