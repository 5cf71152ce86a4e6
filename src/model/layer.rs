//! Layers initialised as PyTorch's modules are: weights and biases uniform within 1/√fan-in, norms
//! at 1 and 0.

use tch::nn::{self, Init, Path};

fn within(fan_in: i64) -> Init {
    let bound = 1.0 / (fan_in as f64).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// A fully connected layer, `[.., inputs]` → `[.., outputs]`.
pub fn linear(path: &Path<'_>, inputs: i64, outputs: i64, bias: bool) -> nn::Linear {
    let init = within(inputs);
    nn::linear(path, inputs, outputs, nn::LinearConfig { ws_init: init, bs_init: Some(init), bias })
}

/// A one-dimensional convolution with bias, `[batch, inputs, samples]` → `[batch, outputs,
/// samples]`.
pub fn conv(
    path: &Path<'_>,
    channels: [i64; 2],
    kernel: i64,
    stride: i64,
    padding: i64,
) -> nn::Conv1D {
    let [inputs, outputs] = channels;
    let init = within(inputs * kernel);
    let config =
        nn::ConvConfig { stride, padding, ws_init: init, bs_init: init, ..Default::default() };
    nn::conv1d(path, inputs, outputs, kernel, config)
}

/// Batch normalisation over `[batch, channels, samples]`; the running estimates lie beside its
/// parameters.
pub fn batch_norm(path: &Path<'_>, channels: i64) -> nn::BatchNorm {
    let config = nn::BatchNormConfig { ws_init: Init::Const(1.0), ..Default::default() };
    nn::batch_norm1d(path, channels, config)
}

/// Layer normalisation over the last dimension.
pub fn layer_norm(path: &Path<'_>, dim: i64) -> nn::LayerNorm {
    nn::layer_norm(path, vec![dim], Default::default())
}
