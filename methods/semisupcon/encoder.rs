//! The two encoders SemiSupCon was published with.

use bench::Result;
use bench::model::{SampleCnn, SampleCnnConfig, Tune, TuneConfig};
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::Path;

/// Which encoder it is, with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "network", rename_all = "snake_case")]
pub enum BackboneConfig {
    /// SampleCNN.
    SampleCnn(SampleCnnConfig),
    /// TUNe+.
    Tune(TuneConfig),
}

/// An encoder of raw samples.
#[derive(Debug)]
pub enum Backbone {
    /// SampleCNN.
    SampleCnn(SampleCnn),
    /// TUNe+.
    Tune(Tune),
}

impl Backbone {
    /// For clips of `samples`.
    ///
    /// # Errors
    /// When it does not take clips of that length, or its settings contradict each other.
    pub fn new(path: &Path<'_>, config: &BackboneConfig, samples: i64) -> Result<Backbone> {
        match config {
            BackboneConfig::SampleCnn(config) => {
                let network = SampleCnn::new(path, config)?;
                config.takes(samples)?;
                Ok(Backbone::SampleCnn(network))
            }
            BackboneConfig::Tune(config) => Ok(Backbone::Tune(Tune::new(path, config, samples)?)),
        }
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        match self {
            Backbone::SampleCnn(network) => network.dim(),
            Backbone::Tune(network) => network.dim(),
        }
    }

    /// `[batch, samples]` → `[batch, dim]`
    pub fn forward(&self, clips: &Tensor, train: bool) -> Tensor {
        match self {
            Backbone::SampleCnn(network) => network.forward(clips, train),
            Backbone::Tune(network) => network.forward(clips, train),
        }
    }
}
