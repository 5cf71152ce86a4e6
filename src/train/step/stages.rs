//! Batch normalisation by the statistics of a whole batch that goes through a network in parts.
//!
//! Source: Ioffe and Szegedy, *Batch Normalization*, ICML 2015 (arXiv 1502.03167), whose mean and
//! variance are variables of their own here: first they are found over all parts, then every part
//! is normalised by them; on the way back their gradient is found over all parts before any part's.
//! What is kept of every part is what each stage was given.

use tch::{Kind, Tensor, no_grad};

use super::gradient::Passes;
use crate::error::Result;
use crate::method::Stage;
use crate::model::layer::{BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM};
use crate::native;

/// The way of a view through all stages.
pub(super) struct Passage(Vec<Passed>);

/// What a stage was given, part by part, and what it normalised by.
struct Passed {
    inputs: Vec<Tensor>,
    statistics: Statistics,
}

/// Of every channel, over the items of all parts: `[channels]`, float32.
struct Statistics {
    mean: Tensor,
    /// Divided by their number.
    variance: Tensor,
    /// Values of a channel.
    count: f64,
}

/// Takes the parts of a view through all stages without a graph, and moves the running estimates.
pub(super) fn pass(
    passes: &Passes,
    stages: &[&dyn Stage],
    mut parts: Vec<Tensor>,
) -> Result<(Vec<Tensor>, Passage)> {
    let mut passage = Vec::new();
    for stage in stages {
        let before = |part: &Tensor| passes.cast(|| Ok(no_grad(|| stage.before(part))));
        let moments = parts.iter().map(|part| Ok(moments(&before(part)?)));
        let statistics = Statistics::of(moments.collect::<Result<_>>()?);
        statistics.remember(*stage);
        let after = |part: &Tensor| {
            passes.cast(|| Ok(no_grad(|| statistics.normalised(*stage, &stage.before(part)))))
        };
        let outputs = parts.iter().map(after).collect::<Result<Vec<_>>>()?;
        passage.push(Passed { inputs: std::mem::replace(&mut parts, outputs), statistics });
    }
    Ok((parts, Passage(passage)))
}

impl Passage {
    /// Takes the gradient of a loss with respect to what came out, part by part, back to the
    /// parameters of all stages.
    pub fn back(
        self,
        passes: &Passes,
        stages: &[&dyn Stage],
        mut gradients: Vec<Tensor>,
    ) -> Result<()> {
        for (at, (passed, stage)) in self.0.into_iter().zip(stages).enumerate().rev() {
            let Passed { inputs, statistics } = passed;
            let leaning = statistics.gradient(passes, *stage, &inputs, &gradients)?;
            for (input, gradient) in inputs.into_iter().zip(&mut gradients) {
                // Nothing lies before the first stage.
                let input = input.detach().set_requires_grad(at > 0);
                let values = passes.cast(|| Ok(stage.before(&input)))?;
                let out = passes.cast(|| Ok(statistics.normalised(*stage, &values)))?;
                let through = (out * &*gradient).sum(Kind::Float);
                (through + statistics.pull(&values, &leaning)).f_backward()?;
                *gradient = input.grad();
            }
        }
        Ok(())
    }
}

impl Statistics {
    /// Chan, Golub and LeVeque, *Updating Formulae and a Pairwise Algorithm for Computing Sample
    /// Variances*, 1979: from number, mean and summed squares of every part.
    fn of(parts: Vec<(f64, Tensor, Tensor)>) -> Statistics {
        let count: f64 = parts.iter().map(|(count, ..)| count).sum();
        let weighted = parts.iter().map(|(n, mean, _)| mean * (n / count));
        let mean = weighted.reduce(|a, b| a + b).unwrap_or_default();
        let squares = parts.iter().map(|(n, part, squares)| squares + (part - &mean).square() * *n);
        let squares = squares.reduce(|a, b| a + b).unwrap_or_default();
        Statistics { variance: squares / count, mean, count }
    }

    /// Moves the running estimates as PyTorch's batch normalisation does.
    fn remember(&self, stage: &dyn Stage) {
        let unbiased = &self.variance * (self.count / (self.count - 1.0));
        let norm = stage.norm();
        for (estimate, found) in [(&norm.running_mean, &self.mean), (&norm.running_var, &unbiased)]
        {
            let _ = no_grad(|| estimate.shallow_clone().lerp_(found, BATCH_NORM_MOMENTUM));
        }
    }

    /// What a stage makes of values before normalisation, with this mean and variance.
    fn normalised(&self, stage: &dyn Stage, values: &Tensor) -> Tensor {
        let (norm, dim) = (stage.norm(), values.dim());
        let scale = (&self.variance + BATCH_NORM_EPSILON).rsqrt();
        let scale = norm.ws.as_ref().map_or(scale.shallow_clone(), |ws| &scale * ws);
        let centred = values.to_kind(Kind::Float) - broad(&self.mean, dim);
        let scaled = centred * broad(&scale, dim);
        let normalised = match &norm.bs {
            Some(bs) => scaled + broad(bs, dim),
            None => scaled,
        };
        stage.after(&normalised.to_kind(values.kind()))
    }

    /// The gradient with respect to mean and variance, over all parts.
    fn gradient(
        &self,
        passes: &Passes,
        stage: &dyn Stage,
        inputs: &[Tensor],
        gradients: &[Tensor],
    ) -> Result<[Tensor; 2]> {
        let [mean, variance] =
            [&self.mean, &self.variance].map(|found| found.detach().set_requires_grad(true));
        let leaves = Statistics { mean, variance, count: self.count };
        let mut sums = [self.mean.zeros_like(), self.variance.zeros_like()];
        for (input, gradient) in inputs.iter().zip(gradients) {
            let before = || Ok(no_grad(|| stage.before(input)));
            let values = native::uncounted(|| passes.cast(before))?;
            let out = passes.cast(|| Ok(leaves.normalised(stage, &values)))?;
            let through = (out * gradient).sum(Kind::Float);
            let wanted = [&leaves.mean, &leaves.variance];
            let found = Tensor::f_run_backward(&[through], &wanted, false, false)?;
            for (sum, found) in sums.iter_mut().zip(found) {
                *sum += found;
            }
        }
        Ok(sums)
    }

    /// What has, with respect to a part's values, the gradient that comes by way of mean and
    /// variance.
    fn pull(&self, values: &Tensor, [to_mean, to_variance]: &[Tensor; 2]) -> Tensor {
        let (dim, values) = (values.dim(), values.to_kind(Kind::Float));
        let squares = (&values - broad(&self.mean, dim)).square() * broad(to_variance, dim);
        (values * broad(to_mean, dim) + squares).sum(Kind::Float) / self.count
    }
}

/// Number, mean and summed squares around it of every channel.
fn moments(values: &Tensor) -> (f64, Tensor, Tensor) {
    let (dim, values) = (values.dim(), values.to_kind(Kind::Float));
    let all: Vec<i64> = (0..dim as i64).filter(|axis| *axis != 1).collect();
    let mean = values.mean_dim(all.as_slice(), false, Kind::Float);
    let squares = (&values - broad(&mean, dim)).square();
    let count = values.numel() as f64 / values.size()[1] as f64;
    (count, mean, squares.sum_dim_intlist(all.as_slice(), false, Kind::Float))
}

/// `[channels]` beside values of so many dimensions, channels second.
fn broad(channels: &Tensor, dim: usize) -> Tensor {
    let mut shape = vec![1; dim];
    shape[1] = -1;
    channels.view(shape.as_slice())
}
