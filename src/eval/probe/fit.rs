//! Fitting a grid of probes with early stopping, and choosing among them on valid.

use rand::seq::index::sample;
use tch::{Device, Kind, Tensor};

use super::Examples;
use super::grid::{Grid, Point};
use super::stack::{Kept, Objective, Stack};
use crate::error::{Error, Result};
use crate::eval::metric::{Metric, Predictions, Truth};
use crate::seed::Seed;

/// The best probe of a grid on valid.
pub struct Fitted {
    /// Its settings.
    pub point: Point,
    /// Its value on valid.
    pub value: f64,
    /// Steps after which it was best.
    pub steps: u64,
    weights: Kept,
    scale: Scale,
    targets: Option<Scale>,
}

/// Fits every probe of the grid on `train` and returns the one with the best `metric` on `valid`;
/// the first in the grid's order wins a tie.
///
/// # Errors
/// When no probe gets a defined value on valid.
pub fn fit(
    grid: &Grid,
    names: &[String],
    (train, valid): (&Examples, &Examples),
    metric: &dyn Metric,
    seed: Seed,
) -> Result<Fitted> {
    let points = grid.points();
    let mut best: Option<(usize, Fitted)> = None;
    for shape in shapes(&points) {
        let members: Vec<Point> = shape.iter().map(|i| points[*i].clone()).collect();
        let mut group = Group::new(members, names, train, valid, seed);
        group.run(grid, metric, seed)?;
        for (at, position) in shape.iter().enumerate() {
            let Some((value, steps)) = group.best[at] else { continue };
            let wins = best.as_ref().is_none_or(|(first, fitted)| {
                let gain = metric.gain(value, fitted.value);
                gain > 0.0 || (gain == 0.0 && position < first)
            });
            if wins {
                best = Some((*position, group.fitted(at, value, steps)));
            }
        }
    }
    best.map(|(_, fitted)| fitted).ok_or_else(|| {
        Error::Failed(format!("{} is undefined on valid, so no probe can be chosen", metric.name()))
    })
}

impl Fitted {
    /// Scores of items, `[items, outputs]` row-major: logits, or numbers in the targets' unit.
    ///
    /// # Errors
    /// When libtorch refuses the shape.
    pub fn predict(&self, embeddings: &Tensor) -> Result<Vec<f64>> {
        let inputs = if self.point.standardise {
            self.scale.apply(embeddings)
        } else {
            embeddings.shallow_clone()
        };
        let scores = self.weights.predict(&inputs);
        let scores =
            self.targets.as_ref().map_or(scores.shallow_clone(), |targets| targets.undo(&scores));
        to_host(&scores)
    }
}

/// Groups of points whose parameters have the same shapes and whose batches the same size.
fn shapes(points: &[Point]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let alike = |group: &&mut Vec<usize>| {
            let first = &points[group[0]];
            first.hidden == point.hidden && first.batch == point.batch
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    groups
}

struct Group<'a> {
    points: Vec<Point>,
    names: &'a [String],
    valid_truth: &'a Truth,
    train: Tensor,
    valid: Tensor,
    objective: Objective,
    scale: Scale,
    targets: Option<Scale>,
    stack: Stack,
    best: Vec<Option<(f64, u64)>>,
    stale: Vec<u64>,
}

impl<'a> Group<'a> {
    fn new(
        points: Vec<Point>,
        names: &'a [String],
        train: &Examples,
        valid: &'a Examples,
        seed: Seed,
    ) -> Group<'a> {
        let scale = Scale::of(&train.embeddings);
        let device = train.embeddings.device();
        let stacked = |embeddings: &Tensor| {
            let scaled = scale.apply(embeddings);
            let each: Vec<&Tensor> =
                points.iter().map(|p| if p.standardise { &scaled } else { embeddings }).collect();
            Tensor::stack(&each, 0)
        };
        let (inputs, valid_inputs) = (stacked(&train.embeddings), stacked(&valid.embeddings));
        let (objective, targets) = objective(&train.truth, names.len(), device);
        let mut rng = seed.stream("probe init", &[]);
        let (dim, outputs) = (train.embeddings.size()[1], names.len() as i64);
        let stack = Stack::new(points.clone(), dim, outputs, &mut rng, device);
        let (best, stale) = (vec![None; points.len()], vec![0; points.len()]);
        let (train, valid, valid_truth) = (inputs, valid_inputs, &valid.truth);
        Group {
            points,
            names,
            valid_truth,
            train,
            valid,
            objective,
            scale,
            targets,
            stack,
            best,
            stale,
        }
    }

    fn run(&mut self, grid: &Grid, metric: &dyn Metric, seed: Seed) -> Result<()> {
        let mut order = seed.stream("probe order", &[]);
        let mut dropout = seed.stream("probe dropout", &[]);
        let items = self.train.size()[1] as usize;
        let batch = self.points[0].batch.min(items);
        for step in 0..=grid.max_steps {
            if step % grid.evaluate_every == 0 || step == grid.max_steps {
                self.look(step, grid.patience, metric)?;
                let exhausted = self.stale.iter().all(|stale| *stale > grid.patience);
                if exhausted || step == grid.max_steps {
                    return Ok(());
                }
            }
            let chosen: Vec<i64> =
                sample(&mut order, items, batch).iter().map(|i| i as i64).collect();
            let chosen = Tensor::from_slice(&chosen).to_device(self.train.device());
            let inputs = self.train.index_select(1, &chosen);
            self.stack.step(&inputs, &self.objective, &chosen, &mut dropout);
        }
        Ok(())
    }

    fn look(&mut self, step: u64, patience: u64, metric: &dyn Metric) -> Result<()> {
        let scores = self.stack.predict(&self.valid);
        let mut better = vec![false; self.points.len()];
        for (at, better) in better.iter_mut().enumerate() {
            if self.stale[at] > patience {
                continue;
            }
            let scores = scores.get(at as i64);
            let scores = self.targets.as_ref().map_or(scores.shallow_clone(), |t| t.undo(&scores));
            let value = self.value(to_host(&scores)?, metric)?;
            *better = value
                .is_some_and(|v| self.best[at].is_none_or(|(best, _)| metric.gain(v, best) > 0.0));
            if *better {
                self.best[at] = value.map(|value| (value, step));
            }
            self.stale[at] = if *better { 0 } else { self.stale[at] + 1 };
        }
        if better.contains(&true) {
            self.stack.keep(&better);
        }
        Ok(())
    }

    fn value(&self, scores: Vec<f64>, metric: &dyn Metric) -> Result<Option<f64>> {
        if scores.iter().any(|score| !score.is_finite()) {
            return Ok(None);
        }
        let predictions = Predictions::new(self.names.to_vec(), scores, self.valid_truth.clone())?;
        Ok(metric.score(&predictions)?.value)
    }

    fn fitted(&self, index: usize, value: f64, steps: u64) -> Fitted {
        Fitted {
            point: self.points[index].clone(),
            value,
            steps,
            weights: self.stack.only(index),
            scale: self.scale.clone(),
            targets: self.targets.clone(),
        }
    }
}

fn objective(truth: &Truth, outputs: usize, device: Device) -> (Objective, Option<Scale>) {
    match truth {
        Truth::Classes(classes) => {
            let classes: Vec<i64> = classes.iter().map(|class| *class as i64).collect();
            (Objective::Classes(Tensor::from_slice(&classes).to_device(device)), None)
        }
        Truth::Tags(tags) => {
            let tags: Vec<f32> = tags.iter().map(|tag| f32::from(u8::from(*tag))).collect();
            let tags = Tensor::from_slice(&tags).reshape([-1, outputs as i64]).to_device(device);
            (Objective::Tags(tags), None)
        }
        Truth::Values(values) => {
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            let values =
                Tensor::from_slice(&values).reshape([-1, outputs as i64]).to_device(device);
            let scale = Scale::of(&values);
            (Objective::Numbers(scale.apply(&values)), Some(scale))
        }
    }
}

/// Mean and population deviation of columns; a column that is constant but for rounding has
/// deviation 1.
pub(super) struct Scale {
    mean: Tensor,
    deviation: Tensor,
}

impl Scale {
    pub(super) fn of(values: &Tensor) -> Scale {
        let mean = values.mean_dim([0].as_slice(), true, Kind::Float);
        let deviation =
            (values - &mean).square().mean_dim([0].as_slice(), true, Kind::Float).sqrt();
        let constant = deviation.le_tensor(&(mean.abs() * 1e-6).clamp_min(1e-12));
        Scale { mean, deviation: deviation.masked_fill(&constant, 1.0) }
    }

    pub(super) fn apply(&self, values: &Tensor) -> Tensor {
        (values - &self.mean) / &self.deviation
    }

    fn undo(&self, values: &Tensor) -> Tensor {
        values * &self.deviation + &self.mean
    }
}

impl Clone for Scale {
    fn clone(&self) -> Scale {
        Scale { mean: self.mean.shallow_clone(), deviation: self.deviation.shallow_clone() }
    }
}

fn to_host(scores: &Tensor) -> Result<Vec<f64>> {
    let flat = scores.to_kind(Kind::Double).to_device(Device::Cpu).contiguous().reshape([-1]);
    Ok(Vec::<f64>::try_from(&flat)?)
}
