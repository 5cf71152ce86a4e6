//! Musicnn over mel spectrograms.

use bench::audio::MelSpec;
use bench::model::{Musicnn as Network, MusicnnConfig};
use bench::{Card, Context, Encoder, Input, Plugin, Result};
use serde::{Deserialize, Serialize};
use tch::Tensor;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Settings of front end and network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How the spectrogram is made.
    mel: MelSpec,
    /// Clip length in frames.
    frames: usize,
    /// Widths; the published ones where nothing is said.
    #[serde(default)]
    layers: MusicnnConfig,
}

/// Musicnn over log10(1 + 10,000 · power).
#[derive(Debug)]
pub struct Musicnn {
    network: Network,
    input: Input,
}

impl Plugin for Musicnn {
    const CARD: Card = super::card(
        "Musicnn trained on labels",
        "https://arxiv.org/abs/1909.06654",
        include_str!("README.md"),
    );
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Musicnn> {
        config.mel.check()?;
        let network = Network::new(&cx.vars, &config.layers, config.mel.n_mels as i64)?;
        Ok(Musicnn { network, input: Input::Mel { spec: config.mel, frames: config.frames } })
    }
}

impl Encoder for Musicnn {
    fn input(&self) -> Input {
        self.input.clone()
    }

    fn dim(&self) -> i64 {
        self.network.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.network.forward(&super::loudness(clips), train))
    }
}
