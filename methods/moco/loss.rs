//! Momentum contrast: He, Fan, Wu, Xie and Girshick, *Momentum Contrast for Unsupervised Visual
//! Representation Learning*, CVPR 2020 (arXiv 1911.05722).

use bench::Result;
use bench::model::similarity::{dots, paired};
use tch::{Kind, Tensor};

/// Equation 1: −log softmax of a query's similarity to its own key among those to the queue's.
///
/// # Shapes
/// Rows of length 1: queries and keys `[batch, dim]`, queue `[size, dim]` → `[]`
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn momentum_contrast(
    queries: &Tensor,
    keys: &Tensor,
    queue: &Tensor,
    temperature: f64,
) -> Result<Tensor> {
    let positive = paired(queries, keys).unsqueeze(1);
    let logits = Tensor::cat(&[&positive, &dots(queries, queue)?], 1) / temperature;
    Ok((logits.logsumexp(1, true) - positive / temperature).mean(Kind::Float))
}
