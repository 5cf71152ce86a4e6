//! A convolution whose output is normalised.

use tch::Tensor;
use tch::nn::{BatchNorm, Conv2D, Module, ModuleT, Path};

use crate::model::layer::{self, Window};

/// A two-dimensional convolution and a batch normalisation, under the names of the public
/// checkpoints of cover song networks: `conv0` and `norm0`.
#[derive(Debug)]
pub struct ConvNorm {
    conv: Conv2D,
    norm: BatchNorm,
}

impl ConvNorm {
    /// Number `index` in `path`; without bias, which the norm would take away.
    pub fn new(
        path: &Path<'_>,
        index: usize,
        channels: [i64; 2],
        kernel: [i64; 2],
        window: Window,
    ) -> ConvNorm {
        let window = Window { bias: false, ..window };
        ConvNorm {
            conv: layer::conv2d(&path.sub(format!("conv{index}")), channels, kernel, window),
            norm: layer::batch_norm_2d(&path.sub(format!("norm{index}")), channels[1]),
        }
    }

    /// `[batch, inputs, rows, columns]` → `[batch, outputs, rows, columns]`; `train` takes batch
    /// statistics and updates the running ones.
    pub fn forward(&self, x: &Tensor, train: bool) -> Tensor {
        self.norm.forward_t(&self.conv.forward(x), train)
    }
}
