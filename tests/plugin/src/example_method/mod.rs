//! Two clips of one recording should lie close together on the sphere, and all clips far apart.

mod loss;

use bench::audio::MelSpec;
use bench::model::head::check_widths;
use bench::model::{Cnn1d, Cnn1dConfig, Projector};
use bench::tensors::send;
use bench::{
    Batch, Card, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin, Progress, Result,
    Rng, Sampling, Supervision,
};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use loss::{alignment, uniformity};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Settings of encoder, views and loss.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How the spectrogram is made.
    #[serde(default)]
    mel: MelSpec,
    /// Clip length in frames.
    frames: usize,
    /// The network that is kept.
    encoder: Cnn1dConfig,
    /// Output widths of the projector's layers.
    projector: Vec<i64>,
    /// How much louder or softer a view may be, in dB.
    gain: f32,
    /// The weight of uniformity beside alignment.
    uniformity: f64,
}

impl Config {
    fn check(&self) -> Result<()> {
        if !(self.gain >= 0.0 && self.gain.is_finite() && self.uniformity >= 0.0) {
            return Err(Error::settings("method", "gain and uniformity must not be negative"));
        }
        check_widths("projector", &self.projector)?;
        self.mel.check()
    }
}

/// Encoder and projector.
#[derive(Debug)]
pub struct ExampleMethod {
    encoder: Cnn1d,
    projector: Projector,
    config: Config,
}

impl ExampleMethod {
    /// `[batch, frames, mels]` → `[batch, last width]`
    fn project(&self, view: &Tensor) -> Result<Tensor> {
        Ok(self.projector.forward(&self.forward(view, true)?))
    }
}

impl Plugin for ExampleMethod {
    const CARD: Card = Card {
        title: "alignment and uniformity of two clips of one recording",
        paper: Some("https://arxiv.org/abs/2005.10242"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Self> {
        config.check()?;
        let (frames, bands) = (config.frames as i64, config.mel.n_mels as i64);
        let encoder = Cnn1d::new(&cx.vars.sub("encoder"), &config.encoder, frames, bands)?;
        let path = cx.vars.sub("projector");
        let projector = Projector::new(&path, encoder.dim(), &config.projector, true);
        Ok(Self { encoder, projector, config })
    }
}

impl Encoder for ExampleMethod {
    fn input(&self) -> Input {
        Input::Mel { spec: self.config.mel, frames: self.config.frames }
    }

    fn dim(&self) -> i64 {
        self.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.encoder.forward(&clips.log1p(), train))
    }
}

impl Method for ExampleMethod {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 2, length: self.config.frames, placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok((0..2).map(|clip| louder(&batch.clips.select(1, clip), self.config.gain, rng)).collect())
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        let (first, second) = (self.project(&views[0])?, self.project(&views[1])?);
        let near = alignment(&first, &second);
        let even = (uniformity(&first)? + uniformity(&second)?) / 2.0;
        let total = &near + &even * self.config.uniformity;
        Ok(Loss { total, terms: vec![("alignment", near), ("uniformity", even)] })
    }
}

/// Power made louder or softer by up to `gain` dB, each clip by its own draw.
///
/// # Shapes
/// `[batch, frames, mels]` → the same.
fn louder(clips: &Tensor, gain: f32, rng: &mut Rng) -> Tensor {
    let decibels: Vec<f32> =
        (0..clips.size()[0]).map(|_| gain * rng.random_range(-1.0..=1.0)).collect();
    let factors = (Tensor::from_slice(&decibels) * (10f64.ln() / 10.0)).exp();
    clips * send(&factors.to_kind(Kind::Float), clips.device()).view([-1, 1, 1])
}
