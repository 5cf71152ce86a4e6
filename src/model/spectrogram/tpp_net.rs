//! TPP-Net: convolutions over a constant-Q spectrogram, and the largest answers of ever smaller
//! parts of what is left of time.
//!
//! Source: Yu, Xu, Chen and Yang, *Temporal Pyramid Pooling Convolutional Neural Network for Cover
//! Song Identification*, IJCAI 2019 (doi 10.24963/ijcai.2019/673), section 3, as in the authors'
//! code.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{Linear, Module, Path};

use crate::model::layer::{self, Window, named};
use crate::model::{ConvNorm, image};
use crate::settings::check_sizes;
use crate::{Error, Result};

/// Kernels after the first, with a stride of two frames; the others are one row of three.
const KERNELS: [[i64; 2]; 2] = [[12, 3], [3, 3]];

/// Widths and first kernel; the defaults are the published network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TppNetConfig {
    /// Output channels of every convolution: three that see several bins, then those along time.
    pub channels: Vec<i64>,
    /// The first kernel, as `[bins, frames]`.
    pub kernel: [i64; 2],
    /// In how many parts time is pooled, by level of the pyramid.
    pub pyramid: Vec<i64>,
    /// Length of an embedding.
    pub dim: i64,
}

impl Default for TppNetConfig {
    fn default() -> TppNetConfig {
        TppNetConfig {
            channels: vec![32, 64, 128, 256, 512, 512],
            kernel: [36, 40],
            pyramid: vec![4, 3, 2, 1],
            dim: 300,
        }
    }
}

impl TppNetConfig {
    fn check(&self, bins: i64) -> Result<()> {
        let wrong = |message: String| Err(Error::settings("encoder", message));
        if self.channels.len() < 3 || self.pyramid.is_empty() {
            return wrong("at least 3 channels and 1 level of the pyramid are needed".into());
        }
        let sizes = named("channels", &self.channels).chain(named("kernel", &self.kernel));
        let sizes = sizes.chain(named("pyramid", &self.pyramid)).chain([("dim", self.dim)]);
        check_sizes("encoder", sizes, 1..=layer::WIDEST)?;
        let least = self.kernel[0] + KERNELS.iter().map(|[rows, _]| rows - 1).sum::<i64>();
        if bins < least {
            return wrong(format!("the kernels leave nothing of {bins} bins; {least} are needed"));
        }
        Ok(())
    }
}

/// The network up to its 300 (or other number of) values.
#[derive(Debug)]
pub struct TppNet {
    spectral: Vec<ConvNorm>,
    temporal: Vec<ConvNorm>,
    output: Linear,
    config: TppNetConfig,
}

impl TppNet {
    /// For spectrograms of `bins`.
    ///
    /// # Errors
    /// When a number is out of range or missing, or the kernels leave nothing of the bins.
    pub fn new(path: &Path<'_>, config: &TppNetConfig, bins: i64) -> Result<TppNet> {
        config.check(bins)?;
        let inputs = std::iter::once(&1).chain(&config.channels);
        let channels: Vec<[i64; 2]> =
            inputs.zip(&config.channels).map(|(inputs, outputs)| [*inputs, *outputs]).collect();
        let halving = Window { stride: [1, 2], ..Window::default() };
        let (features, conv) = (path.sub("features"), path.sub("conv"));
        let mut spectral =
            vec![ConvNorm::new(&features, 0, channels[0], config.kernel, Window::default())];
        for (i, kernel) in (1..).zip(KERNELS) {
            spectral.push(ConvNorm::new(&features, i, channels[i], kernel, halving));
        }
        let temporal = channels[spectral.len()..].iter().enumerate();
        let temporal = temporal
            .map(|(i, channels)| ConvNorm::new(&conv, i, *channels, [1, 3], halving))
            .collect();
        let parts: i64 = config.pyramid.iter().sum();
        let pooled = parts * config.channels[config.channels.len() - 1];
        Ok(TppNet {
            spectral,
            temporal,
            output: layer::linear(&path.sub("fc0"), pooled, config.dim, true),
            config: config.clone(),
        })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.config.dim
    }

    /// The fewest frames of which one is left for every part of the pyramid.
    pub fn least_frames(&self) -> i64 {
        let TppNetConfig { channels, kernel, pyramid, .. } = &self.config;
        let finest = pyramid.iter().copied().fold(1, i64::max);
        (1..channels.len()).fold(finest, |least, _| 2 * least + 1) + kernel[1] - 1
    }

    /// Embeds magnitudes of any level; `train` takes batch statistics and updates the running ones.
    ///
    /// # Shapes
    /// `[batch, frames, bins]` → `[batch, dim]`, with [`TppNet::least_frames`] frames or more.
    pub fn forward(&self, magnitudes: &Tensor, train: bool) -> Tensor {
        let convolve = |x: Tensor, convolution: &ConvNorm| convolution.forward(&x, train).relu();
        let x = self.spectral.iter().fold(image::of_unit_peak(magnitudes), convolve);
        let x = self.temporal.iter().fold(x.amax([2], true), convolve);
        let level = |parts: &i64| x.adaptive_max_pool2d([1, *parts]).0.flatten(1, -1);
        let pooled = self.config.pyramid.iter().map(level).collect::<Vec<_>>();
        self.output.forward(&Tensor::cat(&pooled, 1))
    }
}
