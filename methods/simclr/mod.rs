//! SimCLR on FCN-4: two augmented crops of one recording should be told from all others by their
//! spectrograms.

use bench::audio::MelSpec;
use bench::augment::{Chain, ChainConfig};
use bench::model::contrast::{check_temperature, nt_xent};
use bench::model::head::check_widths;
use bench::model::{DecibelFcn, DecibelMel, FcnConfig, Projector};
use bench::{
    Batch, Card, Context, Encoder, Input, Loss, Method, Placement, Plugin, Progress, Result, Rng,
    Sampling, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::Tensor;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Settings of front end, encoder, views and loss.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate in Hz.
    rate: u32,
    /// Clip length in samples.
    samples: usize,
    /// The spectrogram made of a clip; its filters may be made for another sample rate.
    mel: MelSpec,
    /// The network that is kept.
    #[serde(default)]
    encoder: FcnConfig,
    /// Output widths of the projector's layers.
    projector: Vec<i64>,
    /// τ: similarities are divided by it.
    temperature: f64,
    /// The augmentations of a view.
    #[serde(default)]
    augment: ChainConfig,
}

/// Encoder, projector and augmentations.
#[derive(Debug)]
pub struct SimClr {
    encoder: DecibelFcn,
    projector: Projector,
    chain: Chain,
    temperature: f64,
}

impl Plugin for SimClr {
    const CARD: Card = Card {
        title: "SimCLR: FCN-4 trained to match augmented crops of one recording",
        paper: Some("https://arxiv.org/abs/2002.05709"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<SimClr> {
        check_temperature(config.temperature)?;
        check_widths("projector", &config.projector)?;
        let front = DecibelMel::new(config.rate, config.samples, &config.mel)?;
        let encoder = DecibelFcn::new(&cx.vars.sub("encoder"), &config.encoder, front)?;
        let path = cx.vars.sub("projector");
        let projector = Projector::new(&path, encoder.dim(), &config.projector, false);
        let chain = Chain::new(config.augment, config.rate)?;
        Ok(SimClr { encoder, projector, chain, temperature: config.temperature })
    }
}

impl Encoder for SimClr {
    fn input(&self) -> Input {
        self.encoder.input()
    }

    fn dim(&self) -> i64 {
        self.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        self.encoder.forward(clips, train)
    }
}

impl SimClr {
    fn project(&self, view: &Tensor) -> Result<Tensor> {
        Ok(self.projector.forward(&self.encoder.forward(view, true)?))
    }
}

impl Method for SimClr {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 2, length: self.input().length(), placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(self.chain.views(&batch.clips, rng))
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        let [first, second] = [self.project(&views[0])?, self.project(&views[1])?];
        Ok(nt_xent(&first, &second, self.temperature)?.into())
    }
}
