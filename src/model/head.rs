//! Networks after the encoder, thrown away after pre-training.

use tch::Tensor;
use tch::nn::{Linear, Module, Path};

use super::layer;

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
