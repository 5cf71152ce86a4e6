//! CQT-Net: tall convolutions over a constant-Q spectrogram, whose largest answer anywhere is all
//! that is kept.
//!
//! Source: Yu, Xu, Chen and Yang, *Learning a Representation for Cover Song Identification Using
//! Convolutional Neural Network*, ICASSP 2020 (arXiv 1911.00334), table 1, as in the authors' code.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{Linear, Module, Path};

use crate::model::layer::{self, Window, named};
use crate::model::{ConvNorm, image};
use crate::settings::check_sizes;
use crate::{Error, Result};

/// Rows of the first kernels; the others have three.
const TALL: [i64; 3] = [12, 13, 13];

/// Zeros above and below the spectrogram.
const PADDING: i64 = 6;

/// Widths; the defaults are the published network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CqtNetConfig {
    /// Output channels of every convolution: an even number of them, time being halved after every
    /// second one but the last.
    pub channels: Vec<i64>,
    /// Length of an embedding.
    pub dim: i64,
}

impl Default for CqtNetConfig {
    fn default() -> CqtNetConfig {
        CqtNetConfig { channels: vec![32, 64, 64, 64, 128, 128, 256, 256, 512, 512], dim: 300 }
    }
}

impl CqtNetConfig {
    fn check(&self, bins: i64) -> Result<()> {
        let wrong = |message: String| Err(Error::settings("encoder", message));
        let count = self.channels.len();
        if count < 2 || !count.is_multiple_of(2) {
            return wrong(format!("{count} channels; an even number from 2 on is needed"));
        }
        check_sizes("encoder", named("channels", &self.channels), 1..=layer::WIDEST)?;
        check_sizes("encoder", [("dim", self.dim)], 1..=layer::WIDEST)?;
        let least = (0..count).map(|i| rows(i) - 1).sum::<i64>() - 2 * PADDING + 1;
        if bins < least {
            return wrong(format!("the kernels leave nothing of {bins} bins; {least} are needed"));
        }
        Ok(())
    }
}

fn rows(convolution: usize) -> i64 {
    TALL.get(convolution).copied().unwrap_or(3)
}

/// The network up to its 300 (or other number of) values.
#[derive(Debug)]
pub struct CqtNet {
    convolutions: Vec<ConvNorm>,
    output: Linear,
    dim: i64,
}

impl CqtNet {
    /// For spectrograms of `bins`.
    ///
    /// # Errors
    /// When a width is out of range, the number of convolutions is odd, or they leave nothing of
    /// the bins.
    pub fn new(path: &Path<'_>, config: &CqtNetConfig, bins: i64) -> Result<CqtNet> {
        config.check(bins)?;
        let inputs = std::iter::once(&1).chain(&config.channels);
        let features = path.sub("features");
        let convolution = |(i, (inputs, outputs)): (usize, (&i64, &i64))| {
            let padding = [if i == 0 { PADDING } else { 0 }, 0];
            let dilation = [1, 1 + i as i64 % 2];
            let window = Window { padding, dilation, ..Window::default() };
            ConvNorm::new(&features, i, [*inputs, *outputs], [rows(i), 3], window)
        };
        let last = config.channels[config.channels.len() - 1];
        Ok(CqtNet {
            convolutions: inputs.zip(&config.channels).enumerate().map(convolution).collect(),
            output: layer::linear(&path.sub("fc0"), last, config.dim, true),
            dim: config.dim,
        })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.dim
    }

    /// The fewest frames of which something is left.
    pub fn least_frames(&self) -> i64 {
        // A pair of convolutions takes away six frames, and n frames come out of pooling 2n - 2.
        (1..self.convolutions.len() / 2).fold(7, |least, _| 2 * least - 2 + 6)
    }

    /// Embeds magnitudes of any level; `train` takes batch statistics and updates the running ones.
    ///
    /// # Shapes
    /// `[batch, frames, bins]` → `[batch, dim]`, with [`CqtNet::least_frames`] frames or more.
    pub fn forward(&self, magnitudes: &Tensor, train: bool) -> Tensor {
        let last = self.convolutions.len() - 1;
        let x = self.convolutions.iter().enumerate().fold(
            image::of_unit_peak(magnitudes),
            |x, (i, convolution)| {
                let x = convolution.forward(&x, train);
                // Taking the largest commutes with the ReLU, which then has less to do.
                let x = if i == last {
                    x.amax([2, 3], false)
                } else if i % 2 == 1 {
                    x.max_pool2d([1, 2], [1, 2], [0, 1], [1, 1], false)
                } else {
                    x
                };
                x.relu()
            },
        );
        self.output.forward(&x)
    }
}
