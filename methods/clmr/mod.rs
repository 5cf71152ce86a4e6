//! CLMR: two augmented crops of one recording should be told from all others.

use bench::augment::{Chain, ChainConfig};
use bench::model::contrast::{check_temperature, nt_xent};
use bench::model::head::check_widths;
use bench::model::{Projector, SampleCnn, SampleCnnConfig};
use bench::{
    Batch, Card, Context, Divisible, Encoder, Input, Loss, Method, Placement, Plugin, Progress,
    Result, Rng, Sampling, Stage, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::Tensor;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Settings of encoder, views and loss.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate in Hz.
    rate: u32,
    /// The network that is kept.
    encoder: SampleCnnConfig,
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
pub struct Clmr {
    encoder: SampleCnn,
    projector: Projector,
    chain: Chain,
    rate: u32,
    temperature: f64,
}

impl Plugin for Clmr {
    const CARD: Card = Card {
        title: "CLMR: SampleCNN trained to match augmented crops of one recording",
        paper: Some("https://arxiv.org/abs/2103.09410"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Clmr> {
        check_widths("projector", &config.projector)?;
        check_temperature(config.temperature)?;
        let encoder = SampleCnn::new(&cx.vars, &config.encoder)?;
        let projector =
            Projector::new(&cx.vars.sub("projector"), encoder.dim(), &config.projector, false);
        let chain = Chain::new(config.augment, config.rate)?;
        Ok(Clmr { encoder, projector, chain, rate: config.rate, temperature: config.temperature })
    }
}

impl Encoder for Clmr {
    fn input(&self) -> Input {
        Input::Waveform { rate: self.rate, samples: self.encoder.samples() as usize }
    }

    fn dim(&self) -> i64 {
        self.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.encoder.forward(clips, train))
    }
}

impl Method for Clmr {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 2, length: self.input().length(), placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(self.chain.views(&batch.clips, rng))
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        // One pass per view: each is normalised by its own batch statistics, as in the official
        // code.
        let project = |view| self.projector.forward(&self.encoder.forward(view, true));
        Ok(nt_xent(&project(&views[0]), &project(&views[1]), self.temperature)?.into())
    }

    fn divide(&mut self) -> Option<&mut dyn Divisible> {
        Some(self)
    }
}

impl Divisible for Clmr {
    fn stages(&self) -> Vec<&dyn Stage> {
        self.encoder.stages()
    }

    fn project(&self, views: &[Tensor]) -> Result<Vec<Tensor>> {
        let project = |view: &Tensor| self.projector.forward(&view.flatten(1, -1));
        Ok(views.iter().map(project).collect())
    }

    fn score(
        &mut self,
        projections: &[Tensor],
        _batch: &Batch,
        _progress: Progress,
    ) -> Result<Loss> {
        Ok(nt_xent(&projections[0], &projections[1], self.temperature)?.into())
    }
}
