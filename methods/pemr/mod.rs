//! PEMR: a crop should agree with another one that is left its crucial frames, and with nothing of
//! one that is left the others.

mod corruption;
mod loss;
mod masker;
mod settings;

use bench::audio::MelSpec;
use bench::augment::{Chain, ChainConfig};
use bench::model::head::check_widths;
use bench::model::{DecibelFcn, DecibelMel, FcnConfig, Projector, TransformerConfig};
use bench::tensors::send;
use bench::{
    Batch, Card, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin, Progress, Result,
    Rng, Sampling, Shown, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use loss::predicting;
pub use masker::{MaskConfig, MaskedValue, Masker, Views, kept};
use settings::Weights;
pub use settings::{PredictConfig, Reduction};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Settings of front end, encoder, masks and loss.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate of the sound in Hz; the filters are made for that of `mel`.
    rate: u32,
    /// Clip length in samples.
    samples: usize,
    /// How the spectrogram is made.
    mel: MelSpec,
    /// The network that is kept.
    encoder: FcnConfig,
    /// Output widths of the projector's layers.
    projector: Vec<i64>,
    /// Which frames are hidden, and how.
    mask: MaskConfig,
    /// The network that finds those frames.
    transformer: TransformerConfig,
    /// How that network learns.
    predict: PredictConfig,
    /// Weights of the terms of the loss.
    weights: Weights,
    /// The augmentations of a clip.
    #[serde(default)]
    augment: ChainConfig,
}

impl Config {
    fn check(&self) -> Result<()> {
        self.predict.check()?;
        self.weights.check()?;
        check_widths("projector", &self.projector)?;
        if self.projector.is_empty() {
            let message = "projector must have at least one layer, and layers at least one value";
            return Err(Error::settings("method", message));
        }
        Ok(())
    }
}

/// Encoder, projector, and what masks frames.
#[derive(Debug)]
pub struct Pemr {
    chain: Chain,
    encoder: DecibelFcn,
    projector: Projector,
    masker: Option<Masker>,
    config: Config,
}

impl Plugin for Pemr {
    const CARD: Card = Card {
        title: "PEMR: FCN-4 trained on crucial and inessential frames of augmented crops",
        paper: Some("https://arxiv.org/abs/2203.09129"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Pemr> {
        config.check()?;
        let front = DecibelMel::new(config.rate, config.samples, &config.mel)?;
        let image = front.image();
        let encoder = DecibelFcn::new(&cx.vars.sub("encoder"), &config.encoder, front)?;
        let projector = cx.vars.sub("projector");
        Ok(Pemr {
            chain: Chain::new(config.augment.clone(), config.rate)?,
            projector: Projector::new(&projector, encoder.dim(), &config.projector, false),
            encoder,
            masker: Masker::new(&cx.vars.sub("masker"), &config, image)?,
            config,
        })
    }
}

impl Encoder for Pemr {
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

impl Pemr {
    fn decibels(&self, sounds: &[Tensor]) -> Result<Vec<Tensor>> {
        sounds.iter().map(|sound| self.encoder.front().decibels(sound)).collect()
    }

    /// Two spectrograms as [`Method::show`] draws them.
    fn panels(&self, views: &[Tensor]) -> Vec<Tensor> {
        let power = |decibels: &Tensor| (decibels * (std::f64::consts::LN_10 / 10.0)).exp();
        let [first, second] = [power(&views[0]), power(&views[1])];
        let Some(masker) = &self.masker else { return vec![first, second] };
        let sequences = masker.sequences(&Tensor::cat(views, 0));
        let (keep, nothing) = (masker.keep(&sequences).unsqueeze(2), second.full_like(f64::NAN));
        let mut panels = vec![first, second.where_self(&keep, &nothing)];
        if masker.negatives() {
            panels.push(nothing.where_self(&keep, &second));
        }
        panels
    }
}

impl Method for Pemr {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 2, length: self.input().length(), placement: Placement::Independent }
    }

    /// The spectrograms of both augmented clips; then, unless nothing is masked, what the
    /// transformer is to restore of both.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        let sounds = self.chain.views(&batch.clips, rng);
        let mut views = self.decibels(&sounds)?;
        if self.masker.is_some() {
            let tokens = [2 * views[0].size()[0], views[0].size()[1] + 1];
            let drawn = corruption::draw(tokens, self.config.predict.p, rng)?;
            let device = batch.clips.device();
            views.extend(drawn.map(|drawn| send(&drawn, device)));
        }
        Ok(views)
    }

    /// The augmented clips; and what is made of them and compared, as power: the first spectrogram,
    /// then the second as it is, or its crucial frames and its inessential ones with the others
    /// left out.
    fn show(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Shown>> {
        let sounds = self.chain.views(&batch.clips, rng);
        let panels = self.panels(&self.decibels(&sounds)?);
        let mut shown = Shown::clips(&self.input().front(), &sounds);
        shown.push(Shown::picture("views", panels));
        Ok(shown)
    }

    /// Its terms are those of the loss before they are weighted.
    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        // One pass per view: each is normalised by its own batch statistics, as in the official
        // code.
        let network = self.encoder.network();
        let project = |view| self.projector.forward(&network.forward(view, true));
        let (first, second, weights) = (&views[0], &views[1], &self.config.weights);
        let Some(masker) = &self.masker else {
            return weights.contrast(&project(first), &project(second), None);
        };
        let sequences = masker.sequences(&Tensor::cat(&[first, second], 0));
        let [positive, negative] = masker.split(second, &masker.keep(&sequences));
        let (anchor, positive) = (project(first), project(&positive));
        let negative = masker.negatives().then(|| project(&negative));
        let mut loss = weights.contrast(&anchor, &positive, negative.as_ref())?;
        let [masked, replacement, position] = [2, 3, 4].map(|i| &views[i]);
        let corrupted = corruption::apply(&sequences, masked, replacement, position);
        let term =
            predicting(&sequences, &masker.predict(&corrupted), masked, &self.config.predict);
        loss.total += &term * weights.predicting;
        loss.terms.push(("predicting", term));
        Ok(loss)
    }
}
