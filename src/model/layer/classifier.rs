//! What makes an encoder a network that is trained end to end on labels.

use tch::nn::{Linear, Module, Path};
use tch::{Kind, Reduction, Tensor};

use crate::Result;
use crate::method::Classes;
use crate::model::head::check_dropout;
use crate::model::layer;

/// Dropout and a linear layer after an embedding.
#[derive(Debug)]
pub struct Classifier {
    layer: Linear,
    dropout: f64,
    names: Vec<String>,
    exclusive: bool,
}

impl Classifier {
    /// One output per class.
    ///
    /// # Errors
    /// When `dropout` is no part of a whole.
    pub fn new(
        path: &Path<'_>,
        inputs: i64,
        classes: Classes<'_>,
        dropout: f64,
    ) -> Result<Classifier> {
        check_dropout("method", dropout)?;
        let layer = layer::linear(path, inputs, classes.names.len() as i64, true);
        let (names, exclusive) = (classes.names.to_vec(), classes.exclusive);
        Ok(Classifier { layer, dropout, names, exclusive })
    }

    /// The classes, in the order of the outputs.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The cross-entropy of classes, or the mean binary cross-entropy of tags, with dropout.
    ///
    /// # Shapes
    /// `[batch, inputs]`, `[batch, classes]` → `[]`
    pub fn loss(&self, embeddings: &Tensor, labels: &Tensor) -> Tensor {
        let outputs = self.layer.forward(&embeddings.dropout(self.dropout, true));
        if self.exclusive {
            return cross_entropy(&outputs, labels);
        }
        binary_cross_entropy(&outputs, labels)
    }

    /// Probabilities: of classes they sum to 1, of tags each stands for itself.
    ///
    /// # Shapes
    /// `[batch, inputs]` → `[batch, classes]`
    pub fn probabilities(&self, embeddings: &Tensor) -> Tensor {
        let outputs = self.layer.forward(embeddings).to_kind(Kind::Float);
        if self.exclusive { outputs.softmax(1, Kind::Float) } else { outputs.sigmoid() }
    }
}

/// The cross-entropy of marked classes, a mean over rows; a row without a mark counts as 0.
///
/// # Shapes
/// outputs and labels `[batch, classes]` → `[]`
pub fn cross_entropy(outputs: &Tensor, labels: &Tensor) -> Tensor {
    let chosen = outputs.to_kind(Kind::Float).log_softmax(1, Kind::Float) * labels;
    -chosen.sum_dim_intlist(1, false, Kind::Float).mean(Kind::Float)
}

/// The binary cross-entropy of marked tags, a mean over tags and rows.
///
/// # Shapes
/// outputs and labels `[batch, tags]` → `[]`
pub fn binary_cross_entropy(outputs: &Tensor, labels: &Tensor) -> Tensor {
    let (outputs, weight) = (outputs.to_kind(Kind::Float), None::<&Tensor>);
    outputs.binary_cross_entropy_with_logits(labels, weight, weight, Reduction::Mean)
}
