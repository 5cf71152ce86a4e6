//! Training excerpts of spectrograms as networks for cover songs take them: masked, stretched, and
//! of lengths that take turns.
//!
//! Z. Yu, X. Xu, X. Chen and D. Yang, "Learning a representation for cover song identification
//! using convolutional neural network", ICASSP 2020, <https://arxiv.org/abs/1911.00334>; ranges and
//! order are those of the authors' code.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::{FrequencyMasks, TimeStretch, send};
use crate::error::{Error, Result};
use crate::seed::Rng;

/// Settings in the order in which they act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcerptConfig {
    /// Bands that are hidden.
    pub masks: FrequencyMasks,
    /// Change of tempo.
    pub stretch: TimeStretch,
    /// Frames of an excerpt, a training step each in turn.
    pub lengths: Vec<i64>,
}

impl ExcerptConfig {
    /// Frames of the longest excerpt.
    pub fn longest(&self) -> i64 {
        self.lengths.iter().copied().fold(0, i64::max)
    }
}

/// Checked settings.
#[derive(Clone, Debug)]
pub struct Excerpts(ExcerptConfig);

impl Excerpts {
    /// For spectrograms of so many bins and a network that takes `least` frames or more.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn new(config: ExcerptConfig, bins: usize, least: i64) -> Result<Excerpts> {
        config.masks.check(bins)?;
        config.stretch.check()?;
        if config.lengths.is_empty() || config.lengths.iter().any(|length| *length < least) {
            return Err(Error::Invalid(format!(
                "lengths is {:?}; at least one is needed, and each must be at least {least} frames",
                config.lengths
            )));
        }
        Ok(Excerpts(config))
    }

    /// Frames of the longest excerpt.
    pub fn longest(&self) -> i64 {
        self.0.longest()
    }

    /// Frames that have to be cut out of an item.
    pub fn source(&self) -> i64 {
        self.0.stretch.source(self.longest())
    }

    /// Masks and stretches each clip.
    ///
    /// # Shapes
    /// `[batch, source, bins]` → `[batch, longest, bins]`
    pub fn draw(&self, clips: &Tensor, rng: &mut Rng) -> Tensor {
        self.0.stretch.apply(&self.0.masks.apply(clips, rng), self.longest(), rng)
    }

    /// Draws for each clip where its part begins, on `device`: 0 for the first place, and just
    /// below 1 for the last.
    ///
    /// # Shapes
    /// → `[batch]`, float64
    pub fn places(&self, batch: i64, rng: &mut Rng, device: Device) -> Tensor {
        let places: Vec<f64> = (0..batch).map(|_| rng.random()).collect();
        send(&Tensor::from_slice(&places), device)
    }

    /// Parts of clips, as long as it is `step`'s turn, from such places.
    ///
    /// # Shapes
    /// `[batch, longest, bins]` and `[batch]` → `[batch, length, bins]`
    pub fn at(&self, step: u64, clips: &Tensor, places: &Tensor) -> Tensor {
        let turn = (step % self.0.lengths.len() as u64) as usize;
        let (length, size, device) = (self.0.lengths[turn], clips.size(), clips.device());
        if length == size[1] {
            return clips.shallow_clone();
        }
        let last = size[1] - length;
        let starts = (places * (last + 1)).floor().to_kind(Kind::Int64);
        let frames = starts.unsqueeze(1) + Tensor::arange(length, (Kind::Int64, device));
        clips.gather(1, &frames.unsqueeze(2).expand([-1, -1, size[2]], false), false)
    }
}
