//! Networks after the encoder, thrown away after pre-training.

use tch::Tensor;
use tch::nn::{BatchNorm, Linear, Module, ModuleT, Path};

use crate::model::layer;
use crate::settings::check_sizes;
use crate::{Error, Result};

/// Refuses widths that make no layer, or one that hardly fits the memory; `setting` is what they
/// are called there.
///
/// # Errors
/// When one lies outside 1 to [`layer::WIDEST`].
pub fn check_widths(setting: &str, widths: &[i64]) -> Result<()> {
    check_sizes(setting, layer::named("width", widths), 1..=layer::WIDEST)
}

/// Refuses a dropout that leaves nothing or is no part; `setting` is what it belongs to.
///
/// # Errors
/// When it lies outside `[0, 1)`.
pub fn check_dropout(setting: &str, dropout: f64) -> Result<()> {
    match (0.0..1.0).contains(&dropout) {
        true => Ok(()),
        false => Err(Error::settings(setting, "dropout must lie in [0, 1)")),
    }
}

/// Linear layers with a ReLU between each two; named `0`, `2`, `4`, … as in a `Sequential` of
/// PyTorch.
#[derive(Debug)]
pub struct Projector(Vec<Linear>);

impl Projector {
    /// Layers of the given output widths, with bias or without.
    pub fn new(path: &Path<'_>, inputs: i64, widths: &[i64], bias: bool) -> Projector {
        let mut layers = Vec::with_capacity(widths.len());
        let mut inputs = inputs;
        for (i, &width) in widths.iter().enumerate() {
            layers.push(layer::linear(&path.sub(2 * i), inputs, width, bias));
            inputs = width;
        }
        Projector(layers)
    }

    /// `[batch, inputs]` → `[batch, last width]`; without layers, what came in.
    pub fn forward(&self, embeddings: &Tensor) -> Tensor {
        let mut layers = self.0.iter();
        let Some(first) = layers.next() else { return embeddings.shallow_clone() };
        layers.fold(first.forward(embeddings), |x, layer| layer.forward(&x.relu()))
    }
}

/// A linear layer, batch normalisation, a ReLU and a linear layer without bias; named `0`, `1` and
/// `3` as in a `Sequential` of PyTorch.
#[derive(Debug)]
pub struct NormedHead {
    first: Linear,
    norm: BatchNorm,
    last: Linear,
}

impl NormedHead {
    /// `inputs` values to `widths`: hidden ones and outputs.
    pub fn new(path: &Path<'_>, inputs: i64, [hidden, outputs]: [i64; 2]) -> NormedHead {
        NormedHead {
            first: layer::linear(&path.sub(0), inputs, hidden, true),
            norm: layer::batch_norm(&path.sub(1), hidden),
            last: layer::linear(&path.sub(3), hidden, outputs, false),
        }
    }

    /// `[batch, inputs]` → `[batch, outputs]`; `train` takes batch statistics and updates the
    /// running ones.
    pub fn forward(&self, embeddings: &Tensor, train: bool) -> Tensor {
        let hidden = self.norm.forward_t(&self.first.forward(embeddings), train);
        self.last.forward(&hidden.relu())
    }
}
