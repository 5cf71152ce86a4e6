//! Momentum encoders: networks that follow another one instead of a gradient.
//!
//! Source: He, Fan, Wu, Xie and Girshick, *Momentum Contrast for Unsupervised Visual Representation
//! Learning*, CVPR 2020 (arXiv 1911.05722), equation 2; Grill et al., *Bootstrap Your Own Latent*,
//! NeurIPS 2020 (arXiv 2006.07733), equation 1.

use tch::nn::{Path, VarStore};
use tch::{Tensor, no_grad};

use super::weights::{at, lay};
use crate::{Error, Result, tensors};

/// A copy of a network whose parameters are a moving average of the original's.
///
/// Only parameters follow. The running statistics of norms start equal and are the copy's own from
/// then on, as in the code of He et al.: they describe what the copy has seen, which an average
/// of both networks' statistics would not.
#[derive(Debug)]
pub struct Momentum<N> {
    network: N,
    /// Every parameter of the copy, and the one it follows.
    pairs: Vec<(Tensor, Tensor)>,
}

impl<N> Momentum<N> {
    /// A copy of the network that `build` made at `original`, with its tensors at `state` under the
    /// same names.
    ///
    /// # Errors
    /// When `build` fails, or makes a tensor that the original does not have.
    pub fn new(
        original: &Path<'_>,
        state: &Path<'_>,
        build: impl FnOnce(&Path<'_>) -> Result<N>,
    ) -> Result<Momentum<N>> {
        let store = VarStore::new(state.device());
        let network = build(&store.root())?;
        let mut pairs = Vec::new();
        for (name, copy) in tensors::of(&store) {
            let (place, last) = at(original, &name);
            let followed = place.get(last).ok_or_else(|| {
                Error::Invalid(format!("there is no {name} for its copy to follow"))
            })?;
            if copy.requires_grad() {
                pairs.push((copy.shallow_clone(), followed.shallow_clone()));
            }
            no_grad(|| copy.shallow_clone().f_copy_(&followed))?;
        }
        lay(&store, state, false);
        Ok(Momentum { network, pairs })
    }

    /// The copy.
    pub fn network(&self) -> &N {
        &self.network
    }

    /// Moves every parameter towards the original's: θ' ← mθ' + (1 − m)θ for a `momentum` of m.
    pub fn follow(&self, momentum: f64) {
        no_grad(|| {
            for (copy, followed) in &self.pairs {
                let _ = copy.shallow_clone().lerp_(followed, 1.0 - momentum);
            }
        });
    }
}

/// Refuses a momentum that does not average.
///
/// # Errors
/// When it lies outside `[0, 1]`.
pub fn check_momentum(momentum: f64) -> Result<()> {
    match (0.0..=1.0).contains(&momentum) {
        true => Ok(()),
        false => {
            Err(Error::settings("momentum", format!("{momentum} does not lie between 0 and 1")))
        }
    }
}
