//! SampleCNN: convolutions over raw samples, each halving or thirding the time axis until one step
//! is left.
//!
//! Source: Lee, Park, Kim and Nam, *Sample-level Deep Convolutional Neural Networks for Music
//! Auto-tagging Using Raw Waveforms*, SMC 2017 (arXiv 1703.01789), with the parameter names of
//! CLMR's public checkpoints.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{BatchNorm, Conv1D, Module, ModuleT, Path};

use crate::model::layer::{self, named};
use crate::settings::check_sizes;
use crate::{Error, Result, Stage};

/// Widths and strides; the defaults are the published network (59,049 samples in, 512 values out).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SampleCnnConfig {
    /// Output channels of every convolution: one strided, one per pooling layer, one last.
    pub channels: Vec<i64>,
    /// Kernel and stride of the first convolution, then kernel and pooling stride of each but the
    /// last.
    pub strides: Vec<i64>,
}

impl Default for SampleCnnConfig {
    fn default() -> SampleCnnConfig {
        let channels = vec![128, 128, 128, 256, 256, 256, 256, 256, 256, 512, 512];
        SampleCnnConfig { channels, strides: vec![3; 10] }
    }
}

impl SampleCnnConfig {
    fn check(&self) -> Result<()> {
        if self.channels.len() != self.strides.len() + 1 || self.strides.len() < 2 {
            let message = "one stride per channel but the last is needed, and at least two strides";
            return Err(Error::settings("encoder", message));
        }
        check_sizes("encoder", named("channels", &self.channels), 1..=layer::WIDEST)?;
        check_sizes("encoder", named("strides", &self.strides), 2..=layer::WIDEST)
    }

    /// The fewest samples of which one time step is left: 59,049 by default.
    pub fn samples(&self) -> i64 {
        let hidden = self.strides.iter().skip(1).rev();
        // A pool gives one step per `stride`; a convolution of that kernel, padded by 1, gives 3 −
        // kernel more.
        let steps = hidden
            .fold(1_i64, |steps, stride| steps.saturating_mul(*stride).saturating_add(stride - 3));
        steps.saturating_mul(self.strides[0])
    }

    /// Refuses clips of which less or more than one time step is left.
    ///
    /// # Errors
    /// With the lengths that are taken.
    pub fn takes(&self, samples: i64) -> Result<()> {
        let (least, most) = (self.samples(), self.samples().saturating_mul(2) - 1);
        match (least..=most).contains(&samples) {
            true => Ok(()),
            false => Err(Error::settings(
                "encoder",
                format!("clips must have {least} to {most} samples, not {samples}"),
            )),
        }
    }
}

/// The network up to its 512 (or last width) values; they are not negative, for it ends in a ReLU.
#[derive(Debug)]
pub struct SampleCnn {
    layers: Vec<Layer>,
    config: SampleCnnConfig,
}

/// A convolution, its norm, and how many samples the pool behind them makes one of.
#[derive(Debug)]
struct Layer {
    conv: Conv1D,
    norm: BatchNorm,
    pool: Option<i64>,
}

impl Stage for Layer {
    fn before(&self, x: &Tensor) -> Tensor {
        match x.dim() {
            2 => self.conv.forward(&x.unsqueeze(1)),
            _ => self.conv.forward(x),
        }
    }

    fn norm(&self) -> &BatchNorm {
        &self.norm
    }

    fn after(&self, x: &Tensor) -> Tensor {
        match self.pool {
            Some(stride) => layer::max_pool(x, stride).relu(),
            None => x.relu(),
        }
    }
}

impl SampleCnn {
    /// Variables are called `sequential.{layer}.{0, 1}`: convolution and norm.
    ///
    /// # Errors
    /// When channels and strides do not fit together.
    pub fn new(path: &Path<'_>, config: &SampleCnnConfig) -> Result<SampleCnn> {
        config.check()?;
        let path = path.sub("sequential");
        let last = config.channels.len() - 1;
        let layers = (0..=last).map(|i| {
            let path = path.sub(i);
            let inputs = if i == 0 { 1 } else { config.channels[i - 1] };
            let (kernel, stride, padding) = match i {
                0 => (config.strides[0], config.strides[0], 0),
                _ if i == last => (3, 1, 1),
                _ => (config.strides[i], 1, 1),
            };
            let channels = [inputs, config.channels[i]];
            Layer {
                conv: layer::conv(&path.sub(0), channels, kernel, stride, padding),
                norm: layer::batch_norm(&path.sub(1), config.channels[i]),
                pool: config.strides.get(i).copied().filter(|_| i > 0),
            }
        });
        Ok(SampleCnn { layers: layers.collect(), config: config.clone() })
    }

    /// Clip length in samples.
    pub fn samples(&self) -> i64 {
        self.config.samples()
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.config.channels.last().copied().unwrap_or(0)
    }

    /// `[batch, samples]` → `[batch, dim]`; `train` takes batch statistics and updates the running
    /// ones.
    pub fn forward(&self, clips: &Tensor, train: bool) -> Tensor {
        let through =
            |x: Tensor, layer: &Layer| layer.after(&layer.norm.forward_t(&layer.before(&x), train));
        self.layers.iter().fold(clips.shallow_clone(), through).flatten(1, -1)
    }

    /// Its layers; what the last one gives is flattened.
    pub fn stages(&self) -> Vec<&dyn Stage> {
        self.layers.iter().map(|layer| layer as &dyn Stage).collect()
    }
}
