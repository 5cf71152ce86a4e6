//! The bootstrap: intervals of any figure from groups of items drawn with replacement (Efron &
//! Tibshirani, An Introduction to the Bootstrap, 1993).
//!
//! A draw is given as how often each item is in it. On the same draws, be they [`Clusters::draws`]
//! or those of one seeded generator, the figures of two rows are paired: of rows with the same
//! predictions every difference is exactly zero. Assumes independent groups, and enough of them
//! (some twenty) to stand for others. A figure that is undefined on a draw is passed over; where it
//! is on more than half of them, or nothing was drawn, so is the interval.

use statrs::distribution::{ContinuousCDF, Normal};

use super::interval::{Interval, chance};
use super::{average, finite};
use crate::Rng;
use crate::stats::Clusters;

/// A figure on so many draws of groups; it is given how often each item is in the draw.
pub fn resample(
    clusters: &Clusters,
    draws: usize,
    rng: &mut Rng,
    mut figure: impl FnMut(&[f64]) -> Option<f64>,
) -> Vec<Option<f64>> {
    (0..draws).map(|_| figure(&clusters.draw(rng))).collect()
}

/// A figure without each of the groups in turn, for [`bca`].
pub fn leave_out(
    clusters: &Clusters,
    mut figure: impl FnMut(&[f64]) -> Option<f64>,
) -> Vec<Option<f64>> {
    (0..clusters.count()).map(|group| figure(&clusters.without(group))).collect()
}

/// The interval between quantiles of the draws that misses with chance `miss`; quantiles lie on the
/// lines between the ordered values.
pub fn percentile(drawn: &[Option<f64>], miss: f64) -> Option<Interval> {
    let sorted = sorted(drawn)?;
    let miss = chance(miss)?;
    Some(between(&sorted, 0.5 * miss, 1.0 - 0.5 * miss))
}

/// The percentile interval corrected for the bias of the draws and for a spread that changes with
/// the figure (bias-corrected and accelerated): Efron, Journal of the American Statistical
/// Association 1987.
///
/// The quantiles are at Φ(z₀ + (z₀ + z)/(1 − a (z₀ + z))), with z₀ = Φ⁻¹ of the share of draws
/// below `point` (equal ones half) and a = Σu³ / (6 (Σu²)^1.5) over the distances u of the figures
/// in `left_out` below their mean. None where one of those is undefined, all draws lie on one side
/// of `point`, or a quantile beyond them all.
pub fn bca(
    point: f64,
    drawn: &[Option<f64>],
    left_out: &[Option<f64>],
    miss: f64,
) -> Option<Interval> {
    let sorted = sorted(drawn)?;
    let left_out: Vec<f64> = left_out.iter().copied().collect::<Option<_>>()?;
    finite(&left_out)?;
    let below = sorted.iter().filter(|value| **value < point).count();
    let to = sorted.iter().filter(|value| **value <= point).count();
    let share = 0.5 * (below + to) as f64 / sorted.len() as f64;
    let normal = Normal::standard();
    let bias = normal.inverse_cdf(chance(share)?);
    let acceleration = acceleration(&left_out);
    let quantile = |p: f64| {
        let z = bias + normal.inverse_cdf(p);
        let rest = 1.0 - acceleration * z;
        if rest > 0.0 { chance(normal.cdf(bias + z / rest)) } else { None }
    };
    let miss = chance(miss)?;
    Some(between(&sorted, quantile(0.5 * miss)?, quantile(1.0 - 0.5 * miss)?))
}

/// Two-sided p value of a figure against zero: the share of draws at least as far from it as it is
/// from zero, (1 + #{|θ* − θ| ≥ |θ|})/(1 + R); chapter 4 of Davison & Hinkley, Bootstrap Methods
/// and their Application, 1997.
///
/// Assumes that the draws spread around the figure as figures do around what is true.
pub fn p(point: f64, drawn: &[Option<f64>]) -> Option<f64> {
    let sorted = sorted(drawn)?;
    let as_far = sorted.iter().filter(|value| (**value - point).abs() >= point.abs()).count();
    Some((1 + as_far) as f64 / (1 + sorted.len()) as f64)
}

fn acceleration(left_out: &[f64]) -> f64 {
    let mean = average(left_out);
    let power = |n: i32| left_out.iter().map(|value| (mean - value).powi(n)).sum::<f64>();
    let squares = power(2);
    if squares == 0.0 { 0.0 } else { power(3) / (6.0 * squares.powf(1.5)) }
}

fn sorted(drawn: &[Option<f64>]) -> Option<Vec<f64>> {
    let mut defined: Vec<f64> = drawn.iter().flatten().copied().collect();
    finite(&defined)?;
    defined.sort_by(f64::total_cmp);
    (2 * defined.len() >= drawn.len()).then_some(defined)
}

fn between(sorted: &[f64], low: f64, high: f64) -> Interval {
    let at = |p: f64| {
        let place = p * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        below + (above - below) * place.fract()
    };
    Interval { low: at(low), high: at(high) }
}
