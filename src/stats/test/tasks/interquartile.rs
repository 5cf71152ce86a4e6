//! A mean that outliers do not move.

use crate::stats::test::{average, finite};

/// Mean of what is left when a quarter of the values, rounded down, is cut off at either end;
/// Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, NeurIPS
/// 2021.
///
/// Over runs and tasks together, whose scores must be of one scale. None of no values.
pub fn interquartile_mean(values: &[f64]) -> Option<f64> {
    finite(values)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    Some(average(&sorted[cut..sorted.len() - cut]))
}
