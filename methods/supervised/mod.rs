//! Networks trained end to end on labels, without augmentation: what a label is worth without
//! pre-training.

pub mod cnn1d;
pub mod fcn4;
pub mod musicnn;
pub mod sample_cnn;

use bench::model::Classifier;
use bench::{
    Batch, Card, Classification, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin,
    Progress, Readout, Result, Rng, Sampling, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use cnn1d::Cnn1d;
pub use fcn4::Fcn4;
pub use musicnn::Musicnn;
pub use sample_cnn::SampleCnn;

/// Settings of the network and of the layer on top of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config<C> {
    /// The network.
    encoder: C,
    /// Part of the embedding that is dropped before the last layer, 0 to 1.
    dropout: f64,
}

/// A network with a classifier on top; an embedding holds the network's values, then the
/// probabilities of the classes, so that a long item's are the mean of its clips'.
#[derive(Debug)]
pub struct Supervised<E> {
    encoder: E,
    classifier: Classifier,
}

impl<E: Plugin + Encoder> Plugin for Supervised<E> {
    const CARD: Card = E::CARD;
    type Config = Config<E::Config>;

    fn new(config: Self::Config, cx: &Context<'_>) -> Result<Supervised<E>> {
        let encoder = E::new(config.encoder, cx)?;
        let path = cx.vars.sub("classifier");
        let classifier = Classifier::new(&path, encoder.dim(), cx.classes, config.dropout)?;
        Ok(Supervised { encoder, classifier })
    }
}

impl<E: Encoder> Encoder for Supervised<E> {
    fn input(&self) -> Input {
        self.encoder.input()
    }

    fn dim(&self) -> i64 {
        self.encoder.dim() + self.classifier.names().len() as i64
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        let embeddings = self.encoder.forward(clips, train)?;
        let probabilities = self.classifier.probabilities(&embeddings);
        Ok(Tensor::cat(&[embeddings, probabilities], 1))
    }

    fn readouts(&self) -> Vec<Readout> {
        vec![Readout { name: "embedding", columns: 0..self.encoder.dim() }]
    }

    fn classify(&self, embeddings: &Tensor) -> Vec<Classification> {
        let classes = self.classifier.names().to_vec();
        let scores = embeddings.narrow(1, self.encoder.dim(), classes.len() as i64);
        vec![Classification { name: "classifier".into(), classes, scores }]
    }
}

impl<E: Encoder> Method for Supervised<E> {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 1, length: self.input().length(), placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, _rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(vec![batch.clips.select(1, 0)])
    }

    fn loss(&mut self, views: &[Tensor], batch: &Batch, _progress: Progress) -> Result<Loss> {
        let none = || Error::Invalid("supervised training needs labels".into());
        let labels = batch.labels.as_ref().ok_or_else(none)?;
        let embeddings = self.encoder.forward(&views[0], true)?;
        Ok(self.classifier.loss(&embeddings, labels).into())
    }
}

/// log10(1 + 10,000 · power), whatever the shape.
fn loudness(power: &Tensor) -> Tensor {
    (power * 1e4 + 1.0).log10()
}

/// The facts all of them share.
const fn card(title: &'static str, paper: &'static str, readme: &'static str) -> Card {
    Card {
        title,
        paper: Some(paper),
        version: 1,
        supervision: Supervision::Full,
        file: None,
        readme,
    }
}
