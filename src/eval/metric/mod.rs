//! Metrics: what a prediction is worth. All figures are computed in f64.

mod accuracy;
mod draws;
mod key;
mod predictions;
mod regression;
pub mod retrieval;
mod tagging;

pub use accuracy::{Accuracy, TopThree};
pub use key::{Relation, WeightedKeyScore, WeightedKeyScoreBothFifths, key_score, relation};
pub use predictions::{Labels, Predictions, Truth};
pub(super) use predictions::{falling, first_largest};
pub use regression::R2;
pub use tagging::{MacroAveragePrecision, MacroRocAuc};

use super::version::first;
use crate::error::{Error, Result, unknown};

/// The figure a metric gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The figure; none where it is undefined.
    pub value: Option<f64>,
    /// Items it was computed on.
    pub n: usize,
    /// Outputs (tags, columns) it is undefined for and was therefore computed without.
    pub left_out: usize,
}

/// What predictions are measured by.
pub trait Metric: Sync {
    /// Its name in suites and tables.
    fn name(&self) -> &'static str;

    /// Whether a larger figure is a better one.
    fn higher_is_better(&self) -> bool {
        true
    }

    /// Raised whenever its figures change: scores by different versions are never compared.
    fn version(&self) -> u32 {
        first()
    }

    /// By how much `value` is better than `other`; negative where it is worse.
    fn gain(&self, value: f64, other: f64) -> f64 {
        if self.higher_is_better() { value - other } else { other - value }
    }

    /// The kind of labels it is for.
    fn labels(&self) -> Labels;

    /// The figure with item `i` counted `weights[i]` times: what a bootstrap draws.
    ///
    /// # Errors
    /// When the predictions are of another kind, or name an output that the metric cannot read.
    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score>;

    /// The figure on each of many draws, each as [`Metric::weighted`] gives it; none where it is
    /// undefined.
    ///
    /// # Errors
    /// As [`Metric::weighted`].
    fn drawn(&self, predictions: &Predictions, draws: &[Vec<f64>]) -> Result<Vec<Option<f64>>> {
        draws.iter().map(|weights| Ok(self.weighted(predictions, weights)?.value)).collect()
    }

    /// The figure with every item counted once.
    ///
    /// # Errors
    /// As [`Metric::weighted`].
    fn score(&self, predictions: &Predictions) -> Result<Score> {
        self.weighted(predictions, &vec![1.0; predictions.items()])
    }

    /// Each item's own score where the figure is their mean; none for a composite figure.
    fn item_scores(&self, _predictions: &Predictions) -> Option<Vec<f64>> {
        None
    }
}

/// The figure of predictions by several draws of labels: the mean of the draws' figures; none where
/// one is undefined.
///
/// # Errors
/// As [`Metric::weighted`].
pub fn mean_score(metric: &dyn Metric, predictions: &Predictions) -> Result<Score> {
    let scores = predictions.draws().map(|one| metric.score(one)).collect::<Result<Vec<_>>>()?;
    let values: Option<Vec<f64>> = scores.iter().map(|score| score.value).collect();
    let value = values.map(|values| values.iter().sum::<f64>() / values.len() as f64);
    let left_out = scores.iter().map(|score| score.left_out).max().unwrap_or(0);
    // Which items a figure is of depends on their truth alone, which all draws share.
    let n = scores.first().map_or(0, |score| score.n);
    Ok(Score { value, n, left_out })
}

/// Every metric, by the order of their kinds.
pub const ALL: &[&dyn Metric] = &[
    &Accuracy,
    &TopThree,
    &WeightedKeyScore,
    &WeightedKeyScoreBothFifths,
    &MacroRocAuc,
    &MacroAveragePrecision,
    &R2,
    &retrieval::MAP,
    &retrieval::MAP_WITHOUT_EMPTY,
    &retrieval::PRECISION_AT_10,
    &retrieval::MR1,
    &retrieval::MR1_WITHOUT_EMPTY,
];

/// The metric of that name.
///
/// # Errors
/// For a name that is none, with the nearest one.
pub fn by_name(name: &str) -> Result<&'static dyn Metric> {
    let found = ALL.iter().copied().find(|metric| metric.name() == name);
    found.ok_or_else(|| Error::Invalid(unknown("metric", name, ALL.iter().map(|m| m.name()))))
}

/// The mean of item scores, for the metrics that are one.
fn mean(items: Vec<f64>, weights: &[f64]) -> Score {
    let total: f64 = weights.iter().sum();
    let sum: f64 = items.iter().zip(weights).map(|(score, weight)| score * weight).sum();
    let value = (total > 0.0).then(|| sum / total);
    Score { value, n: items.len(), left_out: 0 }
}

/// The unweighted mean over the outputs a figure is defined for.
fn macro_mean(outputs: &[Option<f64>], n: usize) -> Score {
    let defined: Vec<f64> = outputs.iter().flatten().copied().collect();
    let left_out = outputs.len() - defined.len();
    let value = (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64);
    Score { value, n, left_out }
}
