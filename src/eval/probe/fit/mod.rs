//! Fitting a grid of probes with early stopping, and choosing among them on valid.

mod data;
mod draws;
mod group;
mod objective;
mod scale;
mod stack;

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use tch::{Device, Tensor};

use super::examples::{Embedded, Examples};
use super::grid::{Grid, Point, Statistics};
use super::pool::Pool;
use crate::error::{Error, Result};
use crate::eval::metric::{Labels, Metric};
use crate::seed::Seed;
use data::Data;
pub(in crate::eval) use data::to_host;
use group::Group;
pub(super) use scale::Scale;
use stack::Kept;

/// What a core keeps near it, in bytes: parameters, gradients and Adam's two means of more probes
/// than fit are read from memory in every step.
const NEAR: i64 = 8 << 20;

/// What probes that are fitted together may take on a GPU, in bytes.
const ON_GPU: i64 = 1 << 30;

/// The best probe of a grid on valid.
pub struct Fitted {
    /// Its settings.
    pub point: Point,
    /// Its value on valid.
    pub value: f64,
    /// Steps after which it was best, or with which it stopped if that is what the grid keeps.
    pub steps: u64,
    /// How an item's answer is made of its embeddings, where an item has several.
    pub pool: Option<Pool>,
    position: usize,
    weights: Kept,
    scale: Scale,
    targets: Option<Scale>,
    statistics: Statistics,
    first: Option<usize>,
    labels: Labels,
}

/// What is asked of probes.
#[derive(Clone, Copy)]
struct Asked<'a> {
    grid: &'a Grid,
    names: &'a [String],
    metric: &'a dyn Metric,
    seed: Seed,
}

/// Fits every probe of the grid on `train` and returns the one with the best `metric` on `valid`;
/// the first in the grid's order wins a tie.
///
/// On a CPU it takes as many threads as libtorch is set to; the numbers are the same with any.
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
    let rows = &train.embedded.rows;
    let stacks = stacks(&points, [rows.size()[1], names.len() as i64], rows.device());
    let (asked, next) = (Asked { grid, names, metric, seed }, AtomicUsize::new(0));
    let work = |train: Examples, valid: Examples| -> Result<Option<Fitted>> {
        let data = Data::new(asked, &train, &valid);
        let mut best = None;
        while let Some(stack) = stacks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let members = stack.iter().map(|at| (*at, points[*at].clone())).collect();
            let fitted = Group::new(&data, members).run()?;
            best = fitted.into_iter().fold(best, |best, one| better(metric, best, Some(one)));
        }
        Ok(best)
    };
    let threads = if rows.device().is_cuda() { 1 } else { tch::get_num_threads().max(1) as usize };
    let best = match threads.min(stacks.len()) {
        0 | 1 => work(train.share(), valid.share())?,
        threads => {
            let one_each = (0..threads).map(|_| (train.share(), valid.share())).collect();
            let found = side_by_side(one_each, |(train, valid)| work(train, valid));
            let found = found.into_iter().collect::<Result<Vec<_>>>()?;
            found.into_iter().fold(None, |best, one| better(metric, best, one))
        }
    };
    best.ok_or_else(|| {
        Error::Failed(format!("{} is undefined on valid, so no probe can be chosen", metric.name()))
    })
}

/// Does a piece of work for each of these on a thread of its own, with one thread of arithmetic
/// each.
fn side_by_side<T: Send, R: Send>(each: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let before = tch::get_num_threads();
    tch::set_num_threads(1);
    let done = std::thread::scope(|scope| {
        let threads: Vec<_> = each
            .into_iter()
            .map(|one| {
                scope.spawn(|| {
                    tch::set_num_threads(1);
                    work(one)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    tch::set_num_threads(before);
    done
}

/// The better of two, the first in the grid's order of equals.
fn better(metric: &dyn Metric, one: Option<Fitted>, other: Option<Fitted>) -> Option<Fitted> {
    let (Some(a), Some(b)) = (&one, &other) else { return one.or(other) };
    let gain = metric.gain(b.value, a.value);
    if gain > 0.0 || (gain == 0.0 && b.position < a.position) { other } else { one }
}

/// Points that are fitted together: whose parameters have the same shapes and whose steps see as
/// many examples; no more than there is room for. Those that take longest stand first.
///
/// On a CPU they share embeddings and dropout as well, so that none are copied.
fn stacks(points: &[Point], ends: [i64; 2], device: Device) -> Vec<Vec<usize>> {
    let mut alike: Vec<Vec<usize>> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let same = |group: &&mut Vec<usize>| {
            let first = &points[group[0]];
            let shape = first.hidden == point.hidden && first.batch == point.batch;
            let inputs = first.standardise == point.standardise && first.dropout == point.dropout;
            shape && (inputs || device.is_cuda())
        };
        match alike.iter_mut().find(same) {
            Some(group) => group.push(at),
            None => alike.push(vec![at]),
        }
    }
    let size = |at: usize| parameters(&points[at], ends);
    alike.sort_by_key(|group| -(size(group[0]) * points[group[0]].batch as i64));
    let room = if device.is_cuda() { ON_GPU } else { NEAR };
    let width = |at: usize| (room / (16 * size(at))).max(1) as usize;
    alike.iter().flat_map(|group| group.chunks(width(group[0])).map(<[usize]>::to_vec)).collect()
}

fn parameters(point: &Point, [inputs, outputs]: [i64; 2]) -> i64 {
    let widths = std::iter::once(inputs).chain(point.hidden.layers().iter().copied());
    let after = point.hidden.layers().iter().copied().chain([outputs]);
    widths.zip(after).map(|(before, after)| (before + 1) * after).sum()
}

impl Fitted {
    /// Scores of items, `[items, outputs]` row-major: logits or what pooling makes of them, or
    /// numbers in the targets' unit.
    ///
    /// # Errors
    /// When libtorch refuses the shape.
    pub fn predict(&self, embedded: &Embedded) -> Result<Vec<f64>> {
        let answering = answering(embedded, self.pool, self.first);
        let rows = match (self.point.standardise, self.statistics) {
            (false, _) => answering.rows.shallow_clone(),
            (true, Statistics::Train) => self.scale.apply(&answering.rows),
            (true, Statistics::Own) => Scale::of(&answering.rows).apply(&answering.rows),
        };
        let scores = self.weights.predict(&rows);
        let outputs = scores.size()[1] as usize;
        let scores = to_host(&unscaled(self.targets.as_ref(), scores))?;
        Ok(match self.pool {
            Some(pool) => pool.pool(&scores, &answering.owners, outputs, self.labels),
            None => scores,
        })
    }
}

/// The rows that answers rest on.
pub(in crate::eval) fn answering(
    embedded: &Embedded,
    pool: Option<Pool>,
    first: Option<usize>,
) -> Embedded {
    let rows = embedded.first(first);
    if pool == Some(Pool::Embedding) { rows.means() } else { rows }
}

/// Scores in the unit of the targets.
fn unscaled(targets: Option<&Scale>, scores: Tensor) -> Tensor {
    match targets {
        Some(targets) => targets.undo(&scores),
        None => scores,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::metric::{Accuracy, Truth};
    use crate::eval::probe::Widths;
    use crate::settings;
    use tch::Kind;

    /// Noise around a mean for each of four classes, two rows an item.
    fn examples(items: usize, seed: i64) -> Examples {
        tch::manual_seed(seed);
        let classes: Vec<usize> = (0..items).map(|item| item % 4).collect();
        let owners: Vec<usize> = (0..items).flat_map(|item| [item, item]).collect();
        let means: Vec<f32> =
            owners.iter().flat_map(|i| [(i % 2) as f32, (i % 4 / 2) as f32, 0.0]).collect();
        let means = Tensor::from_slice(&means).reshape([-1, 3]);
        let rows = means.randn_like() * 0.7 + means;
        Examples { embedded: Embedded { rows, owners }, truth: Truth::Classes(classes) }
    }

    fn names() -> Vec<String> {
        (0..4).map(|class| class.to_string()).collect()
    }

    fn grid(more: &str) -> Grid {
        let text = format!(
            "{{standardise: [false, true], hidden: [0, 16], batch: [8], lr: [0.001, 0.03, 0.3], \
             dropout: [0, 0.5], l2: [0, 0.01], patience: 3, unit: clip, pool: [vote, gmean], {more}}}"
        );
        settings::parse(&text, "grid").unwrap()
    }

    /// Every probe of a grid, fitted in groups of so many.
    fn all(grid: &Grid, together: usize) -> Vec<(usize, f64, u64, Vec<f64>)> {
        let (train, valid, test) = (examples(30, 1), examples(20, 2), examples(10, 3));
        let (names, metric, seed) = (names(), &Accuracy, Seed::new(4));
        let data = Data::new(Asked { grid, names: &names, metric, seed }, &train, &valid);
        let points = grid.points();
        let mut fitted = Vec::new();
        for stack in stacks(&points, [3, 4], Device::Cpu) {
            for some in stack.chunks(together) {
                let members = some.iter().map(|at| (*at, points[*at].clone())).collect();
                for one in Group::new(&data, members).run().unwrap() {
                    let scores = one.predict(&test.embedded).unwrap();
                    fitted.push((one.position, one.value, one.steps, scores));
                }
            }
        }
        fitted.sort_by_key(|(position, ..)| *position);
        fitted
    }

    #[test]
    fn a_probe_that_is_fitted_with_others_is_the_one_that_is_fitted_alone() {
        let settings = [
            "evaluate_every: 2, max_steps: 60",
            "epochs: 9, watch: loss, draw: epoch, plateau: {factor: 0.1, patience: 0}",
            "epochs: 9, draw: once, keep: last, drop: first_hidden, bias: false",
        ];
        for (more, probes) in settings.into_iter().zip([24 * 2, 24 * 2, 12 + 24]) {
            let (alone, together) = (all(&grid(more), 1), all(&grid(more), usize::MAX));
            assert_eq!(alone.len(), probes, "{more}");
            assert_eq!(alone, together, "{more}");
        }
    }

    #[test]
    fn probes_stop_at_steps_of_their_own() {
        let stops = all(&grid("evaluate_every: 2, max_steps: 200, keep: last"), usize::MAX);
        let mut stops: Vec<u64> = stops.into_iter().map(|(_, _, steps, _)| steps).collect();
        stops.sort_unstable();
        stops.dedup();
        assert!(stops.len() > 5 && stops.iter().all(|step| step % 2 == 0), "{stops:?}");
    }

    #[test]
    fn threads_change_nothing() {
        let (grid, names) = (grid("evaluate_every: 2, max_steps: 30"), names());
        let fitted = || {
            let (train, valid) = (examples(30, 1), examples(20, 2));
            fit(&grid, &names, (&train, &valid), &Accuracy, Seed::new(4)).unwrap()
        };
        let scores = |fitted: Fitted| fitted.predict(&examples(10, 3).embedded).unwrap();
        let before = tch::get_num_threads();
        tch::set_num_threads(1);
        let alone = fitted();
        tch::set_num_threads(3);
        let together = fitted();
        tch::set_num_threads(before);
        assert_eq!((alone.position, alone.steps), (together.position, together.steps));
        assert_eq!(scores(alone), scores(together));
    }

    #[test]
    fn the_best_pool_on_valid_is_chosen_and_the_first_of_equals() {
        let grid = grid("evaluate_every: 1");
        let (train, names) = (examples(8, 1), names());
        let asked = Asked { grid: &grid, names: &names, metric: &Accuracy, seed: Seed::new(1) };
        let worth = |scores: [f64; 12], class: usize| {
            let rows = Tensor::zeros([3, 3], (Kind::Float, Device::Cpu));
            let embedded = Embedded { rows, owners: vec![0, 0, 0] };
            let valid = Examples { embedded, truth: Truth::Classes(vec![class]) };
            let worth = Data::new(asked, &train, &valid).judge.worth(scores.to_vec()).unwrap();
            worth.map(|worth| (worth.value, worth.pool)).unwrap()
        };
        // Two rows vote for class 1, the mean is for class 0.
        let scores = [9.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        assert_eq!(worth(scores, 0), (1.0, Some(Pool::Gmean)));
        assert_eq!(worth(scores, 1), (1.0, Some(Pool::Vote)));
        assert_eq!(worth(scores, 2), (0.0, Some(Pool::Vote)));
    }

    #[test]
    fn an_answer_may_rest_on_the_mean_of_the_first_embeddings() {
        let grid = Grid {
            pool: vec![Pool::Embedding],
            first: Some(1),
            standardise: vec![false],
            ..grid("evaluate_every: 2, max_steps: 10")
        };
        let (train, valid, test) = (examples(30, 1), examples(20, 2), examples(10, 3));
        let fitted = fit(&grid, &names(), (&train, &valid), &Accuracy, Seed::new(4)).unwrap();
        let firsts = Tensor::from_slice(&(0..10).map(|i| 2 * i).collect::<Vec<i64>>());
        let firsts = Embedded::of_items(test.embedded.rows.index_select(0, &firsts));
        let whole = fitted.predict(&test.embedded).unwrap();
        assert_eq!(whole.len(), 40);
        assert_eq!(whole, fitted.predict(&firsts).unwrap());
    }

    #[test]
    fn by_its_own_statistics_test_may_lie_anywhere() {
        let own = grid("epochs: 2, statistics: own");
        let own = Grid { standardise: vec![true], pool: vec![Pool::Gmean], ..own };
        let by_train = Grid { statistics: Statistics::Train, ..own.clone() };
        let (train, valid, test) = (examples(30, 1), examples(20, 2), examples(10, 3).embedded);
        let moved = Embedded { rows: &test.rows * 3.0 + 20.0, owners: test.owners.clone() };
        for (grid, moves) in [(own, false), (by_train, true)] {
            let fitted = fit(&grid, &names(), (&train, &valid), &Accuracy, Seed::new(4)).unwrap();
            let [here, there] = [&test, &moved].map(|at| fitted.predict(at).unwrap());
            let apart = here.iter().zip(&there).any(|(a, b)| (a - b).abs() > 1e-3);
            assert_eq!(apart, moves);
        }
    }

    #[test]
    fn probes_fitted_together_share_a_shape_and_have_room() {
        let point = |hidden: i64, lr: f64, dropout: f64| {
            let hidden = Widths::One(hidden);
            Point { standardise: true, hidden, batch: 64, lr, dropout, l2: 0.0 }
        };
        let points = [point(0, 0.1, 0.0), point(512, 0.1, 0.0), point(0, 0.2, 0.5)];
        let points = [points.to_vec(), vec![point(512, 0.2, 0.0), point(512, 0.3, 0.0)]].concat();
        // 209,432 parameters with a hidden layer: 3.4 MB a probe, so that two have room.
        assert_eq!(parameters(&points[1], [384, 24]), 209_432);
        let on_cpu = [vec![1, 3], vec![4], vec![0], vec![2]];
        assert_eq!(stacks(&points, [384, 24], Device::Cpu), on_cpu);
        assert_eq!(stacks(&points, [384, 24], Device::Cuda(0)), [vec![1, 3, 4], vec![0, 2]]);
    }
}
