//! The coefficient of determination.

use super::{Labels, Metric, Predictions, Score, macro_mean};
use crate::Result;

/// Mean over outputs of R² = 1 − (squared error) / (squared deviation from the test items' own
/// mean).
///
/// An output whose labels are all equal is left out.
pub struct R2;

impl R2 {
    /// R² of each output, whose mean is the score; none where its labels are all equal.
    ///
    /// # Errors
    /// When these are not predictions of numbers.
    pub fn per_output(predictions: &Predictions) -> Result<Vec<Option<f64>>> {
        columns(predictions, &vec![1.0; predictions.items()])
    }
}

impl Metric for R2 {
    fn name(&self) -> &'static str {
        "r2"
    }

    fn labels(&self) -> Labels {
        Labels::Values
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        Ok(macro_mean(&columns(predictions, weights)?, predictions.items()))
    }
}

fn columns(predictions: &Predictions, weights: &[f64]) -> Result<Vec<Option<f64>>> {
    let (truth, scores) = predictions.values()?;
    let outputs = predictions.names().len();
    let column = |output: usize| {
        let rows = truth.iter().zip(scores).skip(output).step_by(outputs);
        r2(rows.zip(weights).map(|((&truth, &score), &weight)| [truth, score, weight]).collect())
    };
    Ok((0..outputs).map(column).collect())
}

fn r2(rows: Vec<[f64; 3]>) -> Option<f64> {
    let total: f64 = rows.iter().map(|[_, _, weight]| weight).sum();
    let mean = rows.iter().map(|[truth, _, weight]| truth * weight).sum::<f64>() / total;
    let deviation: f64 =
        rows.iter().map(|[truth, _, weight]| weight * (truth - mean).powi(2)).sum();
    let error: f64 =
        rows.iter().map(|[truth, score, weight]| weight * (truth - score).powi(2)).sum();
    let first = rows.iter().find(|[_, _, weight]| *weight > 0.0)?[0];
    let varies = rows.iter().any(|[truth, _, weight]| *weight > 0.0 && *truth != first);
    varies.then(|| 1.0 - error / deviation)
}
