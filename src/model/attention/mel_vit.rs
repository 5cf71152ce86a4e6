//! A vision transformer over mel spectrograms: of power, or of its logarithm.

use tch::Tensor;
use tch::nn::Path;

use crate::Result;
use crate::method::Readout;
use crate::model::{Tokeniser, Vit, VitConfig};

/// Power in, for each tokeniser an embedding out.
#[derive(Debug)]
pub struct MelVit {
    network: Vit,
    dim: i64,
    log: bool,
}

impl MelVit {
    /// As [`Vit::new`]; with `log` it sees log(1 + power) rather than power.
    ///
    /// # Errors
    /// As [`Vit::new`].
    pub fn new(
        path: &Path<'_>,
        config: &VitConfig,
        image: [i64; 2],
        patches: &[[i64; 2]],
        log: bool,
    ) -> Result<MelVit> {
        Ok(MelVit { network: Vit::new(path, config, image, patches)?, dim: config.dim, log })
    }

    /// Its tokenisers, in the order of their patches.
    pub fn tokenisers(&self) -> &[Tokeniser] {
        self.network.tokenisers()
    }

    /// Length of the embeddings of all tokenisers together.
    pub fn dim(&self) -> i64 {
        self.dim * self.tokenisers().len() as i64
    }

    /// The patches that `keep` names, or all, of one tokeniser through all blocks.
    ///
    /// # Shapes
    /// clips `[batch, frames, mels]`, keep `[batch, kept]` → `[batch, kept or tokens, dim]`
    pub fn encode(&self, tokeniser: usize, clips: &Tensor, keep: Option<&Tensor>) -> Tensor {
        self.network.encode(&self.tokens(tokeniser, clips, keep))
    }

    /// As [`MelVit::encode`], and averaged over the patches.
    ///
    /// # Shapes
    /// clips `[batch, frames, mels]`, keep `[batch, kept]` → `[batch, dim]`
    pub fn embed(&self, tokeniser: usize, clips: &Tensor, keep: Option<&Tensor>) -> Tensor {
        self.network.forward(&self.tokens(tokeniser, clips, keep))
    }

    /// The embeddings of all tokenisers, side by side.
    ///
    /// # Shapes
    /// `[batch, frames, mels]` → `[batch, dim of all]`
    pub fn forward(&self, clips: &Tensor) -> Tensor {
        let all = (0..self.tokenisers().len()).map(|tokeniser| self.embed(tokeniser, clips, None));
        Tensor::cat(&all.collect::<Vec<_>>(), 1)
    }

    /// The whole embedding; of two tokenisers, the first of square patches and the second of
    /// patches of all mels, also each one's part.
    pub fn readouts(&self) -> Vec<Readout> {
        let (dim, both) = (self.dim, self.dim());
        if self.tokenisers().len() == 1 {
            return vec![Readout { name: "embedding", columns: 0..dim }];
        }
        vec![
            Readout { name: "square", columns: 0..dim },
            Readout { name: "vertical", columns: dim..both },
            Readout { name: "both", columns: 0..both },
        ]
    }

    fn tokens(&self, tokeniser: usize, clips: &Tensor, keep: Option<&Tensor>) -> Tensor {
        let tokeniser = &self.tokenisers()[tokeniser];
        let patches = tokeniser.patches(clips, keep);
        // After the cut, for a patch that is hidden needs no logarithm.
        let seen = if self.log { patches.log1p() } else { patches };
        tokeniser.embed(&seen, keep)
    }
}
