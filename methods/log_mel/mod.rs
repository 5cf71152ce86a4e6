//! Mean and deviation of a log-mel spectrogram: the timbre of a clip without its course.

use bench::audio::MelSpec;
use bench::{Card, Context, Encoder, Input, Plugin, Result, Supervision};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[("default", include_str!("config.yaml"))];

/// Settings of the spectrogram.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Clip length in frames.
    frames: usize,
    /// How the spectrogram is made.
    #[serde(default)]
    mel: MelSpec,
}

/// The mean of every band over a clip, then the deviation of every band.
#[derive(Debug)]
pub struct LogMel(Config);

impl Plugin for LogMel {
    const CARD: Card = Card {
        title: "mean and deviation over time of a log-mel spectrogram",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, _cx: &Context<'_>) -> Result<LogMel> {
        config.mel.check()?;
        Ok(LogMel(config))
    }
}

impl Encoder for LogMel {
    fn input(&self) -> Input {
        Input::Mel { spec: self.0.mel, frames: self.0.frames }
    }

    fn dim(&self) -> i64 {
        2 * self.0.mel.n_mels as i64
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        let level = clips.log1p();
        let mean = level.mean_dim(1, true, Kind::Float);
        let deviation = (&level - &mean).square().mean_dim(1, false, Kind::Float).sqrt();
        Ok(Tensor::cat(&[mean.squeeze_dim(1), deviation], 1))
    }
}
