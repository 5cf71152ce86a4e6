//! Intervals of a proportion and of a mean.

use statrs::distribution::{ContinuousCDF, Normal};

use super::{average, finite};
use crate::stats::clusters::deviation;
use crate::stats::error::t_quantile;

/// What a figure is thought to lie between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The chance that an interval misses, if it is one at all.
pub(super) fn chance(miss: f64) -> Option<f64> {
    (miss > 0.0 && miss < 1.0).then_some(miss)
}

/// Interval of a proportion that misses with chance `miss` (0.05 for 95 %); Wilson, Journal of the
/// American Statistical Association 1927:
/// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
///
/// Assumes independent items. None of no items or of more successes than items.
pub fn wilson(successes: u64, items: u64, miss: f64) -> Option<Interval> {
    if items == 0 || successes > items {
        return None;
    }
    let z = -Normal::standard().inverse_cdf(0.5 * chance(miss)?);
    let n = items as f64;
    let share = successes as f64 / n;
    let shrinks = 1.0 + z * z / n;
    let centre = (share + 0.5 * z * z / n) / shrinks;
    let half = z / shrinks * (share * (1.0 - share) / n + 0.25 * z * z / (n * n)).sqrt();
    Some(Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
}

/// Interval of a mean that misses with chance `miss`: x̄ ± t s/√n with n − 1 degrees of freedom.
///
/// Assumes independent values that are normal, or many. None of fewer than two values.
pub fn mean_t(values: &[f64], miss: f64) -> Option<Interval> {
    finite(values)?;
    if values.len() < 2 {
        return None;
    }
    let error = deviation(values) / (values.len() as f64).sqrt();
    let half = t_quantile(values.len() - 1, chance(miss)?) * error;
    Some(Interval { low: average(values) - half, high: average(values) + half })
}
