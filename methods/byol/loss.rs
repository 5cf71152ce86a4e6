//! The objective of BYOL: Grill et al., *Bootstrap Your Own Latent: A New Approach to
//! Self-Supervised Learning*, NeurIPS 2020 (arXiv 2006.07733).

use bench::model::similarity::{normalise, paired};
use tch::{Kind, Tensor};

/// Equation 2: the squared distance of predictions and targets that are scaled to length 1, 2 − 2
/// cos of their angle, averaged over the batch.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]` → `[]`
pub fn regression(predictions: &Tensor, targets: &Tensor) -> Tensor {
    let cosines = paired(&normalise(predictions), &normalise(targets));
    2.0 - 2.0 * cosines.mean(Kind::Float)
}

/// The standard deviation of projections scaled to length 1, averaged over dimensions: about
/// 1/√dim while they keep apart, 0 once all are the same.
///
/// # Shapes
/// `[batch, dim]` → `[]`
pub fn deviation(projections: &Tensor) -> Tensor {
    normalise(&projections.detach()).std_dim(0, false, false).mean(Kind::Float)
}
