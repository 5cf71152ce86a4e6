//! The empty embedding: a probe on it can only learn which answers are common.

use bench::{Card, Context, Encoder, Input, Plugin, Result, Supervision};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[("default", include_str!("config.yaml"))];

/// It has no settings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// An encoder that hears nothing.
#[derive(Debug)]
pub struct Majority;

impl Plugin for Majority {
    const CARD: Card = Card {
        title: "the most common answer, whatever the sound",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(_config: Config, _cx: &Context<'_>) -> Result<Majority> {
        Ok(Majority)
    }
}

impl Encoder for Majority {
    fn input(&self) -> Input {
        Input::Waveform { rate: 16_000, samples: 16_000 }
    }

    fn dim(&self) -> i64 {
        0
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        Ok(Tensor::zeros([clips.size()[0], 0], (Kind::Float, clips.device())))
    }
}
