//! What a plugin author reads: three traits and the few types they speak in.
//!
//! [`Plugin`] says how a plugin is built, [`Encoder`] is what evaluation sees, [`Method`] is what
//! the driver trains.

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tch::{Tensor, nn};

use crate::audio::{CqtSpec, HIGHEST_RATE, MelSpec};
use crate::data::Front;
use crate::error::Result;
use crate::seed::{Rng, Seed};
use crate::settings::check_sizes;
use crate::shown::Shown;

/// The most values of a clip.
const LARGEST_CLIP: usize = 1 << 26;

/// What a plugin is and how it is built.
pub trait Plugin: Sized {
    /// The facts about it that need no instance.
    const CARD: Card;
    /// The `method:` section of its settings; it should refuse unknown fields.
    type Config: Serialize + DeserializeOwned;

    /// Builds it with freshly initialised parameters.
    ///
    /// # Errors
    /// When the settings contradict each other.
    fn new(config: Self::Config, cx: &Context<'_>) -> Result<Self>;
}

/// A clip in, a vector out.
pub trait Encoder: Send {
    /// The front end and the length of the clips it takes.
    fn input(&self) -> Input;

    /// The length of an embedding; 0 for an encoder that hears nothing (the prior is all a probe
    /// can learn).
    fn dim(&self) -> i64;

    /// Embeds a batch of clips, in evaluation mode unless `train`.
    ///
    /// # Shapes
    /// `[batch, samples]` for waveforms, `[batch, frames, mels or bins]` for spectrograms →
    /// `[batch, dim]`.
    ///
    /// # Errors
    /// When the clips are not of the length that [`Encoder::input`] says, or a front end refuses
    /// them.
    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor>;

    /// The parts of an embedding that may be read on their own; which one is chosen on valid.
    fn readouts(&self) -> Vec<Readout> {
        vec![Readout { name: "embedding", columns: 0..self.dim() }]
    }

    /// Classes read off averaged embeddings without a probe, where the encoder knows any; if in
    /// several ways, one is chosen on valid.
    ///
    /// # Shapes
    /// `[items, dim]`
    fn classify(&self, _embeddings: &Tensor) -> Vec<Classification> {
        Vec::new()
    }

    /// Embeddings that are known without any sound, where there are such.
    ///
    /// # Shapes
    /// → `[ids, dim]`
    ///
    /// # Errors
    /// When an id of the corpus is not among them.
    fn recall(&self, _corpus: &str, _ids: &[&str]) -> Result<Option<Tensor>> {
        Ok(None)
    }
}

/// An encoder with an objective.
pub trait Method: Encoder {
    /// How an item is cut into the clips of a training batch.
    fn sampling(&self) -> Sampling;

    /// Makes the views of a batch: everything the loss needs that is drawn at random.
    ///
    /// # Shapes
    /// The batch's clips as [`Batch`] says → whatever [`Method::loss`] takes, all on the batch's
    /// device.
    ///
    /// # Errors
    /// When the batch cannot make them.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>>;

    /// The loss of a batch's views, with a graph behind it.
    ///
    /// # Errors
    /// When something is lacking, such as labels, or the batch is too small for the loss.
    fn loss(&mut self, views: &[Tensor], batch: &Batch, progress: Progress) -> Result<Loss>;

    /// The two parts of the loss, if what is compared is made of each item alone, batch
    /// normalisation apart; then a batch may go through the network bit by bit
    /// (`train.micro_batch`).
    fn divide(&mut self) -> Option<&mut dyn Divisible> {
        None
    }

    /// What the loss compares of a batch, to be heard and seen: the views that are clips as they
    /// are, unless a method has more to show. It draws what [`Method::views`] draws; the batch may
    /// lack labels. Runs without gradients.
    ///
    /// # Errors
    /// As [`Method::views`].
    fn show(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Shown>> {
        Ok(Shown::clips(&self.input().front(), &self.views(batch, rng)?))
    }

    /// What happens after the optimiser's step: momentum copies, queues. Runs without gradients.
    ///
    /// # Errors
    /// When libtorch refuses an operation.
    fn after_step(&mut self, _progress: Progress) -> Result<()> {
        Ok(())
    }
}

/// A loss in two parts: [`Method::loss`] is the score of the projections of all views.
pub trait Divisible {
    /// What every view goes through before it is projected, by itself and one after the other; none
    /// unless there is batch normalisation, of which each stage holds one.
    fn stages(&self) -> Vec<&dyn Stage> {
        Vec::new()
    }

    /// What is compared of some items. An item's rows depend on no other item.
    ///
    /// # Shapes
    /// The items' rows of every view of [`Method::views`], behind the last stage → `[items, …]`
    /// each
    ///
    /// # Errors
    /// As [`Encoder::forward`].
    fn project(&self, views: &[Tensor]) -> Result<Vec<Tensor>>;

    /// The loss of a whole batch's projections.
    ///
    /// # Errors
    /// As [`Method::loss`].
    fn score(&mut self, projections: &[Tensor], batch: &Batch, progress: Progress) -> Result<Loss>;
}

/// A layer around a batch normalisation.
pub trait Stage {
    /// What is normalised, from the layer's input.
    ///
    /// # Shapes
    /// `[items, …]` → `[items, channels, …]`
    fn before(&self, input: &Tensor) -> Tensor;

    /// The normalisation, as `model::layer` makes it.
    fn norm(&self) -> &nn::BatchNorm;

    /// The layer's output, from what was normalised.
    ///
    /// # Shapes
    /// `[items, channels, …]` → `[items, …]`
    fn after(&self, normalised: &Tensor) -> Tensor;
}

/// Where a method comes from and what it may see.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// One line: what it is.
    pub title: &'static str,
    /// A DOI or arXiv link, or `None` for a plain baseline.
    pub paper: Option<&'static str>,
    /// Raised by whoever changes the numbers it gives for the same settings.
    pub version: u32,
    /// Whether labels reach it during pre-training.
    pub supervision: Supervision,
    /// What the file is that a row must name for it, such as `weights in a safetensors file`.
    pub file: Option<&'static str>,
    /// Its README: what `bench explain` prints.
    pub readme: &'static str,
}

/// Which labels a method sees while it trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervision {
    /// None: a batch's labels are `None`.
    None,
    /// Those of some items.
    Partial,
    /// Those of every train item.
    Full,
}

/// What a plugin is built with.
pub struct Context<'a> {
    /// Parameters the optimiser steps, and buffers such as running means.
    pub vars: nn::Path<'a>,
    /// Tensors that are only saved: momentum copies, queues, running estimates.
    pub state: nn::Path<'a>,
    /// The number of items pre-trained on; 0 where nothing is trained.
    pub items: usize,
    /// What the columns of a batch's labels are; none where it sees no labels.
    pub classes: Classes<'a>,
    /// What lies in the file that the row names; none where it is only looked at or checked.
    pub file: Option<&'a [u8]>,
    /// For random choices made once, at construction.
    pub seed: Seed,
}

/// The classes or tags whose labels a method sees.
#[derive(Clone, Copy, Debug, Default)]
pub struct Classes<'a> {
    /// Their names, in the order of the columns.
    pub names: &'a [String],
    /// Whether an item is of one class alone; tags may be several.
    pub exclusive: bool,
}

/// The front end of an encoder and the length of its clips.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Raw samples.
    Waveform {
        /// Sample rate in Hz.
        rate: u32,
        /// Samples per clip.
        samples: usize,
    },
    /// A mel spectrogram of raw power, frames first.
    Mel {
        /// How it is made.
        spec: MelSpec,
        /// Frames per clip.
        frames: usize,
    },
    /// A constant-Q spectrogram of magnitudes, frames first.
    Cqt {
        /// How it is made.
        spec: CqtSpec,
        /// Frames per clip.
        frames: usize,
    },
}

impl Input {
    /// Clip length in the input's own unit: samples or frames.
    pub fn length(&self) -> usize {
        match self {
            Input::Waveform { samples, .. } => *samples,
            Input::Mel { frames, .. } | Input::Cqt { frames, .. } => *frames,
        }
    }

    /// From one unit of length to the next, in samples.
    pub fn step(&self) -> usize {
        match self {
            Input::Waveform { .. } => 1,
            Input::Mel { spec, .. } => spec.hop,
            Input::Cqt { spec, .. } => spec.step(),
        }
    }

    /// Sample rate in Hz of the sound it is made from.
    pub fn rate(&self) -> u32 {
        self.front().rate()
    }

    /// What a store keeps of every item for it.
    pub fn front(&self) -> Front {
        match self {
            Input::Waveform { rate, .. } => Front::Wave { rate: *rate },
            Input::Mel { spec, .. } => Front::Mel(*spec),
            Input::Cqt { spec, .. } => Front::Cqt(*spec),
        }
    }

    /// Values per unit of length: 1 for samples, the number of mel bands or bins for frames.
    pub fn width(&self) -> usize {
        self.front().width()
    }

    /// Refuses clips of no length, of more than 2^26 values (256 MiB), or of a rate that no sound
    /// has.
    ///
    /// # Errors
    /// With what is allowed.
    pub fn check(&self) -> Result<()> {
        let unit = if matches!(self, Input::Waveform { .. }) { "samples" } else { "frames" };
        check_sizes("clip", [("rate", self.rate())], 1..=HIGHEST_RATE)?;
        check_sizes("clip", [(unit, self.length())], 1..=LARGEST_CLIP / self.width().max(1))
    }
}

/// Columns of an embedding that are probed on their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    /// Its name in the results.
    pub name: &'static str,
    /// The columns of the embedding it reads.
    pub columns: Range<i64>,
}

impl Readout {
    /// Its columns of embeddings `[items, dim]`.
    pub fn of(&self, embeddings: &Tensor) -> Tensor {
        embeddings.narrow(1, self.columns.start, self.columns.end - self.columns.start)
    }
}

/// Scores an encoder gives classes it knows.
#[derive(Debug)]
pub struct Classification {
    /// Its name in the results.
    pub name: String,
    /// Names of the classes, in the order of the scores.
    pub classes: Vec<String>,
    /// `[items, classes]`, higher for more likely.
    pub scores: Tensor,
}

/// How an item is cut for training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// Clips per item.
    pub clips: usize,
    /// Clip length in the encoder's unit (samples or frames).
    pub length: usize,
    /// Where the clips lie.
    pub placement: Placement,
}

/// Where the clips of one item lie relative to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Each starts anywhere, uniformly.
    Independent,
    /// One after the other, without a gap; as [`Placement::Independent`] in an item too short for
    /// it.
    Adjacent,
}

/// What a training step gets.
pub struct Batch {
    /// `[batch, clips, samples]`, `[batch, clips, frames, mels]` of raw mel power, or
    /// `[batch, clips, frames, bins]` of constant-Q magnitudes.
    pub clips: Tensor,
    /// `[batch]`, int64: the items' indices in the corpus, from 0.
    pub items: Tensor,
    /// `[batch, classes]`, one-hot or multi-hot, all zero where unlabelled; `None` unless the card
    /// allows labels.
    pub labels: Option<Tensor>,
}

/// What a loss returns.
pub struct Loss {
    /// The scalar that is minimised, `[]`.
    pub total: Tensor,
    /// Its parts by name, for the log.
    pub terms: Vec<(&'static str, Tensor)>,
}

impl From<Tensor> for Loss {
    fn from(total: Tensor) -> Loss {
        Loss { total, terms: Vec::new() }
    }
}

/// How far training has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// This step, from 0.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Passes over the corpus finished so far.
    pub epoch: u64,
    /// Passes over the corpus in all, rounded up.
    pub epochs: u64,
}
