//! Macro figures over tags. A tag that lacks positives or negatives is left out of both and
//! counted.

use super::{Labels, Metric, Predictions, Score, draws, macro_mean};
use crate::Result;

/// Mean over tags of the area under the receiver operating characteristic: the chance that an item
/// with the tag scores above one without it, ties counting one half.
pub struct MacroRocAuc;

impl MacroRocAuc {
    /// The area for each tag; none where the tag lacks either class.
    ///
    /// # Errors
    /// When these are not predictions of tags.
    pub fn per_tag(predictions: &Predictions) -> Result<Vec<Option<f64>>> {
        per_tag(predictions, &vec![1.0; predictions.items()], roc_auc)
    }
}

impl Metric for MacroRocAuc {
    fn name(&self) -> &'static str {
        "macro_roc_auc"
    }

    fn labels(&self) -> Labels {
        Labels::Tags
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        Ok(macro_mean(&per_tag(predictions, weights, roc_auc)?, predictions.items()))
    }

    fn drawn(&self, predictions: &Predictions, draws: &[Vec<f64>]) -> Result<Vec<Option<f64>>> {
        draws::drawn(predictions, draws, draws::roc_auc)
    }
}

/// Mean over tags of average precision: precision summed over distinct thresholds, weighted by the
/// gain in recall.
pub struct MacroAveragePrecision;

impl MacroAveragePrecision {
    /// Average precision for each tag; none where the tag lacks either class.
    ///
    /// # Errors
    /// When these are not predictions of tags.
    pub fn per_tag(predictions: &Predictions) -> Result<Vec<Option<f64>>> {
        per_tag(predictions, &vec![1.0; predictions.items()], average_precision)
    }
}

impl Metric for MacroAveragePrecision {
    fn name(&self) -> &'static str {
        "macro_average_precision"
    }

    fn labels(&self) -> Labels {
        Labels::Tags
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        Ok(macro_mean(&per_tag(predictions, weights, average_precision)?, predictions.items()))
    }

    fn drawn(&self, predictions: &Predictions, draws: &[Vec<f64>]) -> Result<Vec<Option<f64>>> {
        draws::drawn(predictions, draws, draws::average_precision)
    }
}

/// Weight of the items with and without the tag among those of one score.
struct Step {
    with: f64,
    without: f64,
}

fn per_tag(
    predictions: &Predictions,
    weights: &[f64],
    figure: fn(&[Step]) -> f64,
) -> Result<Vec<Option<f64>>> {
    let tags = predictions.names().len();
    (0..tags)
        .map(|tag| {
            let steps = steps(predictions, weights, tag)?;
            let both = steps.iter().any(|s| s.with > 0.0) && steps.iter().any(|s| s.without > 0.0);
            Ok(both.then(|| figure(&steps)))
        })
        .collect()
}

/// One step per distinct score, the highest first.
fn steps(predictions: &Predictions, weights: &[f64], tag: usize) -> Result<Vec<Step>> {
    let (truth, scores) = predictions.tags()?;
    let tags = predictions.names().len();
    let mut steps: Vec<Step> = Vec::new();
    let mut last = None;
    for &item in &predictions.order()?[tag] {
        let at = item * tags + tag;
        if last != Some(scores[at]) {
            steps.push(Step { with: 0.0, without: 0.0 });
            last = Some(scores[at]);
        }
        if let Some(step) = steps.last_mut() {
            *(if truth[at] { &mut step.with } else { &mut step.without }) += weights[item];
        }
    }
    Ok(steps)
}

fn roc_auc(steps: &[Step]) -> f64 {
    let with: f64 = steps.iter().map(|step| step.with).sum();
    let without: f64 = steps.iter().map(|step| step.without).sum();
    let mut below = without;
    let mut won = 0.0;
    for step in steps {
        below -= step.without;
        won += step.with * (below + 0.5 * step.without);
    }
    won / (with * without)
}

fn average_precision(steps: &[Step]) -> f64 {
    let all: f64 = steps.iter().map(|step| step.with).sum();
    let (mut with, mut without, mut sum) = (0.0, 0.0, 0.0);
    for step in steps {
        with += step.with;
        without += step.without;
        if step.with > 0.0 {
            sum += step.with / all * (with / (with + without));
        }
    }
    sum
}
