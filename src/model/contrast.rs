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
    Err(Error::settings("temperature", format!("{temperature} is not a positive number")))
}
