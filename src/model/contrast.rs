//! Losses that several methods share.

use tch::{Kind, Tensor};

use super::similarity::{diagonal, dots, normalise, paired};
use crate::{Error, Result};

/// NT-Xent: Chen, Kornblith, Norouzi and Hinton, *A Simple Framework for Contrastive Learning of
/// Visual Representations*, ICML 2020 (arXiv 2002.05709), equation 1.
///
/// The mean over all 2·batch projections of −log softmax of the positive's similarity among all
/// others'.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]`: row i of one is the positive of row i of the other → `[]`
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn nt_xent(first: &Tensor, second: &Tensor, temperature: f64) -> Result<Tensor> {
    let (first, second) = (normalise(first), normalise(second));
    let all = Tensor::cat(&[&first, &second], 0);
    let others = (dots(&all, &all)? / temperature)
        .masked_fill(&diagonal(all.size()[0], &all), f64::NEG_INFINITY);
    let positive = paired(&first, &second) / temperature;
    Ok(others.logsumexp(1, false).mean(Kind::Float) - positive.mean(Kind::Float))
}

/// Refuses a temperature that similarities cannot be divided by.
///
/// # Errors
/// When it is not a positive number.
pub fn check_temperature(temperature: f64) -> Result<()> {
    if temperature > 0.0 && temperature.is_finite() {
        return Ok(());
    }
    Err(Error::settings("method", "temperature must be a positive number"))
}

/// Added to variances before their root is divided by, as PyTorch's batch normalisation does.
const EPSILON: f64 = 1e-5;

/// What Barlow Twins asks of equal dimensions: Zbontar, Jing, Misra, LeCun and Deny, *Barlow Twins:
/// Self-Supervised Learning via Redundancy Reduction*, ICML 2021 (arXiv 2103.03230), equation 1,
/// first term.
///
/// Σ (1 − c)² over the correlations c of each dimension in one view with itself in the other.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]` → `[]`
pub fn barlow_on_diagonal(first: &Tensor, second: &Tensor) -> Tensor {
    (correlations(first, second) - 1.0).square().sum(Kind::Float)
}

/// What Barlow Twins asks of unequal dimensions: equation 1, second term, without its weight λ.
///
/// Σ c² over the correlations c of each dimension in one view with every other in the other.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]` → `[]`
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn barlow_off_diagonal(first: &Tensor, second: &Tensor) -> Result<Tensor> {
    let (first, second) = (standardise(first), standardise(second));
    let (batch, dim) = (first.size()[0], first.size()[1]);
    let all = dots(&first.tr(), &second.tr())? / batch as f64;
    Ok(all.masked_fill(&diagonal(dim, &all), 0.0).square().sum(Kind::Float))
}

/// What counterfactual negatives are to lose: Yao et al., *Contrastive Learning with
/// Positive-Negative Frame Mask for Music Representation*, WWW 2022 (arXiv 2203.09129), without its
/// weight λ.
///
/// Σ c² over the correlations c of each dimension in the anchor with itself in the negative.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]` → `[]`
pub fn negative_diagonal(anchor: &Tensor, negative: &Tensor) -> Tensor {
    correlations(anchor, negative).square().sum(Kind::Float)
}

/// The correlation of each dimension with itself in the other view, over the batch, `[dim]`.
fn correlations(first: &Tensor, second: &Tensor) -> Tensor {
    (standardise(first) * standardise(second)).mean_dim(0, false, Kind::Float)
}

/// Columns of mean 0 and biased variance 1, `[batch, dim]`, float32.
fn standardise(projections: &Tensor) -> Tensor {
    let projections = projections.to_kind(Kind::Float);
    let centred = &projections - projections.mean_dim(0, true, Kind::Float);
    let variance = centred.square().mean_dim(0, true, Kind::Float);
    centred / (variance + EPSILON).sqrt()
}
