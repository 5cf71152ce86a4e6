//! How large a difference is, whatever its p value.

use super::{Interval, NOISE, average, bootstrap, finite, largest, mann_whitney};
use crate::Rng;
use crate::stats::Clusters;
use crate::stats::clusters::deviation;

/// Chance that a value of the first list is larger than one of the second, equal ones half: A₁₂ =
/// U/mn; Vargha & Delaney, Journal of Educational and Behavioral Statistics 2000.
///
/// ½ is no difference. None of an empty list.
pub fn vargha_delaney(first: &[f64], second: &[f64]) -> Option<f64> {
    mann_whitney::share(first, second)
}

/// Cliff's δ (Psychological Bulletin 1993): the share of pairs in which the first list's value is
/// the larger one, less that in which it is the smaller one; 2 A₁₂ − 1.
///
/// None of an empty list.
pub fn cliffs_delta(first: &[f64], second: &[f64]) -> Option<f64> {
    Some(2.0 * vargha_delaney(first, second)? - 1.0)
}

/// Cohen's d (Statistical Power Analysis 1988): the difference of the means over the pooled
/// standard deviation, √(((m − 1) s₁² + (n − 1) s₂²)/(m + n − 2)).
///
/// Assumes like spreads. None of fewer than two values in a list, or where neither list varies
/// though their means differ.
pub fn cohens_d(first: &[f64], second: &[f64]) -> Option<f64> {
    finite(first)?;
    finite(second)?;
    if first.len() < 2 || second.len() < 2 {
        return None;
    }
    let squares = |values: &[f64]| (values.len() - 1) as f64 * deviation(values).powi(2);
    let freedom = (first.len() + second.len() - 2) as f64;
    let pooled = ((squares(first) + squares(second)) / freedom).sqrt();
    let scale = largest(first).max(largest(second));
    over(average(first) - average(second), pooled, scale)
}

/// Cohen's d of paired differences, d_z: their mean over their standard deviation.
///
/// None of fewer than two, or where all are the same and not zero.
pub fn cohens_d_z(differences: &[f64]) -> Option<f64> {
    finite(differences)?;
    if differences.len() < 2 {
        return None;
    }
    over(average(differences), deviation(differences), largest(differences))
}

/// A difference over a deviation; a deviation within the rounding of values of this scale is none.
fn over(difference: f64, deviation: f64, scale: f64) -> Option<f64> {
    if difference == 0.0 {
        return Some(0.0);
    }
    (deviation > NOISE * scale).then(|| difference / deviation)
}

/// How often one row beats another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Superiority {
    /// Share of the pairs in which the first is better, equal ones half.
    pub chance: f64,
    /// Percentile interval of that share.
    pub interval: Interval,
}

/// P(A > B) of Bouthillier et al. (Accounting for Variance in Machine Learning Benchmarks, MLSys
/// 2021) from paired differences, positive where A is better; the percentile bootstrap of `draws`
/// draws gives the interval, which misses with chance `miss`.
///
/// There, A is better if the lower end is above ½, and by enough to matter if the upper end is
/// above 0.75; about 29 pairs are needed to tell. Assumes independent pairs. None of fewer than two
/// pairs.
pub fn superiority(
    differences: &[f64],
    miss: f64,
    draws: usize,
    rng: &mut Rng,
) -> Option<Superiority> {
    finite(differences)?;
    let won = |difference: &f64| {
        0.5 * f64::from(1 + i8::from(*difference > 0.0) - i8::from(*difference < 0.0))
    };
    let won: Vec<f64> = differences.iter().map(won).collect();
    let pairs = Clusters::new(vec![None; won.len()]);
    let share = |times: &[f64]| {
        let sum: f64 = times.iter().zip(&won).map(|(times, won)| times * won).sum();
        Some(sum / won.len() as f64)
    };
    let drawn = bootstrap::resample(&pairs, draws, rng, share);
    let interval = bootstrap::percentile(&drawn, miss).filter(|_| won.len() > 1)?;
    Some(Superiority { chance: average(&won), interval })
}
