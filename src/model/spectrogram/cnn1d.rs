//! One-dimensional convolutions over time: two, each pooled by four, and a dense layer.
//!
//! Source: Dieleman and Schrauwen, *End-to-end Learning for Music Audio*, ICASSP 2014
//! (<https://doi.org/10.1109/ICASSP.2014.6854950>), over spectrograms with the sizes of
//! musicnn-training, or over raw samples behind a strided convolution.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{BatchNorm, Conv1D, Linear, Module, ModuleT, Path};

use crate::Result;
use crate::model::layer;
use crate::settings::check_sizes;

/// Widths; the defaults are the published ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cnn1dConfig {
    /// Filters of each convolution.
    pub filters: i64,
    /// Length of an embedding.
    pub dense: i64,
}

impl Default for Cnn1dConfig {
    fn default() -> Cnn1dConfig {
        Cnn1dConfig { filters: 32, dense: 100 }
    }
}

/// Frames a filter spans.
const SPAN: i64 = 8;
/// Frames of which the largest is kept.
const POOL: i64 = 4;
/// The fewest frames of which something is left after both convolutions.
const LEAST: i64 = POOL * (POOL + SPAN - 1) + SPAN - 1;

/// The network up to its dense layer of 100 (or other number of) values.
#[derive(Debug)]
pub struct Cnn1d {
    norm: BatchNorm,
    convs: [Conv1D; 2],
    dense: Linear,
    dim: i64,
}

impl Cnn1d {
    /// For clips of so many `frames` of `bands` values.
    ///
    /// # Errors
    /// When a width is out of range, or the clip is too short to be pooled twice.
    pub fn new(path: &Path<'_>, config: &Cnn1dConfig, frames: i64, bands: i64) -> Result<Cnn1d> {
        let pooled = |frames: i64| (frames - SPAN + 1) / POOL;
        let left = pooled(pooled(frames));
        let Cnn1dConfig { filters, dense } = *config;
        let widths = [("filters", filters), ("dense", dense), ("bands", bands)];
        check_sizes("encoder", widths, 1..=layer::WIDEST)?;
        check_sizes("encoder", [("frames", frames)], LEAST..=layer::WIDEST)?;
        let conv = |name: &str, inputs| layer::conv(&path.sub(name), [inputs, filters], SPAN, 1, 0);
        Ok(Cnn1d {
            norm: layer::batch_norm_2d(&path.sub("bn"), 1),
            convs: [conv("conv1", bands), conv("conv2", filters)],
            dense: layer::linear(&path.sub("dense"), filters * left, dense, true),
            dim: dense,
        })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.dim
    }

    /// Embeds clips; the values are not negative.
    ///
    /// # Shapes
    /// `[batch, frames, bands]` → `[batch, dim]`
    pub fn forward(&self, clips: &Tensor, train: bool) -> Tensor {
        let normed = self.norm.forward_t(&clips.unsqueeze(1), train).squeeze_dim(1);
        let pooled = self.convs.iter().fold(normed.transpose(1, 2), |x, conv| {
            conv.forward(&x).max_pool1d(POOL, POOL, 0, 1, false).relu()
        });
        self.dense.forward(&pooled.flatten(1, -1)).relu()
    }
}
