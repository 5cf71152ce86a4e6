//! A shallow classifier of keys.

use bench::model::head::{check_dropout, check_widths};
use bench::model::layer;
use bench::{Error, Result};
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{Linear, Module, Path};

/// Widths of a head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadConfig {
    /// Widths of the hidden layers, a ReLU after each.
    hidden: Vec<i64>,
    /// Part of the first hidden layer that is dropped in training, 0 to 1.
    dropout: f64,
}

impl HeadConfig {
    /// What it is called in the results, such as `2048 dropout 0.75`.
    pub fn name(&self) -> String {
        let widths: Vec<String> = self.hidden.iter().map(i64::to_string).collect();
        format!("{} dropout {}", widths.join("-"), self.dropout)
    }

    /// Refuses what makes no head.
    ///
    /// # Errors
    /// With what is wrong and what is allowed.
    pub fn check(&self) -> Result<()> {
        check_widths("heads", &self.hidden)?;
        check_dropout("heads", self.dropout)?;
        match self.hidden.is_empty() {
            true => Err(Error::settings("heads", "hidden must have at least one width")),
            false => Ok(()),
        }
    }
}

/// Linear layers with a ReLU between each two, and dropout after the first.
#[derive(Debug)]
pub struct Head {
    hidden: Vec<Linear>,
    last: Linear,
    config: HeadConfig,
}

impl Head {
    /// One output per class.
    pub fn new(path: &Path<'_>, config: &HeadConfig, inputs: i64, classes: i64) -> Head {
        let mut widths = vec![inputs];
        widths.extend(&config.hidden);
        let layer = |i: usize, outputs| layer::linear(&path.sub(i), widths[i], outputs, true);
        let depth = config.hidden.len();
        Head {
            hidden: (0..depth).map(|i| layer(i, widths[i + 1])).collect(),
            last: layer(depth, classes),
            config: config.clone(),
        }
    }

    /// What it is called in the results.
    pub fn name(&self) -> String {
        self.config.name()
    }

    /// `[batch, inputs]` → `[batch, classes]`
    pub fn forward(&self, embeddings: &Tensor, train: bool) -> Tensor {
        let hidden =
            self.hidden.iter().enumerate().fold(embeddings.shallow_clone(), |x, (depth, layer)| {
                let active = layer.forward(&x).relu();
                if depth == 0 { active.dropout(self.config.dropout, train) } else { active }
            });
        self.last.forward(&hidden)
    }
}
