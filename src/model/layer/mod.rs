//! Layers initialised as PyTorch's modules are: weights and biases uniform within 1/√fan-in, norms
//! at 1 and 0; and what several networks make of them.

pub mod classifier;
pub mod constant;
pub mod conv_norm;
pub mod head;

use tch::Tensor;
use tch::nn::{self, Init, Path};

/// The widest a layer may be: between two such layers lie 2^28 weights, 1 GiB.
pub const WIDEST: i64 = 1 << 14;

/// The most blocks on each other, or heads beside each other.
pub const MOST: i64 = 1 << 8;

/// What keeps batch normalisation from dividing by 0.
pub(crate) const BATCH_NORM_EPSILON: f64 = 1e-5;

/// How far its running estimates move towards those of a batch.
pub(crate) const BATCH_NORM_MOMENTUM: f64 = 0.1;

/// Each size of a list by the list's name, to be checked.
pub(super) fn named<'a>(name: &'a str, sizes: &'a [i64]) -> impl Iterator<Item = (&'a str, i64)> {
    sizes.iter().map(move |size| (name, *size))
}

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

/// A one-dimensional convolution over three strides, `[batch, inputs, stride · samples]` → `[batch,
/// outputs, samples]`; its weights are uniform within √(6/fan-in), as Kaiming initialisation has it
/// before a ReLU.
pub fn relu_conv(path: &Path<'_>, channels: [i64; 2], stride: i64) -> nn::Conv1D {
    let [inputs, outputs] = channels;
    let kernel = 3 * stride;
    let bound = (6.0 / (inputs * kernel) as f64).sqrt();
    let ws_init = Init::Uniform { lo: -bound, up: bound };
    let bs_init = within(inputs * kernel);
    let config = nn::ConvConfig { stride, padding: stride, ws_init, bs_init, ..Default::default() };
    nn::conv1d(path, inputs, outputs, kernel, config)
}

/// A transposed convolution with bias that makes `times` as many samples, `[batch, inputs,
/// samples]` → `[batch, outputs, times · samples]`.
pub fn upsample(path: &Path<'_>, channels: [i64; 2], times: i64) -> nn::ConvTranspose1D {
    let [inputs, outputs] = channels;
    let init = within(outputs * times);
    let config = nn::ConvTransposeConfig {
        stride: times,
        ws_init: init,
        bs_init: init,
        ..Default::default()
    };
    nn::conv_transpose1d(path, inputs, outputs, times, config)
}

/// The largest of every `stride` values of the last of three dimensions; what is left over at the
/// end is dropped. Faster on a CPU than `max_pool1d`.
pub fn max_pool(x: &Tensor, stride: i64) -> Tensor {
    let (channels, steps) = (x.size()[1], x.size()[2] / stride);
    x.narrow(2, 0, steps * stride).reshape([-1, channels, steps, stride]).max_dim(-1, false).0
}

/// How the kernel of a two-dimensional convolution moves, each as `[rows, columns]`.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Steps from one place to the next.
    pub stride: [i64; 2],
    /// Zeros around the input.
    pub padding: [i64; 2],
    /// Steps from one weight to the next.
    pub dilation: [i64; 2],
    /// Whether a bias is added.
    pub bias: bool,
}

impl Default for Window {
    fn default() -> Window {
        Window { stride: [1, 1], padding: [0, 0], dilation: [1, 1], bias: true }
    }
}

/// A two-dimensional convolution, `[batch, inputs, rows, columns]` → `[batch, outputs, rows,
/// columns]`.
pub fn conv2d(path: &Path<'_>, channels: [i64; 2], kernel: [i64; 2], window: Window) -> nn::Conv2D {
    let [inputs, outputs] = channels;
    let init = within(inputs * kernel[0] * kernel[1]);
    let Window { stride, padding, dilation, bias } = window;
    let config = nn::ConvConfigND {
        stride,
        padding,
        dilation,
        bias,
        ws_init: init,
        bs_init: init,
        groups: 1,
        padding_mode: nn::PaddingMode::Zeros,
    };
    nn::conv(path, inputs, outputs, kernel, config)
}

/// Batch normalisation over `[batch, channels, rows, columns]`; the running estimates lie beside
/// its parameters.
pub fn batch_norm_2d(path: &Path<'_>, channels: i64) -> nn::BatchNorm {
    nn::batch_norm2d(path, channels, normed())
}

/// Batch normalisation over `[batch, channels, samples]`; the running estimates lie beside its
/// parameters.
pub fn batch_norm(path: &Path<'_>, channels: i64) -> nn::BatchNorm {
    nn::batch_norm1d(path, channels, normed())
}

fn normed() -> nn::BatchNormConfig {
    let [eps, momentum] = [BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM];
    nn::BatchNormConfig { eps, momentum, ws_init: Init::Const(1.0), ..Default::default() }
}

/// Layer normalisation over the last dimension.
pub fn layer_norm(path: &Path<'_>, dim: i64) -> nn::LayerNorm {
    nn::layer_norm(path, vec![dim], Default::default())
}
