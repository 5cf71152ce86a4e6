//! Networks over constant-Q spectrograms that are trained to take versions of one song for that
//! song.

pub mod cqtnet;
pub mod fcn_cqtnet;
pub mod tppnet;

use bench::audio::CqtSpec;
use bench::augment::{ExcerptConfig, Excerpts};
use bench::model::Classifier;
use bench::{
    Batch, Card, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin, Progress, Result,
    Rng, Sampling, Supervision,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::Path;

pub use bench::model::{CqtNet, TppNet};
pub use fcn_cqtnet::FcnCqtNet;

/// A network that embeds excerpts of constant-Q spectrograms.
pub trait Network: Send + Sized {
    /// What it is.
    const CARD: Card;
    /// Its settings.
    type Config: Serialize + DeserializeOwned;

    /// For spectrograms of so many bins, of `frames` at most.
    ///
    /// # Errors
    /// When the settings contradict each other.
    fn new(path: &Path<'_>, config: &Self::Config, bins: i64, frames: i64) -> Result<Self>;

    /// The fewest frames it takes.
    fn least_frames(&self) -> i64;

    /// Length of an embedding.
    fn dim(&self) -> i64;

    /// Embeds magnitudes of any level.
    ///
    /// # Shapes
    /// `[batch, frames, bins]` → `[batch, dim]`
    fn forward(&self, magnitudes: &Tensor, train: bool) -> Tensor;
}

/// Settings of front end, network and excerpts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config<C> {
    /// How the spectrogram is made.
    cqt: CqtSpec,
    /// The network.
    encoder: C,
    /// How training excerpts are made; the longest is also the clip length.
    excerpts: ExcerptConfig,
}

/// A network with a classifier of songs on top.
#[derive(Debug)]
pub struct Cover<N> {
    cqt: CqtSpec,
    network: N,
    classifier: Classifier,
    excerpts: Excerpts,
}

impl<N: Network> Plugin for Cover<N> {
    const CARD: Card = N::CARD;
    type Config = Config<N::Config>;

    fn new(config: Self::Config, cx: &Context<'_>) -> Result<Cover<N>> {
        let Config { cqt, encoder, excerpts } = config;
        cqt.check()?;
        let network = N::new(&cx.vars, &encoder, cqt.bins as i64, excerpts.longest())?;
        let excerpts = Excerpts::new(excerpts, cqt.bins, network.least_frames())?;
        let classifier = Classifier::new(&cx.vars.sub("fc1"), network.dim(), cx.classes, 0.0)?;
        Ok(Cover { cqt, network, classifier, excerpts })
    }
}

impl<N: Network> Encoder for Cover<N> {
    fn input(&self) -> Input {
        Input::Cqt { spec: self.cqt, frames: self.excerpts.longest() as usize }
    }

    fn dim(&self) -> i64 {
        self.network.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.network.forward(clips, train))
    }
}

impl<N: Network> Method for Cover<N> {
    fn sampling(&self) -> Sampling {
        let length = self.excerpts.source() as usize;
        Sampling { clips: 1, length, placement: Placement::Independent }
    }

    /// The clips, masked and stretched, and where in them the excerpts begin: how long those are is
    /// the step's affair.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        let clips = self.excerpts.draw(&batch.clips.select(1, 0), rng);
        let places = self.excerpts.places(clips.size()[0], rng, clips.device());
        Ok(vec![clips, places])
    }

    fn loss(&mut self, views: &[Tensor], batch: &Batch, progress: Progress) -> Result<Loss> {
        let none = || Error::Invalid("songs are learned from labels, and there are none".into());
        let labels = batch.labels.as_ref().ok_or_else(none)?;
        let excerpts = self.excerpts.at(progress.step, &views[0], &views[1]);
        Ok(self.classifier.loss(&self.network.forward(&excerpts, true), labels).into())
    }
}

/// The facts all of them share.
const fn card(title: &'static str, paper: &'static str, readme: &'static str) -> Card {
    Card {
        title,
        paper: Some(paper),
        version: 3,
        supervision: Supervision::Full,
        file: None,
        readme,
    }
}
