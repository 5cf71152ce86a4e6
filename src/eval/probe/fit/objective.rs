//! What the outputs of probes are fitted to.

use tch::{Device, Kind, Tensor};

use super::scale::Scale;
use crate::eval::metric::Truth;

/// What is minimised, as a mean over examples.
pub(super) enum Objective {
    /// Minus one at an example's class, else 0, `[examples, classes]`: cross-entropy.
    Classes(Tensor),
    /// Tags, 0 or 1, `[examples, tags]`: binary cross-entropy, a mean over tags too.
    Tags(Tensor),
    /// Standardised numbers, `[examples, outputs]`: squared error, a mean over outputs too.
    Numbers(Tensor),
}

impl Objective {
    /// The objective of examples; numbers are standardised by `scale`.
    pub(super) fn new(
        truth: &Truth,
        outputs: usize,
        scale: Option<&Scale>,
        device: Device,
    ) -> Objective {
        let table = |values: &[f32]| {
            Tensor::from_slice(values).reshape([-1, outputs as i64]).to_device(device)
        };
        match truth {
            Truth::Classes(classes) => {
                let mut marks = vec![0.0; classes.len() * outputs];
                for (example, class) in classes.iter().enumerate() {
                    marks[example * outputs + class] = -1.0;
                }
                Objective::Classes(table(&marks))
            }
            Truth::Tags(tags) => {
                let tags: Vec<f32> = tags.iter().map(|tag| f32::from(u8::from(*tag))).collect();
                Objective::Tags(table(&tags))
            }
            Truth::Values(values) => {
                let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
                let values = table(&values);
                Objective::Numbers(scale.map_or(values.shallow_clone(), |s| s.apply(&values)))
            }
        }
    }

    /// The scale of numbers; none of other truths.
    pub(super) fn scale(truth: &Truth, outputs: usize, device: Device) -> Option<Scale> {
        match Objective::new(truth, outputs, None, device) {
            Objective::Numbers(values) => Some(Scale::of(&values)),
            _ => None,
        }
    }

    /// The gradient of the loss with respect to the scores of the examples `chosen`.
    ///
    /// # Shapes
    /// `[probes, chosen, outputs]` → the same.
    pub(super) fn gradient(&self, scores: &Tensor, chosen: &Tensor) -> Tensor {
        let outputs = scores.size()[2] as f64;
        let mean = 1.0 / scores.size()[1] as f64;
        let target = |all: &Tensor| all.index_select(0, chosen).unsqueeze(0);
        match self {
            Objective::Classes(marks) => {
                let of_loss = (target(marks) * mean).expand_as(scores).contiguous();
                let odds = scores.log_softmax(-1, Kind::Float);
                Tensor::internal_log_softmax_backward_data(&of_loss, &odds, -1, Kind::Float)
            }
            Objective::Tags(tags) => (scores.sigmoid() - target(tags)) * (mean / outputs),
            Objective::Numbers(numbers) => (scores - target(numbers)) * (2.0 * mean / outputs),
        }
    }

    /// The loss of every probe on the examples `chosen`.
    ///
    /// # Shapes
    /// `[probes, chosen, outputs]` → `[probes]`, float64.
    pub(super) fn losses(&self, scores: &Tensor, chosen: &Tensor) -> Tensor {
        let target = |all: &Tensor| all.index_select(0, chosen).unsqueeze(0).expand_as(scores);
        let each = match self {
            Objective::Classes(marks) => {
                let outputs = scores.size()[2] as f64;
                scores.log_softmax(-1, Kind::Float) * target(marks) * outputs
            }
            Objective::Tags(tags) => {
                let none = tch::Reduction::None;
                let tags = target(tags);
                scores.binary_cross_entropy_with_logits::<Tensor>(&tags, None, None, none)
            }
            Objective::Numbers(numbers) => (scores - target(numbers)).square(),
        };
        each.mean_dim([1, 2].as_slice(), false, Kind::Double)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objectives() -> [(Objective, f64); 3] {
        let new = |truth: Truth| Objective::new(&truth, 3, None, Device::Cpu);
        // With all scores 0: log 3, log 2, and the mean of the squares.
        [
            (new(Truth::Classes(vec![2, 0])), 3f64.ln()),
            (new(Truth::Tags(vec![true, false, false, true, true, false])), 2f64.ln()),
            (new(Truth::Values(vec![1.0, 2.0, 3.0, 0.0, 0.0, 1.0])), 15.0 / 6.0),
        ]
    }

    #[test]
    fn losses_of_probes_that_know_nothing_have_their_closed_form() {
        let (scores, both) =
            (Tensor::zeros([2, 2, 3], (Kind::Float, Device::Cpu)), Tensor::from_slice(&[0i64, 1]));
        for (objective, expected) in objectives() {
            let losses = Vec::<f64>::try_from(objective.losses(&scores, &both)).unwrap();
            assert!(losses.iter().all(|loss| (loss - expected).abs() < 1e-6), "{losses:?}");
        }
    }

    #[test]
    fn gradients_are_those_of_the_losses() {
        tch::manual_seed(1);
        let chosen = Tensor::from_slice(&[1i64, 0, 1]);
        for (objective, _) in objectives() {
            let scores = Tensor::randn([2, 3, 3], (Kind::Float, Device::Cpu));
            let scores = scores.set_requires_grad(true);
            objective.losses(&scores, &chosen).sum(Kind::Double).backward();
            let difference = objective.gradient(&scores.detach(), &chosen) - scores.grad();
            assert!(difference.abs().max().double_value(&[]) < 1e-6);
        }
    }
}
