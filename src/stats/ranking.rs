//! How rows rank over several tasks, and how sure that is.
//!
//! **What is drawn.** A draw takes every task's groups of items with replacement (the tasks apart)
//! and, of every row, seeds with replacement (the same places for all rows and tasks, since one run
//! answers them all). The deviation that redrawn seeds bring is widened by √(S/(S − 1)) for S
//! seeds, by which a bootstrap of few values falls short (Davison & Hinkley, Bootstrap Methods and
//! their Application, 1997, section 2.3). Intervals are percentiles; rows are ranked again on every
//! draw, so the rank of one row depends on the others. Intervals of interquartile means are not
//! widened.

use rand::RngExt;

use super::test::{
    Interval, MeanRanks, Rope, Zeros, bayesian_signed_rank, bootstrap, holm, interquartile_mean,
    smallest_p_paired, wilcoxon,
};
use super::{LEVEL, Spread};
use crate::Rng;

/// Draws of the Bayesian test: its chances have a standard error of 0.005 at most.
const BAYES_DRAWS: usize = 10_000;

/// One run's figure on one task, of which more is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The figure.
    pub value: f64,
    /// The figure on each draw of the task's items; none where it is undefined there.
    pub drawn: Vec<Option<f64>>,
}

/// The runs of every row on one task: the same rows in the same order on every task.
pub type TaskRuns = Vec<Vec<Scored>>;

/// Where a row stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Mean rank over tasks, 1 the best.
    pub rank: f64,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Its tie group, 1 the best: a row joins the one above unless the interval of its distance to
    /// the first row of that group leaves out zero (as in EuroEval's leaderboards).
    pub group: usize,
    /// Interquartile mean over runs and tasks of scores scaled from 0, the lowest mean of a row on
    /// a task, to 1, the highest; none where all rows have the same mean on every task.
    pub interquartile: Option<f64>,
    /// Its 95 % interval.
    pub interquartile_interval: Option<Interval>,
}

/// Two rows compared over tasks by Wilcoxon's signed-rank test.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedPair {
    /// Places of the two rows.
    pub rows: [usize; 2],
    /// The smaller sum of signed ranks.
    pub statistic: f64,
    /// Two-sided p value.
    pub p: f64,
    /// The same, corrected by Holm's method over the pairs compared together.
    pub p_holm: f64,
}

/// Several rows over several tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedRows {
    /// Mean ranks, with the tests made of them.
    pub means: MeanRanks,
    /// Mean score of each row on each task, more being better: `[tasks][rows]`.
    pub scores: Vec<Vec<f64>>,
    /// Where each row stands.
    pub standings: Vec<Standing>,
}

impl RankedRows {
    /// Ranks rows over tasks; `rng` draws the seeds.
    ///
    /// None of fewer than two tasks or rows, or where a row lacks a run.
    pub fn new(tasks: &[TaskRuns], rng: &mut Rng) -> Option<RankedRows> {
        let scores = tasks.iter().map(means).collect::<Option<Vec<Vec<f64>>>>()?;
        let means = MeanRanks::new(&scores, true).filter(|_| tasks.len() > 1)?;
        let scales: Vec<Option<[f64; 2]>> = scores.iter().map(|scores| scale(scores)).collect();
        let draws = Draws::new(tasks, &scales, rng);
        let groups = draws.groups(&means.ranks);
        let rows = 0..means.ranks.len();
        let standing = |row: usize| Standing {
            rank: means.ranks[row],
            interval: bootstrap::percentile(&draws.ranks[row], LEVEL),
            group: groups[row],
            interquartile: scaled(tasks, &scales, row, |runs| {
                runs.iter().map(|run| Some(run.value)).collect()
            }),
            interquartile_interval: bootstrap::percentile(&draws.interquartile[row], LEVEL),
        };
        let standings = rows.map(standing).collect();
        Some(RankedRows { means, scores, standings })
    }

    /// Wilcoxon's test of these pairs of rows over the tasks, corrected together; tasks without a
    /// difference are left out. None where the differences are undefined.
    pub fn wilcoxon(&self, pairs: &[[usize; 2]]) -> Option<Vec<RankedPair>> {
        let test = |pair: &[usize; 2]| wilcoxon(&self.differences(*pair), Zeros::Dropped);
        let tests = pairs.iter().map(test);
        let tests = tests.collect::<Option<Vec<_>>>()?;
        let corrected = holm(&tests.iter().map(|test| test.p).collect::<Vec<f64>>());
        let pair = |((rows, test), p_holm): ((&[usize; 2], &super::test::Test), f64)| RankedPair {
            rows: *rows,
            statistic: test.statistic,
            p: test.p,
            p_holm,
        };
        Some(pairs.iter().zip(&tests).zip(corrected).map(pair).collect())
    }

    /// How likely the first of two rows is better by more than `rope`, worse, or neither, on
    /// another task; by [`bayesian_signed_rank`]. None where `rope` is not above zero.
    pub fn bayes(&self, pair: [usize; 2], rope: f64, rng: &mut Rng) -> Option<Rope> {
        bayesian_signed_rank(&self.differences(pair), rope, BAYES_DRAWS, rng)
    }

    fn differences(&self, [a, b]: [usize; 2]) -> Vec<f64> {
        self.scores.iter().map(|task| task[a] - task[b]).collect()
    }

    /// The smallest p value that Wilcoxon's test can reach on so many tasks.
    pub fn smallest_p(&self) -> f64 {
        smallest_p_paired(self.means.tasks)
    }

    /// Rows in the order of their mean ranks, the best first.
    pub fn order(&self) -> Vec<usize> {
        ascending(&self.means.ranks)
    }
}

/// The figures on [`Clusters::draws`](super::Clusters::draws): the weighted mean of item scores, or
/// what was computed.
pub fn on_draws(spread: &Spread, draws: &[Vec<f64>]) -> Vec<Option<f64>> {
    let mean = |items: &[f64], weights: &[f64]| {
        let sum: f64 = items.iter().zip(weights).map(|(item, weight)| item * weight).sum();
        let total: f64 = weights.iter().sum();
        (total > 0.0).then(|| sum / total)
    };
    match spread {
        Spread::Items(items) => draws.iter().map(|weights| mean(items, weights)).collect(),
        Spread::Draws(drawn) => drawn.clone(),
    }
}

/// Ranks and scaled means of every row on every draw: `[rows][draws]`.
struct Draws {
    ranks: Vec<Vec<Option<f64>>>,
    interquartile: Vec<Vec<Option<f64>>>,
}

impl Draws {
    fn new(tasks: &[TaskRuns], scales: &[Option<[f64; 2]>], rng: &mut Rng) -> Draws {
        let all = || tasks.iter().flatten();
        let rows = tasks.first().map_or(0, Vec::len);
        let count = all().flatten().map(|run| run.drawn.len()).min().unwrap_or(0);
        let seeds = all().map(Vec::len).max().unwrap_or(0);
        let mut draws = Draws { ranks: vec![vec![]; rows], interquartile: vec![vec![]; rows] };
        for draw in 0..count {
            let places: Vec<f64> = (0..seeds).map(|_| rng.random()).collect();
            let redrawn: Option<Vec<Vec<f64>>> = tasks
                .iter()
                .map(|task| task.iter().map(|runs| mean(runs, draw, &places)).collect())
                .collect();
            let ranks = redrawn.and_then(|scores| MeanRanks::new(&scores, true));
            for row in 0..rows {
                draws.ranks[row].push(ranks.as_ref().map(|means| means.ranks[row]));
                draws.interquartile[row].push(scaled(tasks, scales, row, |runs| {
                    let place = |run: usize| chosen(runs, places[run]).drawn[draw];
                    (0..runs.len()).map(place).collect()
                }));
            }
        }
        draws
    }

    /// The tie group of each row.
    fn groups(&self, ranks: &[f64]) -> Vec<usize> {
        let mut groups = vec![0; ranks.len()];
        let order = ascending(ranks);
        let Some(&best) = order.first() else { return groups };
        let (mut leader, mut group) = (best, 1);
        for row in order {
            let pairs = self.ranks[row].iter().zip(&self.ranks[leader]);
            let apart: Vec<Option<f64>> = pairs.map(|(a, b)| Some((*a)? - (*b)?)).collect();
            if bootstrap::percentile(&apart, LEVEL).is_some_and(|interval| interval.low > 0.0) {
                (leader, group) = (row, group + 1);
            }
            groups[row] = group;
        }
        groups
    }
}

/// The mean of redrawn runs on a draw of items, what the seeds add widened.
fn mean(runs: &[Scored], draw: usize, places: &[f64]) -> Option<f64> {
    let count = runs.len() as f64;
    let still = runs.iter().map(|run| run.drawn[draw]).sum::<Option<f64>>()? / count;
    if runs.len() < 2 {
        return Some(still);
    }
    let redrawn = places[..runs.len()].iter().map(|place| chosen(runs, *place).drawn[draw]);
    let redrawn = redrawn.sum::<Option<f64>>()? / count;
    Some(still + (count / (count - 1.0)).sqrt() * (redrawn - still))
}

/// The run at a place between 0 and 1.
fn chosen(runs: &[Scored], place: f64) -> &Scored {
    &runs[((place * runs.len() as f64) as usize).min(runs.len() - 1)]
}

fn means(task: &TaskRuns) -> Option<Vec<f64>> {
    let mean = |runs: &Vec<Scored>| {
        let sum: f64 = runs.iter().map(|run| run.value).sum();
        (!runs.is_empty()).then(|| sum / runs.len() as f64)
    };
    task.iter().map(mean).collect()
}

/// The lowest and the highest score, if they differ.
fn scale(scores: &[f64]) -> Option<[f64; 2]> {
    let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let high = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (high > low).then_some([low, high])
}

/// The interquartile mean of a row's scaled figures; none where one is undefined or no task has a
/// scale.
fn scaled(
    tasks: &[TaskRuns],
    scales: &[Option<[f64; 2]>],
    row: usize,
    figures: impl Fn(&[Scored]) -> Vec<Option<f64>>,
) -> Option<f64> {
    let mut all = Vec::new();
    for (task, scale) in tasks.iter().zip(scales) {
        let Some([low, high]) = scale else { continue };
        for figure in figures(&task[row]) {
            all.push((figure? - low) / (high - low));
        }
    }
    interquartile_mean(&all)
}

fn ascending(ranks: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by(|a, b| ranks[*a].total_cmp(&ranks[*b]));
    order
}
