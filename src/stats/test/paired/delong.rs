//! Whether two lists of scores of the same items have the same area under the ROC curve.

use crate::stats::test::ranks::midranks;
use crate::stats::test::{NOISE, Test, average, finite, tail};

/// Two areas under the ROC curve and how they vary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeLong {
    /// Areas of the first and the second list of scores.
    pub areas: [f64; 2],
    /// Variance of the first area, covariance of both, variance of the second.
    pub covariance: [f64; 3],
    /// z of the difference and its p value; none where the areas differ though neither varies.
    pub test: Option<Test>,
}

/// z = (A₁ − A₂) / √(v₁₁ + v₂₂ − 2 v₁₂) from the variances of DeLong, DeLong & Clarke-Pearson
/// (Biometrics 1988), found by midranks as in Sun & Xu (Fast Implementation of DeLong's Algorithm,
/// IEEE Signal Processing Letters 2014).
///
/// With V₁₀ the share of negative items below each positive one (equal ones half) and V₀₁ the share
/// of positive items above each negative one, v = cov(V₁₀)/m + cov(V₀₁)/n.
///
/// Assumes independent items, and many of them: near an area of 1 the normal approximation is poor.
/// None of fewer than two items of either kind, or where the lists differ in length.
pub fn delong(truth: &[bool], first: &[f64], second: &[f64]) -> Option<DeLong> {
    let placed = [Placements::new(truth, first)?, Placements::new(truth, second)?];
    let areas = [0, 1].map(|list| average(&placed[list].positive));
    let covariance = [(0, 0), (0, 1), (1, 1)].map(|(a, b)| placed[a].covariance(&placed[b]));
    let [of_first, of_both, of_second] = covariance;
    let (difference, variance) = (areas[0] - areas[1], of_first + of_second - 2.0 * of_both);
    let test = if difference == 0.0 {
        Some(Test { statistic: 0.0, p: 1.0 })
    } else {
        let z = difference / variance.max(0.0).sqrt();
        let varies = variance > NOISE * (of_first + of_second);
        varies.then(|| Test { statistic: z, p: tail::normal(z) })
    };
    Some(DeLong { areas, covariance, test })
}

/// V₁₀ of the positive items and V₀₁ of the negative ones.
struct Placements {
    positive: Vec<f64>,
    negative: Vec<f64>,
}

impl Placements {
    fn new(truth: &[bool], scores: &[f64]) -> Option<Placements> {
        finite(scores)?;
        if truth.len() != scores.len() {
            return None;
        }
        let among_all = midranks(scores, 0.0).ranks;
        let of = |kind: bool| -> (Vec<f64>, Vec<f64>) {
            let items = truth.iter().zip(scores.iter().zip(&among_all));
            items
                .filter(|(truth, _)| **truth == kind)
                .map(|(_, (score, rank))| (*score, *rank))
                .unzip()
        };
        let ((positive, all_positive), (negative, all_negative)) = (of(true), of(false));
        let (m, n) = (positive.len() as f64, negative.len() as f64);
        if m < 2.0 || n < 2.0 {
            return None;
        }
        let others = |all: Vec<f64>, own: &[f64], count: f64| -> Vec<f64> {
            let own = midranks(own, 0.0).ranks;
            all.iter().zip(own).map(|(all, own)| (all - own) / count).collect()
        };
        let above = others(all_negative, &negative, m);
        Some(Placements {
            positive: others(all_positive, &positive, n),
            negative: above.iter().map(|below| 1.0 - below).collect(),
        })
    }

    fn covariance(&self, other: &Placements) -> f64 {
        covariance(&self.positive, &other.positive) / self.positive.len() as f64
            + covariance(&self.negative, &other.negative) / self.negative.len() as f64
    }
}

fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let (of_x, of_y) = (average(x), average(y));
    let products = x.iter().zip(y).map(|(x, y)| (x - of_x) * (y - of_y));
    products.sum::<f64>() / (x.len() - 1) as f64
}
