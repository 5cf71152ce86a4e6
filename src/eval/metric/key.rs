//! Weighted key scores: how near an estimated key is.
//!
//! The weights of the MIREX audio key detection task as mir_eval computes them (Raffel et al.,
//! "mir_eval: A transparent implementation of common MIR metrics", ISMIR 2014), where only a fifth
//! *above* counts; since 2017 MIREX counts a fifth in either direction, which is another figure
//! under another name.

use super::{Labels, Metric, Predictions, Score, mean};
use crate::Result;
use crate::data::Key;

/// Mean [`key_score`] in which an estimate a fifth above the truth counts one half.
pub struct WeightedKeyScore;

impl Metric for WeightedKeyScore {
    fn name(&self) -> &'static str {
        "weighted_key_score"
    }

    fn labels(&self) -> Labels {
        Labels::Classes
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        Ok(mean(items(predictions, false)?, weights))
    }

    fn item_scores(&self, predictions: &Predictions) -> Option<Vec<f64>> {
        items(predictions, false).ok()
    }
}

/// Mean [`key_score`] in which an estimate a fifth above or below the truth counts one half.
pub struct WeightedKeyScoreBothFifths;

impl Metric for WeightedKeyScoreBothFifths {
    fn name(&self) -> &'static str {
        "weighted_key_score_both_fifths"
    }

    fn labels(&self) -> Labels {
        Labels::Classes
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        Ok(mean(items(predictions, true)?, weights))
    }

    fn item_scores(&self, predictions: &Predictions) -> Option<Vec<f64>> {
        items(predictions, true).ok()
    }
}

/// How an estimated key stands to the true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same tonic and mode.
    Correct,
    /// The same mode, a fifth above.
    Fifth,
    /// The same mode, a fifth below.
    FifthBelow,
    /// The other mode of the same key signature.
    Relative,
    /// The other mode on the same tonic.
    Parallel,
    /// None of these.
    Other,
}

/// How `estimate` stands to `truth`.
pub fn relation(truth: Key, estimate: Key) -> Relation {
    let interval = (estimate.tonic() + 12 - truth.tonic()) % 12;
    match (truth.is_minor(), estimate.is_minor(), interval) {
        (truth, estimate, 0) if truth == estimate => Relation::Correct,
        (truth, estimate, 7) if truth == estimate => Relation::Fifth,
        (truth, estimate, 5) if truth == estimate => Relation::FifthBelow,
        (false, true, 9) | (true, false, 3) => Relation::Relative,
        (false, true, 0) | (true, false, 0) => Relation::Parallel,
        _ => Relation::Other,
    }
}

/// What an estimated key is worth, from 0 to 1; `both_fifths` also counts a fifth below.
pub fn key_score(truth: Key, estimate: Key, both_fifths: bool) -> f64 {
    match relation(truth, estimate) {
        Relation::Correct => 1.0,
        Relation::Fifth => 0.5,
        Relation::FifthBelow if both_fifths => 0.5,
        Relation::Relative => 0.3,
        Relation::Parallel => 0.2,
        Relation::FifthBelow | Relation::Other => 0.0,
    }
}

fn items(predictions: &Predictions, both_fifths: bool) -> Result<Vec<f64>> {
    let (truth, predicted, _) = predictions.classes()?;
    let keys: Vec<Key> =
        predictions.names().iter().map(|name| name.parse()).collect::<Result<_>>()?;
    let pairs = truth.iter().zip(predicted);
    Ok(pairs
        .map(|(&truth, &estimate)| key_score(keys[truth], keys[estimate], both_fifths))
        .collect())
}
