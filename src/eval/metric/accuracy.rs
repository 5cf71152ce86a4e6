//! Accuracy: the fraction of items whose class is right.

use super::{Labels, Metric, Predictions, Score, mean};
use crate::Result;

/// Fraction of items whose true class has the highest score; of equal scores the first class wins.
pub struct Accuracy;

impl Metric for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn labels(&self) -> Labels {
        Labels::Classes
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        Ok(mean(within(predictions, 1)?, weights))
    }

    fn item_scores(&self, predictions: &Predictions) -> Option<Vec<f64>> {
        within(predictions, 1).ok()
    }
}

/// Fraction of items whose true class is among the three highest scores.
pub struct TopThree;

impl Metric for TopThree {
    fn name(&self) -> &'static str {
        "top3_accuracy"
    }

    fn labels(&self) -> Labels {
        Labels::Classes
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        Ok(mean(within(predictions, 3)?, weights))
    }

    fn item_scores(&self, predictions: &Predictions) -> Option<Vec<f64>> {
        within(predictions, 3).ok()
    }
}

fn within(predictions: &Predictions, top: usize) -> Result<Vec<f64>> {
    let (_, _, rank) = predictions.classes()?;
    Ok(rank.iter().map(|&rank| if rank <= top { 1.0 } else { 0.0 }).collect())
}
