//! Bands of a spectrogram hidden at random.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::send;
use crate::error::Result;
use crate::seed::Rng;
use crate::settings::check_sizes;

/// Hides a few runs of neighbouring bins of each spectrogram: the frequency masks of Park et al.,
/// *SpecAugment*, Interspeech 2019 (arXiv 1904.08779), section 2.
///
/// A run's width is uniform from 0 up to but without `width`, and so is its lowest bin among those
/// that leave room for it and one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyMasks {
    /// Runs hidden in each spectrogram; they may overlap.
    pub count: usize,
    /// One more than the widest run, in bins.
    pub width: usize,
}

impl FrequencyMasks {
    /// Refuses runs that spectrograms of `bins` have no room for.
    ///
    /// # Errors
    /// With the number or width of runs and what is allowed.
    pub fn check(&self, bins: usize) -> Result<()> {
        check_sizes("masks", [("count", self.count)], 0..=bins)?;
        check_sizes("masks", [("width", self.width)], 1..=bins)
    }

    /// Sets what is hidden to 0.
    ///
    /// # Shapes
    /// `[batch, frames, bins]` → the same.
    pub fn apply(&self, clips: &Tensor, rng: &mut Rng) -> Tensor {
        let size = clips.size();
        let (batch, bins) = (size[0] as usize, size[2] as usize);
        let mut kept = vec![1.0_f32; batch * bins];
        for row in kept.chunks_exact_mut(bins) {
            for _ in 0..self.count {
                let width = rng.random_range(0..self.width);
                let lowest = rng.random_range(0..bins - width);
                row[lowest..lowest + width].fill(0.0);
            }
        }
        let kept = Tensor::from_slice(&kept).view([size[0], 1, size[2]]);
        clips * send(&kept, clips.device())
    }
}
