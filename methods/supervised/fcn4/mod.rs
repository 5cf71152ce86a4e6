//! FCN-4 over decibel mel spectrograms.

use bench::audio::MelSpec;
use bench::model::{DecibelFcn, DecibelMel, FcnConfig};
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
    /// Sample rate of the clips in Hz.
    rate: u32,
    /// Clip length in samples.
    samples: usize,
    /// How the spectrogram is made.
    mel: MelSpec,
    /// Widths and pools; the published ones where nothing is said.
    #[serde(default)]
    layers: FcnConfig,
}

/// FCN-4 over decibel mel spectrograms.
#[derive(Debug)]
pub struct Fcn4(DecibelFcn);

impl Plugin for Fcn4 {
    const CARD: Card = super::card(
        "FCN-4 trained on labels",
        "https://arxiv.org/abs/2203.09129",
        include_str!("README.md"),
    );
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Fcn4> {
        let front = DecibelMel::new(config.rate, config.samples, &config.mel)?;
        DecibelFcn::new(&cx.vars, &config.layers, front).map(Fcn4)
    }
}

impl Encoder for Fcn4 {
    fn input(&self) -> Input {
        self.0.input()
    }

    fn dim(&self) -> i64 {
        self.0.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        self.0.forward(clips, train)
    }
}
