//! The objectives of Myna: InfoNCE (the paper), the global contrastive loss (the released code).

use bench::Result;
use bench::model::similarity::{diagonal, dots, normalise, paired};
use tch::{Kind, Tensor};

/// InfoNCE, both ways: van den Oord, Li and Vinyals, *Representation Learning with Contrastive
/// Predictive Coding*, 2018 (arXiv 1807.03748), equation 4, over the rows and over the columns of
/// the similarities of two views.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]` → `[]`
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn infonce(first: &Tensor, second: &Tensor, temperature: f64) -> Result<Tensor> {
    let (a, b) = (normalise(first), normalise(second));
    let logits = dots(&a, &b)? / temperature;
    let rows = logits.logsumexp(1, false).mean(Kind::Float);
    let columns = logits.logsumexp(0, false).mean(Kind::Float);
    Ok((rows + columns) / 2.0 - (paired(&a, &b) / temperature).mean(Kind::Float))
}

/// The global contrastive loss of Yuan et al., *Provable Stochastic Optimization for Global
/// Contrastive Learning*, ICML 2022 (arXiv 2202.12387), in the form of LibAUC: returns the loss and
/// the new running estimates.
///
/// `estimates` is u, running means of exp(similarity/τ) over negatives; `gamma` weighs this batch.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]`, estimates `[batch]`, gamma `[]` → `[]`, `[batch]`
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn global_contrastive(
    first: &Tensor,
    second: &Tensor,
    estimates: &Tensor,
    gamma: &Tensor,
    temperature: f64,
) -> Result<(Tensor, Tensor)> {
    let (a, b) = (normalise(first), normalise(second));
    let (to_a, of_a) = negatives(&a, &b, estimates, gamma, temperature)?;
    let (to_b, of_b) = negatives(&b, &a, estimates, gamma, temperature)?;
    let loss = (to_a + to_b - paired(&a, &b) * 2.0).mean(Kind::Float);
    Ok((loss, (of_a + of_b) / 2.0))
}

/// Similarities of rows to their 2(batch − 1) negatives, weighted by their share of u; the new u.
fn negatives(
    own: &Tensor,
    other: &Tensor,
    estimates: &Tensor,
    gamma: &Tensor,
    temperature: f64,
) -> Result<(Tensor, Tensor)> {
    let batch = own.size()[0];
    let same = diagonal(batch, own).repeat([1, 2]);
    let similarities =
        Tensor::cat(&[dots(own, other)?, dots(own, own)?], 1).masked_fill(&same, 0.0);
    let count = (2 * (batch - 1)) as f64;
    let powers = (similarities.detach() / temperature).exp().masked_fill(&same, 0.0);
    let mean = powers.sum_dim_intlist(1, false, Kind::Float) / count;
    let estimates = estimates + gamma * (mean - estimates);
    let weights = powers / estimates.clamp_min(1e-8).unsqueeze(1);
    Ok(((weights * similarities).sum_dim_intlist(1, false, Kind::Float) / count, estimates))
}
