//! Musicnn: timbral and temporal filters side by side, a densely connected middle, and the maximum
//! and mean over time.
//!
//! Source: Pons and Serra, *musicnn: Pre-trained Convolutional Neural Networks for Music Audio
//! Tagging*, 2019 (arXiv 1909.06654), with the sizes of the authors' training code.

use serde::{Deserialize, Serialize};
use tch::nn::{BatchNorm, Conv2D, Linear, Module, ModuleT, Path};
use tch::{Kind, Tensor};

use crate::model::head::{check_dropout, check_widths};
use crate::model::layer::{self, Window};
use crate::{Error, Result};

/// Widths; the defaults are the published network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MusicnnConfig {
    /// Filters of each of the two timbral blocks.
    pub timbral: i64,
    /// Filters of each of the three temporal blocks.
    pub temporal: i64,
    /// Filters of each of the three middle convolutions.
    pub mid: i64,
    /// Length of an embedding.
    pub dense: i64,
    /// Part dropped before the dense layer in training, 0 to 1.
    pub dropout: f64,
}

impl Default for MusicnnConfig {
    fn default() -> MusicnnConfig {
        MusicnnConfig { timbral: 204, temporal: 51, mid: 64, dense: 200, dropout: 0.5 }
    }
}

/// Heights of the timbral filters as parts of all mels.
const TIMBRAL: [f64; 2] = [0.4, 0.7];
/// Frames a timbral or middle filter spans.
const SPAN: i64 = 7;
/// Lengths of the temporal filters in frames.
const TEMPORAL: [i64; 3] = [128, 64, 32];

/// A convolution, its ReLU and then its norm.
#[derive(Debug)]
struct Block(Conv2D, BatchNorm);

impl Block {
    fn new(path: &Path<'_>, channels: [i64; 2], kernel: [i64; 2]) -> Block {
        let norm = layer::batch_norm_2d(&path.sub("bn"), channels[1]);
        Block(layer::conv2d(&path.sub("conv"), channels, kernel, Window::default()), norm)
    }

    /// As many frames come out as go in.
    fn forward(&self, x: &Tensor, span: i64, train: bool) -> Tensor {
        let before = (span - 1) / 2;
        let padded = x.constant_pad_nd([0, 0, before, span - 1 - before]);
        self.1.forward_t(&self.0.forward(&padded).relu(), train)
    }
}

/// The network up to its dense layer of 200 (or other number of) values.
#[derive(Debug)]
pub struct Musicnn {
    input_norm: BatchNorm,
    timbral: Vec<Block>,
    temporal: Vec<Block>,
    mid: Vec<Block>,
    pooled_norm: BatchNorm,
    dense: Linear,
    dense_norm: BatchNorm,
    config: MusicnnConfig,
}

impl Musicnn {
    /// For spectrograms of so many mels.
    ///
    /// # Errors
    /// When a width is out of range, or there are too few mels for the timbral filters.
    pub fn new(path: &Path<'_>, config: &MusicnnConfig, mels: i64) -> Result<Musicnn> {
        let MusicnnConfig { timbral, temporal, mid, dense, dropout } = *config;
        check_widths("encoder", &[timbral, temporal, mid, dense])?;
        if mels < 3 {
            return Err(Error::settings("encoder", format!("{mels} mels; at least 3 are needed")));
        }
        check_dropout("encoder", dropout)?;
        let tall = TIMBRAL.map(|part| (part * mels as f64) as i64);
        let front = 2 * timbral + 3 * temporal;
        let pooled = 2 * (front + 3 * mid);
        let block = |name: &str, i: usize, channels, kernel| {
            Block::new(&path.sub(format!("{name}{i}")), channels, kernel)
        };
        Ok(Musicnn {
            input_norm: layer::batch_norm_2d(&path.sub("input_bn"), 1),
            timbral: (0..2).map(|i| block("timbral", i, [1, timbral], [SPAN, tall[i]])).collect(),
            temporal: (0..3)
                .map(|i| block("temporal", i, [1, temporal], [TEMPORAL[i], 1]))
                .collect(),
            mid: (0..3)
                .map(|i| block("mid", i, [if i == 0 { front } else { mid }, mid], [SPAN, 1]))
                .collect(),
            pooled_norm: layer::batch_norm(&path.sub("pooled_bn"), pooled),
            dense: layer::linear(&path.sub("dense"), pooled, dense, true),
            dense_norm: layer::batch_norm(&path.sub("dense_bn"), dense),
            config: *config,
        })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.config.dense
    }

    /// Embeds spectrograms.
    ///
    /// # Shapes
    /// `[batch, frames, mels]` → `[batch, dim]`
    pub fn forward(&self, spectrograms: &Tensor, train: bool) -> Tensor {
        let image = self.input_norm.forward_t(&spectrograms.unsqueeze(1), train);
        let highest = |x: Tensor| x.amax(3, true);
        let timbral = self.timbral.iter().map(|block| highest(block.forward(&image, SPAN, train)));
        let temporal = self.temporal.iter().zip(TEMPORAL);
        let temporal = temporal.map(|(block, span)| highest(block.forward(&image, span, train)));
        let front = Tensor::cat(&timbral.chain(temporal).collect::<Vec<_>>(), 1);
        let first = self.mid[0].forward(&front, SPAN, train);
        let second = self.mid[1].forward(&first, SPAN, train) + &first;
        let third = self.mid[2].forward(&second, SPAN, train) + &second;
        let all = Tensor::cat(&[front, first, second, third], 1).squeeze_dim(3);
        let pooled = Tensor::cat(&[all.amax(2, false), all.mean_dim(2, false, Kind::Float)], 1);
        let pooled = self.pooled_norm.forward_t(&pooled, train).dropout(self.config.dropout, train);
        self.dense_norm.forward_t(&self.dense.forward(&pooled).relu(), train)
    }
}
