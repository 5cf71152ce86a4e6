//! A transformer over sequences of vectors, whose norms stand behind the shortcuts.
//!
//! Source: Vaswani et al., *Attention Is All You Need*, NIPS 2017 (arXiv 1706.03762), with two
//! habits of its early ports to PyTorch: projections for attention start Xavier-normal, and norms
//! divide by the unbiased deviation. Heads may be of any width.

use serde::{Deserialize, Serialize};
use tch::nn::{Init, Linear, LinearConfig, Module, Path};
use tch::{Tensor, nn};

use crate::model::head::check_dropout;
use crate::model::layer;
use crate::settings::check_sizes;
use crate::{Error, Result};

/// Sizes of a transformer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerConfig {
    /// Number of blocks.
    pub depth: i64,
    /// Attention heads per block.
    pub heads: i64,
    /// Width of a head.
    pub dim_head: i64,
    /// Hidden width of the feed-forward layers.
    pub ffn: i64,
    /// Part of the values dropped while training, 0 to below 1.
    pub dropout: f64,
}

impl TransformerConfig {
    fn check(&self, dim: i64) -> Result<()> {
        check_dropout("transformer", self.dropout)?;
        let widths = [("dim_head", self.dim_head), ("ffn", self.ffn)];
        check_sizes("transformer", widths, 1..=layer::WIDEST)?;
        let counts = [("depth", self.depth), ("heads", self.heads)];
        check_sizes("transformer", counts, 1..=layer::MOST)?;
        match dim {
            2.. => Ok(()),
            _ => Err(Error::settings("transformer", "tokens of at least 2 values are needed")),
        }
    }
}

/// Blocks of attention and feed-forward layers, without a last norm.
#[derive(Debug)]
pub struct Transformer {
    blocks: Vec<Block>,
    dropout: f64,
}

impl Transformer {
    /// For tokens of `dim` values.
    ///
    /// # Errors
    /// When a size is out of range, or `dropout` is no part.
    pub fn new(path: &Path<'_>, dim: i64, config: &TransformerConfig) -> Result<Transformer> {
        config.check(dim)?;
        let blocks = (0..config.depth).map(|i| Block::new(&path.sub(i), dim, config)).collect();
        Ok(Transformer { blocks, dropout: config.dropout })
    }

    /// Sequences through dropout and all blocks.
    ///
    /// # Shapes
    /// `[batch, tokens, dim]` → the same
    pub fn forward(&self, tokens: &Tensor, train: bool) -> Tensor {
        self.through(&self.blocks, tokens, train)
    }

    /// What the first token asks in the last block, and what the others answer.
    ///
    /// # Shapes
    /// `[batch, tokens, dim]` → queries `[batch, heads, 1, dim_head]`, keys `[batch, heads, tokens
    /// − 1, dim_head]`
    pub fn first_query_and_other_keys(&self, tokens: &Tensor, train: bool) -> [Tensor; 2] {
        let (before, last) = self.blocks.split_at(self.blocks.len() - 1);
        let tokens = self.through(before, tokens, train);
        let (attention, others) = (&last[0].attention, tokens.size()[1] - 1);
        [
            attention.split(&attention.query.forward(&tokens.narrow(1, 0, 1))),
            attention.split(&attention.key.forward(&tokens.narrow(1, 1, others))),
        ]
    }

    fn through(&self, blocks: &[Block], tokens: &Tensor, train: bool) -> Tensor {
        let tokens = tokens.dropout(self.dropout, train);
        blocks.iter().fold(tokens, |tokens, block| {
            block.feed_forward.forward(&block.attention.forward(&tokens, train), train)
        })
    }
}

#[derive(Debug)]
struct Block {
    attention: Attention,
    feed_forward: FeedForward,
}

impl Block {
    fn new(path: &Path<'_>, dim: i64, config: &TransformerConfig) -> Block {
        let TransformerConfig { ffn, dropout, .. } = *config;
        Block {
            attention: Attention::new(&path.sub("attention"), dim, config),
            feed_forward: FeedForward::new(&path.sub("feed_forward"), dim, ffn, dropout),
        }
    }
}

#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    norm: Norm,
    heads: i64,
    dropout: f64,
}

impl Attention {
    fn new(path: &Path<'_>, dim: i64, config: &TransformerConfig) -> Attention {
        let inner = config.heads * config.dim_head;
        Attention {
            query: xavier(&path.sub("query"), dim, inner),
            key: xavier(&path.sub("key"), dim, inner),
            value: xavier(&path.sub("value"), dim, inner),
            out: xavier(&path.sub("out"), inner, dim),
            norm: Norm::new(&path.sub("norm"), dim),
            heads: config.heads,
            dropout: config.dropout,
        }
    }

    fn forward(&self, tokens: &Tensor, train: bool) -> Tensor {
        let [query, key, value] =
            [&self.query, &self.key, &self.value].map(|layer| self.split(&layer.forward(tokens)));
        let dropout = if train { self.dropout } else { 0.0 };
        let attended = Tensor::scaled_dot_product_attention::<Tensor>(
            &query, &key, &value, None, dropout, false, None, false,
        );
        let out = self.out.forward(&attended.transpose(1, 2).flatten(2, 3));
        self.norm.forward(&(tokens + out.dropout(self.dropout, train)))
    }

    /// `[batch, tokens, heads · dim_head]` → `[batch, heads, tokens, dim_head]`
    fn split(&self, tokens: &Tensor) -> Tensor {
        tokens.unflatten(2, [self.heads, -1]).transpose(1, 2)
    }
}

/// Two linear layers, a ReLU between them, beside a shortcut and before a norm.
#[derive(Debug)]
pub struct FeedForward {
    first: Linear,
    second: Linear,
    norm: Norm,
    dropout: f64,
}

impl FeedForward {
    /// For tokens of `dim` values, `hidden` in between.
    pub fn new(path: &Path<'_>, dim: i64, hidden: i64, dropout: f64) -> FeedForward {
        FeedForward {
            first: layer::linear(&path.sub("first"), dim, hidden, true),
            second: layer::linear(&path.sub("second"), hidden, dim, true),
            norm: Norm::new(&path.sub("norm"), dim),
            dropout,
        }
    }

    /// `[.., dim]` → `[.., dim]`
    pub fn forward(&self, tokens: &Tensor, train: bool) -> Tensor {
        let out = self.second.forward(&self.first.forward(tokens).relu());
        self.norm.forward(&(tokens + out.dropout(self.dropout, train)))
    }
}

/// Layer normalisation by the unbiased deviation.
#[derive(Debug)]
struct Norm {
    gain: Tensor,
    shift: Tensor,
}

impl Norm {
    fn new(path: &Path<'_>, dim: i64) -> Norm {
        Norm { gain: path.ones("gain", &[dim]), shift: path.zeros("shift", &[dim]) }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let dim = self.gain.size()[0];
        // The fused operator divides by the biased one.
        let gain = &self.gain * (1.0 - 1.0 / dim as f64).sqrt();
        x.layer_norm([dim], Some(&gain), Some(&self.shift), 1e-12, true)
    }
}

/// A layer with Xavier-normal weights and no bias to begin with.
fn xavier(path: &Path<'_>, inputs: i64, outputs: i64) -> Linear {
    let stdev = (2.0 / (inputs + outputs) as f64).sqrt();
    let config = LinearConfig {
        ws_init: Init::Randn { mean: 0.0, stdev },
        bs_init: Some(Init::Const(0.0)),
        bias: true,
    };
    nn::linear(path, inputs, outputs, config)
}

/// Sines and cosines in turn, of angles from a radian a token down to a ten-thousandth (section
/// 3.5 of the source).
///
/// # Shapes
/// `[tokens, dim]`
pub fn position(tokens: i64, dim: i64) -> Tensor {
    let value = |token: i64, i: i64| {
        let angle = token as f64 * 10_000_f64.powf(-((i - i % 2) as f64) / dim as f64);
        if i % 2 == 0 { angle.sin() as f32 } else { angle.cos() as f32 }
    };
    let values: Vec<f32> =
        (0..tokens).flat_map(|token| (0..dim).map(move |i| value(token, i))).collect();
    Tensor::from_slice(&values).view([tokens, dim])
}
