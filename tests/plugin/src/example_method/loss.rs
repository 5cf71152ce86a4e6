//! Alignment and uniformity: Wang and Isola, *Understanding Contrastive Representation Learning
//! through Alignment and Uniformity on the Hypersphere*, ICML 2020 (arXiv 2005.10242).

use bench::Result;
use bench::model::similarity::{diagonal, dots, normalise};
use tch::{Kind, Tensor};

/// The mean squared distance of the projections of two clips of one recording, with α = 2; 0 where
/// they are the same.
///
/// # Shapes
/// `[batch, dim]`, `[batch, dim]`: row i of one belongs to row i of the other → `[]`
pub fn alignment(first: &Tensor, second: &Tensor) -> Tensor {
    let distances = (normalise(first) - normalise(second)).square();
    distances.sum_dim_intlist(-1, false, Kind::Float).mean(Kind::Float)
}

/// The logarithm of the mean of exp(−2 · squared distance) over all pairs of recordings, with
/// t = 2; 0 where all projections are the same, and less the more evenly they cover the sphere.
///
/// # Shapes
/// `[batch, dim]` → `[]`
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn uniformity(projections: &Tensor) -> Result<Tensor> {
    let rows = normalise(projections);
    let count = rows.size()[0];
    // Rows have length 1, so their squared distance is 2 − 2 · dot product.
    let closeness = (dots(&rows, &rows)? - 1.0) * 4.0;
    let others = closeness.masked_fill(&diagonal(count, &rows), f64::NEG_INFINITY);
    Ok(others.flatten(0, -1).logsumexp(0, false) - ((count * (count - 1)) as f64).ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    fn near(value: &Tensor, expected: f64) {
        let value = value.double_value(&[]);
        assert!((value - expected).abs() < 1e-5, "{value} is not {expected}");
    }

    #[test]
    fn orthogonal_projections_are_two_apart_and_opposite_ones_four() {
        let rows = Tensor::eye(8, (Kind::Float, Device::Cpu)) * 3.0;
        near(&alignment(&rows, &rows), 0.0);
        near(&alignment(&rows, &rows.roll([1], [0])), 2.0);
        near(&alignment(&rows, &-&rows), 4.0);
        near(&uniformity(&rows).unwrap(), -4.0);
    }

    #[test]
    fn projections_that_are_all_the_same_are_as_uneven_as_can_be() {
        near(&uniformity(&Tensor::ones([5, 3], (Kind::Float, Device::Cpu))).unwrap(), 0.0);
    }
}
