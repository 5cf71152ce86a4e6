//! How often the interval of a mean holds the expected score over seeds and items.

use std::fmt;

use bench::Result;
use bench::stats::{Estimate, mean};
use serde::Serialize;

use super::question::{QUESTIONS, Question};
use super::trial::Trial;
use super::world::{Dominant, World};
use super::{Plan, Share, rounded};

/// What 95 % intervals shall cover.
pub const WANTED: [f64; 2] = [0.92, 0.98];

/// An interval's ends.
pub type Ends<'a> = dyn Fn(&Estimate) -> Option<(f64, f64)> + Sync + 'a;

/// How often the interval of a method's mean holds what it is for.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// What the method was measured by.
    pub metric: &'static str,
    /// Its runs.
    pub seeds: usize,
    /// Test items.
    pub items: usize,
    /// Items of one group.
    pub group: usize,
    /// Which part of the variance is the larger one.
    pub dominant: Dominant,
    /// The expected score, and the standard error to which it is known.
    pub expected: f64,
    /// That error.
    pub expected_error: f64,
    /// Mean standard deviation between seeds.
    pub sd_seeds: f64,
    /// Mean standard error between items.
    pub se_items: f64,
    /// Mean half-width of the intervals.
    pub half_width: f64,
    /// Simulated means.
    pub simulations: usize,
    /// The share of them whose interval holds the expected score.
    pub coverage: f64,
    /// The standard error of that.
    pub standard_error: f64,
}

impl Coverage {
    /// Whether the interval claims more than it may, by more than two standard errors.
    pub fn narrow(&self) -> bool {
        self.coverage + 2.0 * self.standard_error < WANTED[0]
    }

    /// Whether the interval is wider than is asked, likewise.
    pub fn wide(&self) -> bool {
        self.coverage - 2.0 * self.standard_error > WANTED[1]
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Coverage { metric, seeds, items, group, dominant, .. } = self;
        write!(f, "{metric}, {seeds} seeds x {items} items in groups of {group}, ")?;
        write!(f, "dominant {dominant:?}: ")?;
        write!(f, "covers in {:.4} ± {:.4}", self.coverage, self.standard_error)
    }
}

/// Seeds, items, items of a group.
const SIZES: [[usize; 3]; 5] = [[5, 120, 1], [5, 600, 1], [3, 120, 1], [10, 120, 1], [5, 120, 4]];

/// The part of the simulations that a composite figure has.
const PART: usize = 5;

/// Every corner.
pub fn all(plan: &Plan, ends: &Ends<'_>) -> Result<Vec<Coverage>> {
    let mut corners = Vec::new();
    for question in QUESTIONS.iter().filter(|question| question.metric.name() != "macro_roc_auc") {
        let count = plan.count.div_ceil(if question.composite() { PART } else { 1 });
        for sizes in SIZES {
            for dominant in [Dominant::Seeds, Dominant::Items, Dominant::ItemsAlone] {
                let world = World::new(sizes, dominant);
                corners.push(measured(plan, question, (&world, count), ends)?);
            }
        }
    }
    Ok(corners)
}

/// One corner.
pub fn measured(
    plan: &Plan,
    question: &Question,
    (world, count): (&World, usize),
    ends: &Ends<'_>,
) -> Result<Coverage> {
    let clusters = world.clusters();
    let metric = question.metric.name();
    let (expected, expected_error) = expected(plan, question, world, question.ability)?;
    let purpose = format!("coverage/{metric}/{world:?}");
    let means = plan.simulate(count, &purpose, |number, rng| {
        let methods = [question.ability];
        let trial = Trial::new(question, (world, &clusters), &methods, (number, rng))?;
        Ok(mean(&trial.outcomes[0], &clusters))
    })?;
    let means: Vec<Estimate> = means.into_iter().flatten().collect();
    let holds = |estimate: &&Estimate| {
        ends(estimate).is_some_and(|(low, high)| low <= expected && expected <= high)
    };
    let share = Share::of(means.iter().filter(holds).count(), count);
    let average = |of: fn(&Estimate) -> Option<f64>| {
        rounded(means.iter().filter_map(of).sum::<f64>() / count as f64)
    };
    let &World { seeds, items, group, dominant, .. } = world;
    let corner = Coverage {
        metric,
        seeds,
        items,
        group,
        dominant,
        expected: rounded(expected),
        expected_error: rounded(expected_error),
        sd_seeds: average(|estimate| estimate.sd_seeds),
        se_items: average(|estimate| estimate.se_items),
        half_width: average(Estimate::half_width),
        simulations: count,
        coverage: rounded(share.value),
        standard_error: rounded(share.error),
    };
    (plan.tell)(&corner.to_string());
    Ok(corner)
}

/// The expected score of a method over seeds and items with its standard error: the mean over four
/// single runs, each on items of its own, for every simulation.
pub fn expected(
    plan: &Plan,
    question: &Question,
    world: &World,
    ability: f64,
) -> Result<(f64, f64)> {
    let single = World { seeds: 1, ..*world };
    let count = 4 * plan.count;
    let purpose = format!("expected/{}/{world:?}", question.metric.name());
    let scores = plan.simulate(count, &purpose, |_, rng| {
        let runs = question.predictions(&single, &[ability], rng)?;
        runs.iter().flatten().map(|run| question.score(run)).sum::<Result<f64>>()
    })?;
    let mean = scores.iter().sum::<f64>() / count as f64;
    let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
    Ok((mean, squares.sqrt() / count as f64))
}
