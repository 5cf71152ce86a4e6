//! SampleCNN over raw samples.

use bench::model::{SampleCnn as Network, SampleCnnConfig};
use bench::{Card, Context, Encoder, Input, Plugin, Result};
use serde::{Deserialize, Serialize};
use tch::Tensor;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[
    ("paper", include_str!("sample_cnn_paper.yaml")),
    ("small", include_str!("sample_cnn_small.yaml")),
];

/// Settings of the network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate in Hz.
    rate: u32,
    /// Its layers.
    #[serde(default)]
    layers: SampleCnnConfig,
}

/// SampleCNN: Lee, Park, Kim and Nam, SMC 2017 (arXiv 1703.01789).
#[derive(Debug)]
pub struct SampleCnn {
    network: Network,
    rate: u32,
}

impl Plugin for SampleCnn {
    const CARD: Card = super::card(
        "SampleCNN trained on labels",
        "https://arxiv.org/abs/1703.01789",
        include_str!("samplecnn.md"),
    );
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<SampleCnn> {
        Ok(SampleCnn { network: Network::new(&cx.vars, &config.layers)?, rate: config.rate })
    }
}

impl Encoder for SampleCnn {
    fn input(&self) -> Input {
        Input::Waveform { rate: self.rate, samples: self.network.samples() as usize }
    }

    fn dim(&self) -> i64 {
        self.network.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.network.forward(clips, train))
    }
}
