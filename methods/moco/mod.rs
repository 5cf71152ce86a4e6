//! MoCo on FCN-4: a crop's key, made by a momentum encoder, should be found among the queued keys
//! of other recordings.

mod loss;
mod queue;

use bench::audio::MelSpec;
use bench::augment::{Chain, ChainConfig};
use bench::model::contrast::check_temperature;
use bench::model::head::check_widths;
use bench::model::momentum::check_momentum;
use bench::model::similarity::normalise;
use bench::model::{DecibelMel, Fcn, FcnConfig, Momentum, Projector};
use bench::tensors::send;
use bench::{
    Batch, Card, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin, Progress, Result,
    Rng, Sampling, Supervision,
};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use tch::nn::Path;
use tch::{Tensor, no_grad};

pub use loss::momentum_contrast;
pub use queue::Queue;

/// Settings of the first version, by name.
pub const V1: &[(&str, &str)] =
    &[("paper", include_str!("v1_paper.yaml")), ("small", include_str!("v1_small.yaml"))];
/// Settings of the second version, by name.
pub const V2: &[(&str, &str)] =
    &[("paper", include_str!("v2_paper.yaml")), ("small", include_str!("v2_small.yaml"))];

/// Settings of front end, encoders, views and loss.
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
    /// m: the part of the momentum encoder that stays at a step, 0 to 1.
    momentum: f64,
    /// Keys that are remembered.
    queue: i64,
    /// Parts of a batch that are normalised by their own statistics; keys are shuffled among them.
    groups: i64,
    /// The augmentations of a view.
    #[serde(default)]
    augment: ChainConfig,
}

impl Config {
    fn check(&self) -> Result<()> {
        check_temperature(self.temperature)?;
        check_momentum(self.momentum)?;
        check_widths("projector", &self.projector)?;
        match self.groups {
            1.. => Ok(()),
            groups => Err(Error::settings("groups", format!("{groups}; at least 1 is needed"))),
        }
    }
}

/// An encoder and its projector.
#[derive(Debug)]
struct Branch {
    encoder: Fcn,
    projector: Projector,
}

impl Branch {
    fn new(path: &Path<'_>, config: &Config, image: [i64; 2]) -> Result<Branch> {
        let encoder = Fcn::new(&path.sub("encoder"), &config.encoder, image)?;
        let path = path.sub("projector");
        let projector = Projector::new(&path, encoder.dim(), &config.projector, true);
        Ok(Branch { encoder, projector })
    }

    /// Projections of length 1.
    fn project(&self, decibels: &Tensor, groups: i64) -> Tensor {
        let groups = decibels.chunk(groups, 0);
        let embeddings = groups.iter().map(|group| self.encoder.forward(group, true));
        let embeddings = Tensor::cat(&embeddings.collect::<Vec<_>>(), 0);
        normalise(&self.projector.forward(&embeddings))
    }
}

/// Front end, encoder, momentum encoder and the queue of its projections.
#[derive(Debug)]
pub struct Moco {
    front: DecibelMel,
    query: Branch,
    key: Momentum<Branch>,
    queue: Queue,
    /// The keys of this step, which are still to be queued.
    fresh: Option<Tensor>,
    chain: Chain,
    config: Config,
}

impl Plugin for Moco {
    const CARD: Card = Card {
        title: "MoCo: FCN-4 trained to find the crop of one recording among a queue of others",
        paper: Some("https://arxiv.org/abs/1911.05722"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Moco> {
        config.check()?;
        let front = DecibelMel::new(config.rate, config.samples, &config.mel)?;
        let branch = |path: &Path<'_>| Branch::new(path, &config, front.image());
        let query = branch(&cx.vars)?;
        let key = Momentum::new(&cx.vars, &cx.state.sub("momentum"), branch)?;
        let dim = config.projector.last().copied().unwrap_or(query.encoder.dim());
        let queue = Queue::new(&cx.state.sub("queue"), config.queue, dim)?;
        let chain = Chain::new(config.augment.clone(), config.rate)?;
        Ok(Moco { front, query, key, queue, fresh: None, chain, config })
    }
}

impl Encoder for Moco {
    fn input(&self) -> Input {
        self.front.input()
    }

    fn dim(&self) -> i64 {
        self.query.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.query.encoder.forward(&self.front.decibels(clips)?, train))
    }
}

impl Moco {
    /// The keys of clips, which go through the momentum encoder in another order than they came.
    fn keys(&self, clips: &Tensor, order: &Tensor) -> Result<Tensor> {
        let decibels = self.front.decibels(&clips.index_select(0, order))?;
        let keys = self.key.network().project(&decibels, self.config.groups);
        Ok(keys.index_select(0, &order.argsort(0, false)))
    }
}

impl Method for Moco {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 2, length: self.input().length(), placement: Placement::Independent }
    }

    /// The crops that queries and keys are made of, and the order of the keys.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        let mut views = self.chain.views(&batch.clips, rng);
        let mut order: Vec<i64> = (0..batch.clips.size()[0]).collect();
        order.shuffle(rng);
        views.push(send(&Tensor::f_from_slice(&order)?, batch.clips.device()));
        Ok(views)
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        let keys = no_grad(|| self.keys(&views[1], &views[2]))?;
        let queries = self.query.project(&self.front.decibels(&views[0])?, self.config.groups);
        let loss = momentum_contrast(&queries, &keys, self.queue.keys(), self.config.temperature)?;
        self.fresh = Some(keys);
        Ok(loss.into())
    }

    /// The momentum encoder follows between two steps, which is as good as before the next one's
    /// keys.
    fn after_step(&mut self, _progress: Progress) -> Result<()> {
        self.key.follow(self.config.momentum);
        if let Some(keys) = self.fresh.take() {
            self.queue.push(&keys);
        }
        Ok(())
    }
}
