//! A plain vision transformer over spectrogram patches, without class token.
//!
//! Source: Yonay, Hammond and Yang, *Myna: Masking-Based Contrastive Learning of Musical
//! Representations*, 2025 (arXiv 2502.12511), whose checkpoints name the parameters; the network is
//! SimpleViT of Beyer, Zhai and Kolesnikov, 2022.

use serde::{Deserialize, Serialize};
use tch::nn::{LayerNorm, Linear, Module, Path};
use tch::{Kind, Tensor};

use crate::model::{Tokeniser, layer};
use crate::settings::check_sizes;
use crate::{Error, Result};

/// Sizes of a transformer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VitConfig {
    /// Width of a token and of the embedding; a multiple of 4.
    pub dim: i64,
    /// Number of blocks.
    pub depth: i64,
    /// Attention heads per block.
    pub heads: i64,
    /// Width of a head.
    pub dim_head: i64,
    /// Hidden width of the feed-forward layers.
    pub mlp_dim: i64,
}

impl VitConfig {
    fn check(&self) -> Result<()> {
        let VitConfig { dim, depth, heads, dim_head, mlp_dim } = *self;
        let widths = [("dim", dim), ("dim_head", dim_head), ("mlp_dim", mlp_dim)];
        check_sizes("transformer", widths, 1..=layer::WIDEST)?;
        check_sizes("transformer", [("depth", depth), ("heads", heads)], 1..=layer::MOST)
    }
}

/// Blocks of attention and feed-forward layers, and a norm after the last.
#[derive(Debug)]
pub struct Blocks {
    blocks: Vec<Block>,
    norm: LayerNorm,
}

impl Blocks {
    /// Variables are called `layers.{block}` and `norm`.
    ///
    /// # Errors
    /// When a size is out of range.
    pub fn new(path: &Path<'_>, config: &VitConfig) -> Result<Blocks> {
        config.check()?;
        let layers = path.sub("layers");
        Ok(Blocks {
            blocks: (0..config.depth).map(|i| Block::new(&layers.sub(i), config)).collect(),
            norm: layer::layer_norm(&path.sub("norm"), config.dim),
        })
    }

    /// `[batch, tokens, dim]` → `[batch, tokens, dim]`
    pub fn forward(&self, tokens: &Tensor) -> Tensor {
        let tokens = self.blocks.iter().fold(tokens.shallow_clone(), |x, block| block.forward(&x));
        self.norm.forward(&tokens)
    }
}

/// A transformer with one or more tokenisers that share it.
#[derive(Debug)]
pub struct Vit {
    tokenisers: Vec<Tokeniser>,
    transformer: Blocks,
}

impl Vit {
    /// One tokeniser per entry of `patches`, of which there are one or two, all for spectrograms of
    /// `image`, both `[mels, frames]`.
    ///
    /// # Errors
    /// When there are more patches or none, some do not tile the spectrogram, or a size is out of
    /// range.
    pub fn new(
        path: &Path<'_>,
        config: &VitConfig,
        image: [i64; 2],
        patches: &[[i64; 2]],
    ) -> Result<Vit> {
        config.check()?;
        let names = ["to_patch_embedding", "to_patch_embedding_b"];
        if !(1..=names.len()).contains(&patches.len()) {
            let message = format!("{} sizes; one or two are allowed", patches.len());
            return Err(Error::settings("patches", message));
        }
        let tokenisers = names.iter().zip(patches);
        let tokenisers = tokenisers
            .map(|(name, patch)| Tokeniser::new(&path.sub(name), image, *patch, config.dim));
        let tokenisers = tokenisers.collect::<Result<Vec<_>>>()?;
        Ok(Vit { tokenisers, transformer: Blocks::new(&path.sub("transformer"), config)? })
    }

    /// Its tokenisers, in the order of their patches.
    pub fn tokenisers(&self) -> &[Tokeniser] {
        &self.tokenisers
    }

    /// Tokens through all blocks, normalised.
    ///
    /// # Shapes
    /// `[batch, tokens, dim]` → `[batch, tokens, dim]`
    pub fn encode(&self, tokens: &Tensor) -> Tensor {
        self.transformer.forward(tokens)
    }

    /// Tokens through all blocks, normalised and averaged.
    ///
    /// # Shapes
    /// `[batch, tokens, dim]` → `[batch, dim]`
    pub fn forward(&self, tokens: &Tensor) -> Tensor {
        self.encode(tokens).mean_dim(1, false, Kind::Float)
    }
}

/// Attention and feed-forward layer, each behind a norm and beside a shortcut.
#[derive(Debug)]
struct Block {
    norm: LayerNorm,
    to_qkv: Linear,
    to_out: Linear,
    mlp_norm: LayerNorm,
    mlp_in: Linear,
    mlp_out: Linear,
    heads: i64,
}

impl Block {
    fn new(path: &Path<'_>, config: &VitConfig) -> Block {
        let (attention, net) = (path.sub(0), path.sub(1).sub("net"));
        let inner = config.heads * config.dim_head;
        Block {
            norm: layer::layer_norm(&attention.sub("norm"), config.dim),
            to_qkv: layer::linear(&attention.sub("to_qkv"), config.dim, 3 * inner, false),
            to_out: layer::linear(&attention.sub("to_out"), inner, config.dim, false),
            mlp_norm: layer::layer_norm(&net.sub(0), config.dim),
            mlp_in: layer::linear(&net.sub(1), config.dim, config.mlp_dim, true),
            mlp_out: layer::linear(&net.sub(3), config.mlp_dim, config.dim, true),
            heads: config.heads,
        }
    }

    fn forward(&self, tokens: &Tensor) -> Tensor {
        let tokens = tokens + self.attend(&self.norm.forward(tokens));
        let hidden = self.mlp_in.forward(&self.mlp_norm.forward(&tokens)).gelu("none");
        &tokens + self.mlp_out.forward(&hidden)
    }

    fn attend(&self, tokens: &Tensor) -> Tensor {
        let (batch, count, _) = tokens.size3().expect("tokens are [batch, tokens, dim]");
        let qkv = self.to_qkv.forward(tokens).view([batch, count, 3, self.heads, -1]);
        let qkv = qkv.permute([2, 0, 3, 1, 4]).unbind(0);
        let attended = Tensor::scaled_dot_product_attention::<Tensor>(
            &qkv[0], &qkv[1], &qkv[2], None, 0.0, false, None, false,
        );
        self.to_out.forward(&attended.transpose(1, 2).reshape([batch, count, -1]))
    }
}
