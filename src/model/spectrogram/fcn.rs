//! FCN-4: four convolutions over a decibel mel spectrogram, each followed by pooling until little
//! is left.
//!
//! Source: Yao et al., *Contrastive Learning with Positive-Negative Frame Mask for Music
//! Representation*, WWW 2022 (arXiv 2203.09129), section 4.2, as in the authors' code: the first
//! four blocks of the network of Choi, Fazekas and Sandler (ISMIR 2016) as Won et al. ported it.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{BatchNorm, Conv2D, Module, ModuleT, Path};

use crate::model::layer::{self, Window, named};
use crate::settings::check_sizes;
use crate::{Error, Result};

/// Widths and pools; the defaults are the published network (128 mels and 462 frames in, 512 values
/// out).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FcnConfig {
    /// Output channels of every convolution.
    pub channels: Vec<i64>,
    /// What is pooled after every convolution, as `[mels, frames]`.
    pub pools: Vec<[i64; 2]>,
}

impl Default for FcnConfig {
    fn default() -> FcnConfig {
        FcnConfig { channels: vec![64, 128, 128, 128], pools: vec![[2, 4], [2, 4], [2, 4], [4, 5]] }
    }
}

impl FcnConfig {
    /// Mels and frames that are left of `image`.
    ///
    /// # Errors
    /// When nothing is left, or channels and pools do not fit together.
    pub fn left(&self, image: [i64; 2]) -> Result<[i64; 2]> {
        let wrong = |message: String| Err(Error::settings("encoder", message));
        if self.channels.len() != self.pools.len() || self.channels.is_empty() {
            return wrong("as many pools as channels are needed, and at least one".into());
        }
        check_sizes("encoder", named("channels", &self.channels), 1..=layer::WIDEST)?;
        check_sizes("encoder", named("pools", self.pools.as_flattened()), 1..=layer::WIDEST)?;
        let left = self
            .pools
            .iter()
            .fold(image, |[mels, frames], pool| [mels / pool[0], frames / pool[1]]);
        match left {
            [0, _] | [_, 0] => wrong(format!(
                "the pools leave nothing of {} mels and {} frames",
                image[0], image[1]
            )),
            left => Ok(left),
        }
    }
}

/// The network up to its 512 (or other number of) values; they are not negative, for it ends in a
/// ReLU.
#[derive(Debug)]
pub struct Fcn {
    input_norm: BatchNorm,
    blocks: Vec<(Conv2D, BatchNorm)>,
    pools: Vec<[i64; 2]>,
    dim: i64,
}

impl Fcn {
    /// For spectrograms of `[mels, frames]`.
    ///
    /// # Errors
    /// As [`FcnConfig::left`], or when too much is left.
    pub fn new(path: &Path<'_>, config: &FcnConfig, image: [i64; 2]) -> Result<Fcn> {
        let [mels, frames] = config.left(image)?;
        let dim = (config.channels[config.channels.len() - 1] * mels).saturating_mul(frames);
        check_sizes("encoder", [("dim", dim)], 1..=layer::WIDEST)?;
        let inputs = std::iter::once(&1).chain(&config.channels);
        let block = |(i, (inputs, outputs)): (usize, (&i64, &i64))| {
            let path = path.sub(format!("layer{}", i + 1));
            let window = Window { padding: [1, 1], ..Window::default() };
            (
                layer::conv2d(&path.sub("conv"), [*inputs, *outputs], [3, 3], window),
                layer::batch_norm_2d(&path.sub("bn"), *outputs),
            )
        };
        Ok(Fcn {
            input_norm: layer::batch_norm_2d(&path.sub("spec_bn"), 1),
            blocks: inputs.zip(&config.channels).enumerate().map(block).collect(),
            pools: config.pools.clone(),
            dim,
        })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.dim
    }

    /// Embeds spectrograms in decibels, channel by channel; `train` takes batch statistics and
    /// updates the running ones.
    ///
    /// # Shapes
    /// `[batch, frames, mels]` → `[batch, dim]`
    pub fn forward(&self, decibels: &Tensor, train: bool) -> Tensor {
        let image = decibels.transpose(1, 2).unsqueeze(1);
        let x = self.blocks.iter().zip(&self.pools).fold(
            self.input_norm.forward_t(&image, train),
            |x, ((conv, norm), pool)| {
                // Pooling commutes with the ReLU, which then has less to do.
                norm.forward_t(&conv.forward(&x), train)
                    .max_pool2d(pool, pool, [0, 0], [1, 1], false)
                    .relu()
            },
        );
        x.flatten(1, -1)
    }
}
