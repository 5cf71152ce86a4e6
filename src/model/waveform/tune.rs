//! TUNe+: a U-Net over raw samples with a tail that shortens its output to one vector.
//!
//! Source: Vélez Vásquez and Burgoyne, *Tailed U-Net: Multi-Scale Music Representation Learning*,
//! ISMIR 2022, as Guinot, Quinton and Fazekas trained it (arXiv 2407.13840), with the parameter
//! names of their code.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{BatchNorm, Conv1D, ConvTranspose1D, Module, ModuleT, Path};

use crate::model::layer;
use crate::settings::check_sizes;
use crate::{Error, Result};

/// What every pooling divides the number of samples by, and every upsampling multiplies it with.
const STEP: i64 = 3;
/// Poolings on the way down, and upsamplings on the way up.
const LEVELS: i64 = 4;

/// Widths; the defaults are the published network (512 values out).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TuneConfig {
    /// Channels of the first convolution; every pooling on the way down doubles them.
    pub channels: i64,
    /// From one place of the first convolution to the next, in samples.
    pub stride: i64,
    /// Blocks of the tail, each after a pooling; the first four also see blocks of the U-Net.
    pub tail: i64,
    /// Length of an embedding.
    pub dim: i64,
}

impl Default for TuneConfig {
    fn default() -> TuneConfig {
        TuneConfig { channels: 11, stride: 1, tail: 9, dim: 512 }
    }
}

impl TuneConfig {
    fn check(&self, samples: i64) -> Result<()> {
        check_sizes("encoder", [("channels", self.channels)], 1..=layer::WIDEST >> (LEVELS + 1))?;
        check_sizes("encoder", [("stride", self.stride), ("dim", self.dim)], 1..=layer::WIDEST)?;
        check_sizes("encoder", [("tail", self.tail)], LEVELS + 1..=20)?;
        let whole = self.stride * STEP.pow(LEVELS as u32);
        let least = self.stride * STEP.pow(self.tail as u32);
        let message = if samples < least {
            format!("clips must have at least {least} samples, not {samples}")
        } else if samples % whole != 0 {
            format!("the number of samples must be divisible by {whole}; {samples} is not")
        } else {
            return Ok(());
        };
        Err(Error::settings("encoder", message))
    }
}

/// A convolution over three strides, batch normalisation, ReLU.
#[derive(Debug)]
struct Block {
    conv: Conv1D,
    norm: BatchNorm,
}

impl Block {
    fn new(path: &Path<'_>, [inputs, outputs]: [i64; 2], stride: i64) -> Block {
        let path = path.sub("layers");
        Block {
            conv: layer::relu_conv(&path.sub(0), [inputs, outputs], stride),
            norm: layer::batch_norm(&path.sub(1), outputs),
        }
    }

    fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        self.norm.forward_t(&self.conv.forward(x), train).relu()
    }
}

/// The network up to its 512 (or other number of) values; they are not negative, for they are means
/// of what a ReLU lets through.
#[derive(Debug)]
pub struct Tune {
    down: Vec<Block>,
    up: Vec<(ConvTranspose1D, Block)>,
    tail: Vec<Block>,
    dim: i64,
}

impl Tune {
    /// For clips of `samples`.
    ///
    /// # Errors
    /// When a size is out of range, or the clips are too short or not divisible by 81 strides.
    pub fn new(path: &Path<'_>, config: &TuneConfig, samples: i64) -> Result<Tune> {
        config.check(samples)?;
        let width = |level: i64| config.channels << level;
        let down = |level| {
            let (inputs, stride) =
                if level == 0 { (1, config.stride) } else { (width(level - 1), 1) };
            let path = path.sub(format!("conv{}", level + 1));
            Block::new(&path, [inputs, width(level)], stride)
        };
        let up = |level| {
            let number = 2 * LEVELS + 1 - level;
            let [wide, narrow] = [width(level + 1), width(level)];
            let upsample = path.sub(format!("transposedConv{number}"));
            (
                layer::upsample(&upsample, [wide, narrow], STEP),
                Block::new(&path.sub(format!("conv{number}")), [2 * narrow, narrow], 1),
            )
        };
        let tail = |number: i64| {
            let before = width((number - 1).min(LEVELS + 1));
            let channels = match number {
                1..=LEVELS => [before + width(number), width(number)],
                _ if number == config.tail => [before, config.dim],
                _ => [before, width(LEVELS + 1)],
            };
            Block::new(&path.sub(format!("convDown{number}")), channels, 1)
        };
        Ok(Tune {
            down: (0..=LEVELS).map(down).collect(),
            up: (0..LEVELS).rev().map(up).collect(),
            tail: (1..=config.tail).map(tail).collect(),
            dim: config.dim,
        })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.dim
    }

    /// `[batch, samples]` → `[batch, dim]`; `train` takes batch statistics and updates the running
    /// ones.
    pub fn forward(&self, clips: &Tensor, train: bool) -> Tensor {
        let mut x = self.down[0].forward(&clips.unsqueeze(1), train);
        let mut fine = Vec::new();
        for block in &self.down[1..] {
            let coarse = block.forward(&layer::max_pool(&x, STEP), train);
            fine.push(std::mem::replace(&mut x, coarse));
        }
        let mut coarse = Vec::new();
        for ((upsample, block), skip) in self.up.iter().zip(fine.iter().rev()) {
            let joined = Tensor::cat(&[&upsample.forward(&x), skip], 1);
            coarse.push(std::mem::replace(&mut x, block.forward(&joined, train)));
        }
        for (i, block) in self.tail.iter().enumerate() {
            let pooled = layer::max_pool(&x, STEP);
            x = match coarse.iter().rev().nth(i) {
                Some(skip) => block.forward(&Tensor::cat(&[&pooled, skip], 1), train),
                None => block.forward(&pooled, train),
            };
        }
        x.mean_dim(-1, false, tch::Kind::Float)
    }
}
