//! Probes on their way: fitted together, each until valid no longer improves.

use tch::Tensor;

use super::data::Data;
use super::draws::{Order, Rows, indices, masks};
use super::stack::{Seen, Stack};
use super::{Fitted, Scale};
use crate::error::Result;
use crate::eval::probe::grid::{Dropout, Keep, Plateau, Point, Watch};
use crate::eval::probe::judge::Worth;
use crate::seed::Rng;
use crate::tensors::send;

/// Probes that are fitted together.
pub(super) struct Group<'a> {
    data: &'a Data<'a>,
    members: Vec<Member>,
    stack: Stack,
    inputs: Inputs,
    /// What answers on valid rest on: `[rows, dim]`, or `[members, rows, dim]`.
    judged: Tensor,
    order: Order,
    watched: Rows,
    dropout: Rng,
    done: Vec<Fitted>,
}

/// One of them.
struct Member {
    position: usize,
    point: Point,
    best: Option<Best>,
    stale: u64,
    /// The lowest loss by the plateau's standard, and the looks since.
    plateau: (f64, u64),
}

/// How one of them was best so far.
struct Best {
    figure: Figure,
    steps: u64,
}

/// What a look found.
#[derive(Clone, Copy)]
enum Figure {
    Loss(f64),
    Metric(Worth),
}

/// What members read of the same rows; tensors hold it once if it is the same for all.
struct Inputs {
    /// Whether embeddings are standardised and how much is dropped: all there are.
    kinds: Vec<(bool, f64)>,
    /// The rows of train of each kind.
    fitted: Vec<Tensor>,
    /// The kind of each member, int64.
    kind: Tensor,
    /// `[members, 1, 1]`: what is multiplied with values that are not dropped.
    kept: Tensor,
}

impl<'a> Group<'a> {
    pub(super) fn new(data: &'a Data<'a>, members: Vec<(usize, Point)>) -> Group<'a> {
        let asked = data.asked;
        let (grid, seed) = (asked.grid, asked.seed);
        let points: Vec<&Point> = members.iter().map(|(_, point)| point).collect();
        let ends = [data.train.rows.size()[1], asked.names.len() as i64];
        let mut rng = seed.stream("probe init", &[]);
        let stack = Stack::new(&points, grid.bias, ends, &mut rng, data.device());
        let rows = Rows::new(&data.train, grid.draw, 0, seed);
        let order = Order::new(rows, points[0].batch, grid.epochs.is_some(), seed);
        let inputs = Inputs::new(data, &points);
        let judged = inputs.judged(data, &data.answering.rows);
        let members = members
            .into_iter()
            .map(|(position, point)| Member {
                position,
                point,
                best: None,
                stale: 0,
                plateau: (f64::INFINITY, 0),
            })
            .collect();
        let watched = Rows::new(&data.watched, grid.draw, 1, seed);
        let dropout = seed.stream("probe dropout", &[]);
        Group { data, members, stack, inputs, judged, order, watched, dropout, done: Vec::new() }
    }

    /// Fits all of them and gives those that have a value on valid.
    pub(super) fn run(mut self) -> Result<Vec<Fitted>> {
        let grid = self.data.asked.grid;
        let pass = self.order.steps_of_pass();
        let (every, last) = match grid.epochs {
            Some(epochs) => (pass, Some(epochs * pass)),
            None => (grid.evaluate_every.unwrap_or(1), grid.max_steps),
        };
        for step in 0.. {
            let last = Some(step) == last;
            if last || (step % every == 0 && (step > 0 || grid.epochs.is_none())) {
                self.look(step)?;
                self.leave(step, last)?;
                if self.members.is_empty() {
                    break;
                }
            }
            self.step()?;
        }
        Ok(self.done)
    }

    fn step(&mut self) -> Result<()> {
        let chosen = indices(&self.order.next(), self.data.device());
        let mut inputs = self.inputs.rows(&chosen);
        let drop = self.data.asked.grid.drop;
        let widths = self.members[0].point.hidden.layers().to_vec();
        let rows = inputs.size()[1];
        let every = drop == Dropout::EveryLayer;
        let mut mask = |dropped: bool, width| dropped.then(|| self.mask([rows, width])).flatten();
        if let Some(mask) = mask(every, inputs.size()[2]) {
            inputs *= mask;
        }
        let hidden: Vec<Option<Tensor>> =
            widths.iter().enumerate().map(|(at, width)| mask(every || at == 0, *width)).collect();
        let kept = |mask| (self.inputs.spread(mask), self.inputs.kept.shallow_clone());
        let masks = hidden.into_iter().map(|mask| mask.map(kept)).collect();
        let inputs = self.inputs.spread(inputs).expand([self.stack.probes(), -1, -1], false);
        self.stack.step(Seen { inputs, masks, objective: &self.data.objective, chosen })
    }

    /// A mask for each kind of inputs, where any are dropped.
    fn mask(&mut self, size: [i64; 2]) -> Option<Tensor> {
        let rates: Vec<f64> = self.inputs.kinds.iter().map(|(_, rate)| *rate).collect();
        let any = rates.iter().any(|rate| *rate > 0.0);
        any.then(|| send(&masks(&mut self.dropout, &rates, size), self.data.device()))
    }

    /// Looks at valid.
    fn look(&mut self, step: u64) -> Result<()> {
        let grid = self.data.asked.grid;
        let figures = match grid.watch {
            Watch::Metric => self.values()?,
            Watch::Loss => self.losses()?,
        };
        let mut improved = Vec::new();
        for (at, figure) in figures.into_iter().enumerate() {
            let member = &mut self.members[at];
            if let (Some(plateau), Some(Figure::Loss(loss))) = (&grid.plateau, &figure)
                && member.is_stuck(*loss, plateau)
            {
                self.stack.slow(at, plateau.factor);
            }
            let gain = |now: Figure, best: &Best| self.data.gain(now, best.figure) > 0.0;
            let beats = |now: Figure| member.best.as_ref().is_none_or(|best| gain(now, best));
            match figure.filter(|now| beats(*now)) {
                Some(figure) => {
                    (member.best, member.stale) = (Some(Best { figure, steps: step }), 0);
                    improved.push(at as i64);
                }
                None => member.stale += 1,
            }
        }
        if !improved.is_empty() && grid.keep == Keep::Best {
            self.stack.keep(&improved);
        }
        Ok(())
    }

    fn values(&self) -> Result<Vec<Option<Figure>>> {
        let scores = self.stack.predict(&self.judged);
        let worth = |scores| self.data.judge.worth(scores).map(|worth| worth.map(Figure::Metric));
        self.data.scores(scores)?.into_iter().map(worth).collect()
    }

    fn losses(&mut self) -> Result<Vec<Option<Figure>>> {
        let chosen = indices(self.watched.drawn(), self.data.device());
        let rows = self.data.watched.rows.index_select(0, &chosen);
        let scores = self.stack.predict(&self.inputs.judged(self.data, &rows));
        let losses = self.data.watched_objective.losses(&scores, &chosen);
        self.watched.renew();
        let losses = Vec::<f64>::try_from(&losses)?;
        Ok(losses.into_iter().map(|loss| loss.is_finite().then_some(Figure::Loss(loss))).collect())
    }

    /// Lets go of those that have had enough, or of all.
    fn leave(&mut self, step: u64, all: bool) -> Result<()> {
        let patience = self.data.asked.grid.patience;
        let (mut staying, mut left) = (Vec::new(), Vec::new());
        for (at, member) in self.members.iter().enumerate() {
            let leaves = all || member.stale > patience;
            if leaves { left.push(at) } else { staying.push(at as i64) }
        }
        for at in &left {
            let fitted = self.fitted(*at, step)?;
            self.done.extend(fitted);
        }
        if !left.is_empty() {
            let mut place = 0..;
            self.members.retain(|_| place.next().is_some_and(|at| !left.contains(&at)));
        }
        if !left.is_empty() && !staying.is_empty() {
            self.stack.retain(&staying);
            self.inputs.retain(&staying);
            self.judged = self.inputs.judged(self.data, &self.data.answering.rows);
        }
        Ok(())
    }

    /// A member as it will answer; none where it has no value on valid.
    fn fitted(&self, at: usize, step: u64) -> Result<Option<Fitted>> {
        let (data, member) = (self.data, &self.members[at]);
        let grid = data.asked.grid;
        let last = grid.keep == Keep::Last;
        let Some(best) = &member.best else { return Ok(None) };
        let weights = self.stack.only(at, !last);
        let worth = match best.figure {
            Figure::Metric(worth) if !last => Some(worth),
            _ => {
                let rows = data.judged(member.point.standardise, &data.answering.rows);
                let scores = data.scores(weights.predict(&rows).unsqueeze(0))?;
                scores
                    .into_iter()
                    .map(|scores| data.judge.worth(scores))
                    .next()
                    .transpose()?
                    .flatten()
            }
        };
        Ok(worth.map(|Worth { value, pool }| Fitted {
            point: member.point.clone(),
            value,
            steps: if last { step } else { best.steps },
            pool,
            position: member.position,
            weights,
            scale: data.scale.share(),
            targets: data.targets.as_ref().map(Scale::share),
            statistics: grid.statistics,
            first: grid.first,
            labels: data.labels,
        }))
    }
}

impl Data<'_> {
    /// By how much a figure is better than another of its kind.
    fn gain(&self, now: Figure, before: Figure) -> f64 {
        match (now, before) {
            (Figure::Loss(now), Figure::Loss(before)) => before - now,
            (Figure::Metric(now), Figure::Metric(before)) => {
                self.asked.metric.gain(now.value, before.value)
            }
            _ => 0.0,
        }
    }
}

impl Member {
    /// Whether it has been on a plateau for too long; a loss lower by a ten-thousandth ends one.
    fn is_stuck(&mut self, loss: f64, plateau: &Plateau) -> bool {
        let (lowest, looks) = &mut self.plateau;
        if loss < *lowest * (1.0 - 1e-4) {
            (*lowest, *looks) = (loss, 0);
        } else {
            *looks += 1;
        }
        let stuck = *looks > plateau.patience;
        if stuck {
            *looks = 0;
        }
        stuck
    }
}

impl Inputs {
    fn new(data: &Data<'_>, points: &[&Point]) -> Inputs {
        let of = |point: &Point| (point.standardise, point.dropout);
        let mut kinds: Vec<(bool, f64)> = Vec::new();
        for point in points {
            if !kinds.contains(&of(point)) {
                kinds.push(of(point));
            }
        }
        let place = |point: &&Point| kinds.iter().position(|kind| *kind == of(point));
        let kind: Vec<i64> = points.iter().filter_map(place).map(|place| place as i64).collect();
        let kept: Vec<f32> = points.iter().map(|p| (1.0 / (1.0 - p.dropout)) as f32).collect();
        let fitted = kinds.iter().map(|(standardise, _)| data.fitted(*standardise)).collect();
        let kind = send(&Tensor::from_slice(&kind), data.device());
        let kept = send(&Tensor::from_slice(&kept).reshape([-1, 1, 1]), data.device());
        Inputs { kinds, fitted, kind, kept }
    }

    /// Rows of train: `[kinds, rows, dim]`, never those that are kept.
    fn rows(&self, chosen: &Tensor) -> Tensor {
        match self.fitted.as_slice() {
            [only] => only.index_select(0, chosen).unsqueeze(0),
            fitted => {
                let each: Vec<Tensor> =
                    fitted.iter().map(|rows| rows.index_select(0, chosen)).collect();
                Tensor::stack(&each, 0)
            }
        }
    }

    /// Rows of valid as members see them.
    fn judged(&self, data: &Data<'_>, rows: &Tensor) -> Tensor {
        let seen = |(standardise, _): &(bool, f64)| data.judged(*standardise, rows);
        match self.kinds.as_slice() {
            [only] => seen(only),
            kinds => self.spread(Tensor::stack(&kinds.iter().map(seen).collect::<Vec<_>>(), 0)),
        }
    }

    /// What each member takes of something there is for each kind; for all one where there is one
    /// kind.
    fn spread(&self, of_kinds: Tensor) -> Tensor {
        if self.kinds.len() == 1 { of_kinds } else { of_kinds.index_select(0, &self.kind) }
    }

    fn retain(&mut self, places: &[i64]) {
        let places = indices(places, self.kind.device());
        self.kind = self.kind.index_select(0, &places);
        self.kept = self.kept.index_select(0, &places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learning_slows_down_when_torchs_scheduler_does() {
        // lr of ReduceLROnPlateau(factor=0.1, patience=2) after each of these losses, from 1.
        let losses = [1.0, 0.9, 0.89995, 0.95, 0.91, 0.8, 0.85, 0.85, 0.85, 0.85, 0.85, 0.85];
        let expected = [1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001];
        let point: Point = crate::settings::parse(
            "{standardise: true, hidden: 0, batch: 1, lr: 1, dropout: 0, l2: 0}",
            "point",
        )
        .unwrap();
        let plateau = Plateau { factor: 0.1, patience: 2 };
        let mut member =
            Member { position: 0, point, best: None, stale: 0, plateau: (f64::INFINITY, 0) };
        let mut lr = 1.0f64;
        for (loss, expected) in losses.into_iter().zip(expected) {
            if member.is_stuck(loss, &plateau) {
                lr *= plateau.factor;
            }
            assert!((lr - expected).abs() < 1e-12, "{lr} and {expected} after {loss}");
        }
    }
}
