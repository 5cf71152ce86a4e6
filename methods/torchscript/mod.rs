//! Somebody's encoder as a TorchScript module: samples in, embeddings out.

mod script;

use bench::{Card, Context, Encoder, Error, Input, Plugin, Result, Supervision};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor, no_grad};

use script::Script;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[("default", include_str!("config.yaml"))];

/// What the module takes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate in Hz.
    rate: u32,
    /// Samples per clip.
    samples: usize,
    /// The shape of its input.
    #[serde(default)]
    layout: Layout,
}

/// How a batch of clips is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `[batch, samples]`
    #[default]
    Samples,
    /// `[batch, 1, samples]`
    ChannelSamples,
}

/// A scripted encoder; without a file it hears nothing.
#[derive(Debug)]
pub struct TorchScript {
    script: Option<Script>,
    config: Config,
    dim: i64,
}

impl Plugin for TorchScript {
    const CARD: Card = Card {
        title: "an encoder scripted or traced by PyTorch",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: Some("a TorchScript module"),
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<TorchScript> {
        Input::Waveform { rate: config.rate, samples: config.samples }.check()?;
        let script = cx.file.map(Script::new).transpose()?;
        let mut encoder = TorchScript { script, config, dim: 0 };
        if encoder.script.is_some() {
            let silence =
                Tensor::zeros([1, encoder.config.samples as i64], (Kind::Float, Device::Cpu));
            encoder.dim = no_grad(|| encoder.run(&silence))?.size()[1];
        }
        Ok(encoder)
    }
}

impl TorchScript {
    /// `[batch, samples]` → `[batch, any]`
    fn run(&self, clips: &Tensor) -> Result<Tensor> {
        let batch = clips.size()[0];
        let Some(script) = &self.script else {
            return Ok(Tensor::zeros([batch, 0], (Kind::Float, clips.device())));
        };
        let output = match self.config.layout {
            Layout::Samples => script.run(clips),
            Layout::ChannelSamples => script.run(&clips.unsqueeze(1)),
        }?;
        let (kind, shape) = (output.kind(), output.size());
        match shape.as_slice() {
            [rows, dim] if *rows == batch && *dim > 0 && output.is_floating_point() => {
                Ok(output.to_kind(Kind::Float))
            }
            _ => Err(Error::Invalid(format!(
                "the module gives {shape:?} of {kind:?} for {batch} clips; \
                 [{batch}, dim] of floats is needed"
            ))),
        }
    }
}

impl Encoder for TorchScript {
    fn input(&self) -> Input {
        Input::Waveform { rate: self.config.rate, samples: self.config.samples }
    }

    fn dim(&self) -> i64 {
        self.dim
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        self.run(clips)
    }
}
