//! Spectrograms cut into patches, and patches made into tokens.

use tch::nn::{LayerNorm, Linear, Module, Path};
use tch::{Kind, Tensor};

use crate::model::{Constant, layer, mask};
use crate::settings::check_sizes;
use crate::{Error, Result};

/// Turns patches of a spectrogram into tokens that know where they stand.
///
/// Its layers are called `1`, `2` and `3` as in the public checkpoints: norm, linear layer, norm.
#[derive(Debug)]
pub struct Tokeniser {
    patch: [i64; 2],
    grid: [i64; 2],
    norm_in: LayerNorm,
    linear: Linear,
    norm_out: LayerNorm,
    position: Constant,
}

impl Tokeniser {
    /// For spectrograms of `image` = `[mels, frames]`, cut into `patch` = `[mels, frames]`, tokens
    /// of `dim`.
    ///
    /// # Errors
    /// When the patches do not tile the spectrogram, or into too many, or `dim` is out of range or
    /// no multiple of 4.
    pub fn new(path: &Path<'_>, image: [i64; 2], patch: [i64; 2], dim: i64) -> Result<Tokeniser> {
        if (0..2).any(|i| patch[i] < 1 || image[i] < patch[i] || image[i] % patch[i] != 0) {
            let message = format!("patches of {patch:?} do not tile {image:?} [mels, frames]");
            return Err(Error::settings("patch", message));
        }
        let pixels = patch[0] * patch[1];
        let grid = [image[0] / patch[0], image[1] / patch[1]];
        let tokens = grid[0].saturating_mul(grid[1]);
        check_sizes("patch", [("tokens", tokens)], 1..=layer::WIDEST)?;
        let position = Constant::new(position(grid, dim)?);
        Ok(Tokeniser {
            patch,
            grid,
            norm_in: layer::layer_norm(&path.sub(1), pixels),
            linear: layer::linear(&path.sub(2), pixels, dim, true),
            norm_out: layer::layer_norm(&path.sub(3), dim),
            position,
        })
    }

    /// Rows and columns of patches.
    pub fn grid(&self) -> [i64; 2] {
        self.grid
    }

    /// Values of a patch.
    pub fn pixels(&self) -> i64 {
        self.patch[0] * self.patch[1]
    }

    /// Patches in a spectrogram; counted along time first, from the lowest mels up.
    pub fn tokens(&self) -> i64 {
        self.grid[0] * self.grid[1]
    }

    /// Cuts out all patches, or those that `keep` names; each is flattened mel by mel.
    ///
    /// # Shapes
    /// clips `[batch, frames, mels]`, keep `[batch, kept]` → `[batch, tokens or kept, pixels]`
    pub fn patches(&self, clips: &Tensor, keep: Option<&Tensor>) -> Tensor {
        let ([mels, frames], [rows, columns]) = (self.patch, self.grid);
        let batch = clips.size()[0];
        let cells = clips.view([batch, columns, frames, rows, mels]);
        let Some(keep) = keep else {
            return cells.permute([0, 3, 1, 4, 2]).reshape([batch, rows * columns, mels * frames]);
        };
        let item = Tensor::arange(batch, (Kind::Int64, clips.device())).unsqueeze(1);
        let column = keep.remainder(columns);
        let row = keep.divide_scalar_mode(columns, "floor");
        let kept = cells.index(&[Some(&item), Some(&column), None, Some(&row), None]);
        kept.transpose(2, 3).reshape([batch, -1, mels * frames])
    }

    /// Puts all patches back together: the inverse of cutting them out.
    ///
    /// # Shapes
    /// `[batch, tokens, pixels]` → `[batch, frames, mels]`
    pub fn image(&self, patches: &Tensor) -> Tensor {
        let ([mels, frames], [rows, columns]) = (self.patch, self.grid);
        let cells = patches.reshape([-1, rows, columns, mels, frames]).permute([0, 2, 4, 1, 3]);
        cells.reshape([-1, columns * frames, rows * mels])
    }

    /// Clips with no number where a patch is hidden; `keep` names the visible ones.
    ///
    /// # Shapes
    /// clips `[batch, frames, mels]`, keep `[batch, kept]` → `[batch, frames, mels]`
    pub fn blank(&self, clips: &Tensor, keep: &Tensor) -> Tensor {
        let hidden = mask::hidden(keep, self.tokens()).unsqueeze(2);
        self.image(&self.patches(clips, None).masked_fill(&hidden, f64::NAN))
    }

    /// Embeds patches and adds their positions.
    ///
    /// # Shapes
    /// patches `[batch, kept, pixels]`, keep `[batch, kept]` → `[batch, kept, dim]`
    pub fn embed(&self, patches: &Tensor, keep: Option<&Tensor>) -> Tensor {
        let normed = self.norm_in.forward(patches);
        let tokens = self.norm_out.forward(&self.linear.forward(&normed));
        let position = self.position.on(tokens.device());
        match keep {
            None => tokens + position,
            Some(keep) => {
                let kept = position.index_select(0, &keep.reshape([-1]));
                let shape = tokens.size();
                tokens + kept.view(shape.as_slice())
            }
        }
    }

    /// The position embeddings, `[tokens, dim]`.
    pub fn position(&self) -> Tensor {
        self.position.on(tch::Device::Cpu)
    }
}

/// Sines and cosines of column and row, as in Beyer, Zhai and Kolesnikov, *Better plain ViT
/// baselines for ImageNet-1k*, 2022 (arXiv 2205.01580): `[sin xω, cos xω, sin yω, cos yω]` with ω
/// from 1 down to 1e-4.
///
/// # Shapes
/// `[rows × columns, dim]`
///
/// # Errors
/// When `dim` is out of range or no multiple of 4.
pub fn position([rows, columns]: [i64; 2], dim: i64) -> Result<Tensor> {
    check_sizes("transformer", [("dim", dim)], 8..=layer::WIDEST)?;
    if dim % 4 != 0 {
        return Err(Error::settings("transformer", format!("dim {dim} is no multiple of 4")));
    }
    let quarter = dim / 4;
    let mut values = Vec::with_capacity((rows * columns * dim) as usize);
    for token in 0..rows * columns {
        let (y, x) = ((token / columns) as f64, (token % columns) as f64);
        for (at, wave) in
            [(x, f64::sin as fn(f64) -> f64), (x, f64::cos), (y, f64::sin), (y, f64::cos)]
        {
            values.extend((0..quarter).map(|k| {
                let omega = 10_000_f64.powf(-(k as f64) / (quarter - 1) as f64);
                wave(at * omega) as f32
            }));
        }
    }
    Ok(Tensor::from_slice(&values).view([rows * columns, dim]))
}
