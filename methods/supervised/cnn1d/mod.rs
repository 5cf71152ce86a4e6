//! One-dimensional convolutions over samples or mel spectrograms.

use bench::audio::MelSpec;
use bench::model::{Cnn1d as Network, Cnn1dConfig, layer};
use bench::{Card, Context, Encoder, Error, Input, Plugin, Result};
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{Conv1D, Module};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[
    ("paper", include_str!("paper.yaml")),
    ("mel", include_str!("mel.yaml")),
    ("small", include_str!("small.yaml")),
];

/// What the first convolution reads.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Front {
    /// Samples, which a strided convolution and a ReLU turn into frames.
    Samples {
        /// Sample rate in Hz.
        rate: u32,
        /// Clip length in samples.
        samples: usize,
        /// Length and stride of the convolution in samples.
        stride: i64,
    },
    /// log10(1 + 10,000 · power).
    Mel {
        /// How the spectrogram is made.
        spec: MelSpec,
        /// Clip length in frames.
        frames: usize,
    },
}

/// Settings of front end and network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What it hears.
    front: Front,
    /// Widths; the published ones where nothing is said.
    #[serde(default)]
    layers: Cnn1dConfig,
}

/// Convolutions over time.
#[derive(Debug)]
pub struct Cnn1d {
    strided: Option<Conv1D>,
    network: Network,
    input: Input,
}

impl Plugin for Cnn1d {
    const CARD: Card = super::card(
        "one-dimensional convolutions trained on labels",
        "https://doi.org/10.1109/ICASSP.2014.6854950",
        include_str!("README.md"),
    );
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Cnn1d> {
        let filters = config.layers.filters;
        let build =
            |frames: usize, bands| Network::new(&cx.vars, &config.layers, frames as i64, bands);
        match config.front {
            Front::Mel { spec, frames } => {
                spec.check()?;
                let network = build(frames, spec.n_mels as i64)?;
                Ok(Cnn1d { strided: None, network, input: Input::Mel { spec, frames } })
            }
            Front::Samples { stride, .. } if stride < 1 => {
                Err(Error::settings("front", "stride must be at least 1"))
            }
            Front::Samples { rate, samples, stride } => {
                let network = build(samples / stride as usize, filters)?;
                let path = cx.vars.sub("strided");
                let strided = Some(layer::conv(&path, [1, filters], stride, stride, 0));
                Ok(Cnn1d { strided, network, input: Input::Waveform { rate, samples } })
            }
        }
    }
}

impl Encoder for Cnn1d {
    fn input(&self) -> Input {
        self.input.clone()
    }

    fn dim(&self) -> i64 {
        self.network.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        let frames = match &self.strided {
            Some(conv) => conv.forward(&clips.unsqueeze(1)).relu().transpose(1, 2),
            None => super::loudness(clips),
        };
        Ok(self.network.forward(&frames, train))
    }
}
