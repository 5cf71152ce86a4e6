//! The decoder: from the tokens of the visible patches to the pixels of all of them.

use bench::Result;
use bench::model::{Blocks, Constant, Tokeniser, VitConfig, layer, patch};
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{LayerNorm, Linear, Module, Path};

/// Which of the decoder's tokens are told where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// Those of hidden patches; the encoder's have been told already.
    Hidden,
    /// All, those of visible patches a second time.
    All,
}

/// A transformer over one token per patch, between a projection and a linear layer.
#[derive(Debug)]
pub struct Decoder {
    projection: Option<Linear>,
    mask_token: Tensor,
    position: Constant,
    positions: Positions,
    transformer: Blocks,
    norm: LayerNorm,
    to_pixels: Linear,
}

impl Decoder {
    /// For visible tokens of `inputs` values; they are projected where the decoder has another
    /// width.
    ///
    /// # Errors
    /// When a size in `config` cannot be.
    pub fn new(
        path: &Path<'_>,
        inputs: i64,
        tokeniser: &Tokeniser,
        config: &VitConfig,
        positions: Positions,
    ) -> Result<Decoder> {
        let dim = config.dim;
        let position = Constant::new(patch::position(tokeniser.grid(), dim)?);
        let projection =
            (inputs != dim).then(|| layer::linear(&path.sub("enc_to_dec"), inputs, dim, true));
        Ok(Decoder {
            projection,
            mask_token: path.randn("mask_token", &[1, 1, dim], 0.0, 1.0),
            position,
            positions,
            transformer: Blocks::new(&path.sub("decoder"), config)?,
            norm: layer::layer_norm(&path.sub("decoder_norm"), dim),
            to_pixels: layer::linear(&path.sub("to_pixels"), dim, tokeniser.pixels(), true),
        })
    }

    /// Says what every patch looks like from the encoded visible ones, which `keep` names.
    ///
    /// # Shapes
    /// visible `[batch, kept, inputs]`, keep `[batch, kept]` → `[batch, tokens, pixels]`
    pub fn forward(&self, visible: &Tensor, keep: &Tensor) -> Tensor {
        let projected = self.projection.as_ref().map(|layer| layer.forward(visible));
        let tokens = self.raster(projected.as_ref().unwrap_or(visible), keep);
        self.to_pixels.forward(&self.norm.forward(&self.transformer.forward(&tokens)))
    }

    /// Visible tokens at their places and the mask token at all others, `[batch, tokens, dim]`.
    fn raster(&self, visible: &Tensor, keep: &Tensor) -> Tensor {
        let position = self.position.on(visible.device());
        let everywhere = self.positions == Positions::All;
        let hidden = match everywhere {
            true => self.mask_token.shallow_clone(),
            false => &self.mask_token + &position,
        };
        let shape = [visible.size()[0], position.size()[0], -1];
        let tokens = hidden.expand(shape, false).to_kind(visible.kind()).scatter(
            1,
            &keep.unsqueeze(2).expand_as(visible),
            visible,
        );
        if everywhere { tokens + position } else { tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::nn::VarStore;
    use tch::{Device, Kind};

    /// A decoder of 2 × 3 patches, and what it makes of one visible token of sevens at place 4.
    fn raster(positions: Positions) -> (Tensor, Tensor, Tensor) {
        let vars = VarStore::new(Device::Cpu);
        let tokeniser =
            Tokeniser::new(&vars.root().sub("patches"), [4, 6], [2, 2], 8).expect("patches tile");
        let config = VitConfig { dim: 8, depth: 1, heads: 1, dim_head: 4, mlp_dim: 4 };
        let decoder =
            Decoder::new(&vars.root(), 8, &tokeniser, &config, positions).expect("sizes fit");
        let visible = Tensor::full([1, 1, 8], 7.0, (Kind::Float, Device::Cpu));
        let tokens = decoder.raster(&visible, &Tensor::from_slice(&[4_i64]).view([1, 1]));
        (tokens.squeeze_dim(0), decoder.mask_token.view([8]), tokeniser.position())
    }

    #[test]
    fn a_visible_token_is_put_in_its_place_and_mask_tokens_know_theirs() {
        let (tokens, mask_token, position) = raster(Positions::Hidden);
        for place in 0..6 {
            let expected = match place {
                4 => Tensor::full([8], 7.0, (Kind::Float, Device::Cpu)),
                _ => &mask_token + position.get(place),
            };
            assert!(tokens.get(place).equal(&expected), "at {place}");
        }
    }

    #[test]
    fn where_all_tokens_are_told_their_place_the_visible_one_is_too() {
        let (tokens, _, position) = raster(Positions::All);
        assert!(tokens.get(4).equal(&(position.get(4) + 7.0)));
    }
}
