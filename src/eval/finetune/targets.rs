//! What a network is trained to answer.

use tch::{Reduction, Tensor};

use crate::error::Result;
use crate::eval::metric::Truth;
use crate::model::classifier::{binary_cross_entropy, cross_entropy};

/// The answers of train items as numbers, and what is minimised.
pub(super) struct Targets {
    kind: Kind,
    /// `[items, outputs]`, row by row: ones among zeros, or standardised numbers.
    pub marks: Vec<f32>,
    outputs: usize,
}

enum Kind {
    Classes,
    Tags,
    /// Mean and population deviation of each output.
    Values(Vec<[f64; 2]>),
}

impl Targets {
    pub fn new(truth: &Truth, outputs: usize) -> Targets {
        let mark = |is: bool| f32::from(u8::from(is));
        let (kind, marks) = match truth {
            Truth::Classes(classes) => {
                let places =
                    classes.iter().flat_map(|class| (0..outputs).map(move |at| (at, class)));
                (Kind::Classes, places.map(|(at, class)| mark(at == *class)).collect())
            }
            Truth::Tags(tags) => (Kind::Tags, tags.iter().map(|tag| mark(*tag)).collect()),
            Truth::Values(values) => {
                let scale: Vec<[f64; 2]> =
                    (0..outputs).map(|output| moments(values, output, outputs)).collect();
                let scaled = |(at, value): (usize, &f64)| {
                    let [mean, deviation] = scale[at % outputs];
                    ((value - mean) / deviation) as f32
                };
                let marks = values.iter().enumerate().map(scaled).collect();
                (Kind::Values(scale), marks)
            }
        };
        Targets { kind, marks, outputs }
    }

    /// Whether an item is of one class alone.
    pub fn exclusive(&self) -> bool {
        matches!(self.kind, Kind::Classes)
    }

    /// Cross-entropy of classes, binary cross-entropy of tags, squared error of standardised
    /// numbers, each a mean.
    ///
    /// # Shapes
    /// `[batch, outputs]` twice → `[]`
    pub fn loss(&self, scores: &Tensor, marks: &Tensor) -> Result<Tensor> {
        Ok(match self.kind {
            Kind::Classes => cross_entropy(scores, marks),
            Kind::Tags => binary_cross_entropy(scores, marks),
            Kind::Values(_) => scores.f_mse_loss(marks, Reduction::Mean)?,
        })
    }

    /// Scores `[rows, outputs]`, row by row, in the unit of the answers.
    pub fn undone(&self, mut scores: Vec<f64>) -> Vec<f64> {
        if let Kind::Values(scale) = &self.kind {
            for row in scores.chunks_exact_mut(self.outputs) {
                for (score, [mean, deviation]) in row.iter_mut().zip(scale) {
                    *score = *score * deviation + mean;
                }
            }
        }
        scores
    }
}

/// Mean and population deviation of an output; a constant one has deviation 1.
fn moments(values: &[f64], output: usize, outputs: usize) -> [f64; 2] {
    let column = || values.iter().skip(output).step_by(outputs);
    let count = (values.len() / outputs) as f64;
    let mean = column().sum::<f64>() / count;
    let deviation = (column().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    [mean, if deviation > 1e-6 * mean.abs().max(1e-6) { deviation } else { 1.0 }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_their_own_unit() {
        let values = vec![1.0, 50.0, 3.0, 50.0];
        let targets = Targets::new(&Truth::Values(values.clone()), 2);
        assert_eq!(targets.marks, [-1.0, 0.0, 1.0, 0.0]);
        let scores = targets.marks.iter().map(|mark| f64::from(*mark)).collect();
        assert_eq!(targets.undone(scores), values);
    }

    #[test]
    fn losses_of_a_network_that_knows_nothing_have_their_closed_form() {
        let zeros = Tensor::zeros([2, 3], (tch::Kind::Float, tch::Device::Cpu));
        let loss = |truth: Truth| {
            let targets = Targets::new(&truth, 3);
            let marks = Tensor::from_slice(&targets.marks).reshape([2, 3]);
            targets.loss(&zeros, &marks).unwrap().double_value(&[])
        };
        assert!((loss(Truth::Classes(vec![2, 0])) - 3f64.ln()).abs() < 1e-6);
        let tags = vec![true, false, false, true, true, false];
        assert!((loss(Truth::Tags(tags)) - 2f64.ln()).abs() < 1e-6);
        // Standardised numbers have a mean square of one; the constant one has none.
        let values = vec![1.0, 7.0, 4.0, 3.0, 8.0, 4.0];
        assert!((loss(Truth::Values(values)) - 2.0 / 3.0).abs() < 1e-6);
    }
}
