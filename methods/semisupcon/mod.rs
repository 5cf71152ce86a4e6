//! SemiSupCon: views of one item, and of items whose labels are alike, belong together.

mod encoder;
mod loss;

use bench::augment::{TrackChain, TrackChainConfig};
use bench::model::Projector;
use bench::model::contrast::check_temperature;
use bench::model::head::check_widths;
use bench::settings::{self, check_sizes};
use bench::{
    Batch, Card, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin, Progress, Result,
    Rng, Sampling, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use encoder::Backbone;
pub use encoder::BackboneConfig;
pub use loss::{Criterion, Word, supcon, targets};

/// Settings with SampleCNN, by name.
pub const SAMPLE_CNN: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];
/// Settings with TUNe+, by name.
pub const TUNE: &[(&str, &str)] =
    &[("paper", include_str!("tune_paper.yaml")), ("small", include_str!("tune_small.yaml"))];

/// The most clips of an item.
const MOST_VIEWS: usize = 64;

/// Settings of encoder, views and loss.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate in Hz.
    rate: u32,
    /// Clip length in samples.
    samples: i64,
    /// Adjacent clips of an item.
    views: usize,
    /// The network that is kept.
    encoder: BackboneConfig,
    /// Output widths of the projector's layers.
    projector: Vec<i64>,
    /// τ: similarities are divided by it.
    temperature: f64,
    /// ε: the least share of the softmax a positive is punished for.
    epsilon: f64,
    /// When labels are alike.
    criterion: Criterion,
    /// The augmentations of an item's views.
    #[serde(default, deserialize_with = "settings::over_default")]
    augment: TrackChainConfig,
}

impl Config {
    fn check(&self) -> Result<()> {
        self.criterion.check()?;
        check_temperature(self.temperature)?;
        check_widths("projector", &self.projector)?;
        check_sizes("method", [("views", self.views)], 2..=MOST_VIEWS)?;
        match (0.0..1.0).contains(&self.epsilon) {
            true => Ok(()),
            false => Err(Error::settings("method", "epsilon must lie in [0, 1)")),
        }
    }
}

/// Encoder, projector and augmentations.
#[derive(Debug)]
pub struct SemiSupCon {
    encoder: Backbone,
    projector: Projector,
    chain: TrackChain,
    config: Config,
}

impl Plugin for SemiSupCon {
    const CARD: Card = Card {
        title: "SemiSupCon: adjacent clips matched, and clips of items with labels in common",
        paper: Some("https://arxiv.org/abs/2407.13840"),
        version: 1,
        supervision: Supervision::Partial,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<SemiSupCon> {
        config.check()?;
        let encoder = Backbone::new(&cx.vars, &config.encoder, config.samples)?;
        let projector =
            Projector::new(&cx.vars.sub("projector"), encoder.dim(), &config.projector, false);
        let chain = TrackChain::new(config.augment.clone(), config.rate)?;
        Ok(SemiSupCon { encoder, projector, chain, config })
    }
}

impl Encoder for SemiSupCon {
    fn input(&self) -> Input {
        Input::Waveform { rate: self.config.rate, samples: self.config.samples as usize }
    }

    fn dim(&self) -> i64 {
        self.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.encoder.forward(clips, train))
    }
}

impl Method for SemiSupCon {
    fn sampling(&self) -> Sampling {
        let (clips, length) = (self.config.views, self.input().length());
        Sampling { clips, length, placement: Placement::Adjacent }
    }

    /// All views of all items, the view index fastest: `[batch · views, samples]`.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(vec![self.chain.augment(&batch.clips, rng).flatten(0, 1)])
    }

    fn loss(&mut self, views: &[Tensor], batch: &Batch, _progress: Progress) -> Result<Loss> {
        let Config { views: clips, temperature, epsilon, criterion, .. } = self.config;
        let projections = self.projector.forward(&self.encoder.forward(&views[0], true));
        let items = batch.clips.size()[0];
        let unlabelled = || Tensor::zeros([items, 1], (Kind::Float, projections.device()));
        let labels = batch.labels.as_ref().map_or_else(unlabelled, Tensor::shallow_clone);
        let targets = targets(&labels, clips as i64, criterion)?;
        Ok(supcon(&projections, &targets, temperature, epsilon)?.into())
    }
}
