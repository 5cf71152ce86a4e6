//! The positive-negative frame mask: a transformer that learns to restore frames says which of them
//! are crucial.

use bench::model::{Constant, FeedForward, Transformer, transformer};
use bench::{Error, Result};
use serde::{Deserialize, Serialize};
use tch::nn::Path;
use tch::{Kind, Tensor, no_grad};

use super::Config;

/// Which frames are hidden, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskConfig {
    /// What is learned from.
    pub views: Views,
    /// Part of the frames that is inessential, above 0 and below 1.
    pub ratio: f64,
    /// What stands in place of a hidden frame.
    pub value: MaskedValue,
}

/// What an unmasked crop is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// The other crop as it is.
    Unmasked,
    /// The crucial frames of the other crop.
    Positive,
    /// Those, and the inessential ones.
    PositiveAndNegative,
}

/// What stands in place of a hidden frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskedValue {
    /// A learned vector, as in the released code.
    Learned,
    /// Zeros, as in the paper.
    Zeros,
}

/// The transformer with what it needs to read frames, and the module that predicts them.
#[derive(Debug)]
pub struct Masker {
    transformer: Transformer,
    predictor: FeedForward,
    class_token: Tensor,
    mask_token: Option<Tensor>,
    position: Constant,
    hidden: i64,
    views: Views,
}

impl Masker {
    /// For spectrograms of `[mels, frames]`; `None` where nothing is masked.
    ///
    /// # Errors
    /// When a size is wrong, or the ratio hides no frame or all.
    pub fn new(path: &Path<'_>, config: &Config, image: [i64; 2]) -> Result<Option<Masker>> {
        let ([mels, frames], mask) = (image, &config.mask);
        let hidden = (frames as f64 * mask.ratio).floor() as i64;
        if mask.views == Views::Unmasked {
            return Ok(None);
        }
        if hidden < 1 || hidden >= frames {
            let message = format!("{} hides {hidden} of {frames} frames", mask.ratio);
            return Err(Error::settings("mask.ratio", message));
        }
        let token = |name| path.randn(name, &[mels], 0.0, 1.0);
        let dropout = config.transformer.dropout;
        Ok(Some(Masker {
            transformer: Transformer::new(&path.sub("transformer"), mels, &config.transformer)?,
            predictor: FeedForward::new(&path.sub("predictor"), mels, config.predict.ffn, dropout),
            class_token: token("class_token"),
            mask_token: (mask.value == MaskedValue::Learned).then(|| token("mask_token")),
            position: Constant::new(transformer::position(frames + 1, mels)),
            hidden,
            views: mask.views,
        }))
    }

    /// Whether inessential frames are learned from too.
    pub fn negatives(&self) -> bool {
        self.views == Views::PositiveAndNegative
    }

    /// Frames behind the class token, and where they stand.
    ///
    /// # Shapes
    /// `[rows, frames, mels]` → `[rows, 1 + frames, mels]`
    pub fn sequences(&self, frames: &Tensor) -> Tensor {
        let first = self.class_token.expand([frames.size()[0], 1, -1], false);
        Tensor::cat(&[&first, frames], 1) + self.position.on(frames.device())
    }

    /// What the sequences were before they were corrupted, as far as it can tell.
    ///
    /// # Shapes
    /// `[rows, 1 + frames, mels]` → the same
    pub fn predict(&self, corrupted: &Tensor) -> Tensor {
        self.predictor.forward(&self.transformer.forward(corrupted, true), true)
    }

    /// The crucial frames of the second half of the sequences: those that the class tokens of both
    /// halves attend to most in the last block (equation 4).
    ///
    /// # Shapes
    /// `[2 · batch, 1 + frames, mels]` → `[batch, frames]`
    pub fn keep(&self, sequences: &Tensor) -> Tensor {
        no_grad(|| {
            let [queries, keys] = self.transformer.first_query_and_other_keys(sequences, true);
            let (keys, width) = (keys.chunk(2, 0).remove(1), keys.size()[3] as f64);
            let attention = queries.chunk(2, 0).into_iter().map(|query| {
                (query.matmul(&keys.transpose(2, 3)) / width.sqrt()).softmax(-1, Kind::Float)
            });
            let scores = attention.sum::<Tensor>().mean_dim([1, 2].as_slice(), false, Kind::Float);
            kept(&scores, self.hidden)
        })
    }

    /// The frames that are kept among hidden ones, and the others among hidden ones.
    ///
    /// # Shapes
    /// `[batch, frames, mels]`, keep `[batch, frames]` → twice `[batch, frames, mels]`
    pub fn split(&self, frames: &Tensor, keep: &Tensor) -> [Tensor; 2] {
        let keep = keep.unsqueeze(2);
        let hidden = match &self.mask_token {
            Some(token) => token.shallow_clone(),
            None => frames.zeros_like(),
        };
        [frames.where_self(&keep, &hidden), hidden.where_self(&keep, frames)]
    }
}

/// All frames but the `hidden` ones of lowest score.
///
/// # Shapes
/// `[batch, frames]` → the same, bool
pub fn kept(scores: &Tensor, hidden: i64) -> Tensor {
    let lowest = scores.topk(hidden, 1, false, false).1;
    scores.ones_like().scatter_value(1, &lowest, 0.0).to_kind(Kind::Bool)
}
