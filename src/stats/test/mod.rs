//! Tests, intervals and effect sizes on plain numbers, as other packages define them.
//!
//! The verdict of a comparison is its interval over seeds and items
//! ([`difference`](super::difference)); these stand beside it. What a test takes as independent
//! (items, groups of items, seeds, tasks) is the caller's to choose and to name: of items that hang
//! together, each group's sum or mean goes in.
//!
//! | to compare | on | with |
//! |---|---|---|
//! | right and wrong answers of two runs | items | [`mcnemar`] |
//! | scores of two rows | items or paired seeds | [`sign_flip`], [`wilcoxon`], [`paired_t`] |
//! | areas under the ROC curve | items | [`delong`] |
//! | any figure | groups of items | [`bootstrap`] |
//! | splits drawn again | splits | [`nadeau_bengio`] |
//! | unpaired scores | runs | [`mann_whitney()`] |
//! | many rows | tasks | [`MeanRanks`], [`bayesian_signed_rank`], [`interquartile_mean`] |
//!
//! What no report of ours prints is there for other programs, and held to the same figures of other
//! packages (`examples/golden`, `tests/statistics`) as the rest.
//!
//! Nothing returned is ever NaN. Where nothing differs at all, the p value is 1 and the statistic
//! that of no effect; a figure that is undefined, or that was asked of values that are no numbers,
//! is `None`.

mod adjust;
pub mod bootstrap;
mod correlation;
mod effect;
mod interval;
mod mann_whitney;
mod paired;
mod ranks;
mod tail;
mod tasks;

pub use adjust::{benjamini_hochberg, bonferroni, holm};
pub use correlation::{Correlation, kendall, spearman};
pub use effect::{Superiority, cliffs_delta, cohens_d, cohens_d_z, superiority, vargha_delaney};
pub use interval::{Interval, mean_t, wilson};
pub use mann_whitney::{mann_whitney, smallest_p_unpaired};
pub use paired::{
    DeLong, Rope, Zeros, bayesian_signed_rank, delong, mcnemar, nadeau_bengio, paired_t, sign_flip,
    smallest_p_paired, wilcoxon, wilcoxon_normal,
};
pub use tasks::{MeanRanks, Ties, critical_value, interquartile_mean};

/// Values nearer to each other than this share of the largest are equal: so far apart may sums be
/// that were rounded in another order.
const ROUNDING: f64 = 1e-9;

/// A sum or a deviation below this share of the values it is made of is what rounding left of zero.
const NOISE: f64 = 1e-12;

/// What a test found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The statistic that the test is named for.
    pub statistic: f64,
    /// Chance of one at least as extreme, in either direction, where nothing differs.
    pub p: f64,
}

/// None where a value is no number or its powers are too large for one, or there is none.
fn finite(values: &[f64]) -> Option<()> {
    (!values.is_empty() && values.iter().all(|value| value.abs() < 1e100)).then_some(())
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}
