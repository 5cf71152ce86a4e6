//! How often methods that are equal are told apart.

use std::fmt;

use bench::stats::beside::{Beside, Sides, tests};
use bench::stats::test::{Zeros, smallest_p_paired, wilcoxon};
use bench::stats::{Clusters, LEVEL};
use bench::{Result, Rng};
use serde::Serialize;

use super::question::{QUESTIONS, Question};
use super::trial::{Trial, verdict_p};
use super::world::{Dominant, World};
use super::{Plan, Share, rounded, splits};

/// A rate may exceed its level by so much.
const ALLOWED: f64 = 0.01;

/// Comparisons in a suite of the usual size: the first step of Holm's correction divides by so
/// many.
pub const FAMILY: usize = 35;

/// The tests' levels: one comparison, and the first of a family.
pub const LEVELS: [f64; 2] = [LEVEL, LEVEL / FAMILY as f64];

/// How often a test of equals found a difference.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    /// The test.
    pub test: String,
    /// What it takes as independent.
    pub unit: &'static str,
    /// What the methods were measured by.
    pub metric: &'static str,
    /// Runs of each method.
    pub seeds: usize,
    /// Test items.
    pub items: usize,
    /// Items of one group.
    pub group: usize,
    /// Which part of the variance is the larger one.
    pub dominant: Dominant,
    /// Whether what the test assumes to be equal is equal.
    pub holds: bool,
    /// The level it was asked at.
    pub level: f64,
    /// Simulated comparisons.
    pub simulations: usize,
    /// The share of them in which it found a difference.
    pub rate: f64,
    /// The standard error of that.
    pub standard_error: f64,
}

impl Rate {
    /// Whether it found differences too often at the level of one comparison.
    pub fn broken(&self) -> bool {
        self.holds && self.level == LEVEL && self.rate > LEVEL + ALLOWED
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rate { test, unit, metric, seeds, items, level, rate, standard_error, .. } = self;
        write!(f, "{test} of {unit}, {metric}, {seeds} seeds x {items} items: ")?;
        write!(f, "false at {level:.4} in {rate:.4} ± {standard_error:.4}")
    }
}

/// A test with the p value it gave.
pub struct Said {
    /// The test.
    pub test: String,
    /// What it takes as independent.
    pub unit: &'static str,
    /// Its p value; none where it is undefined.
    pub p: Option<f64>,
}

/// Seeds, items, items of a group, and the variance's larger part, with the share of simulations of
/// composite figures; the first is what is promised for every metric.
const WORLDS: [([usize; 3], Dominant, usize); 8] = [
    ([5, 120, 1], Dominant::Neither, 1),
    ([1, 120, 1], Dominant::ItemsAlone, 1),
    ([3, 120, 1], Dominant::Seeds, 5),
    ([3, 120, 1], Dominant::Items, 5),
    ([5, 120, 4], Dominant::Items, 5),
    ([10, 120, 1], Dominant::Items, 5),
    ([10, 120, 1], Dominant::SeedsAlone, 10),
    ([5, 600, 1], Dominant::Neither, 10),
];

/// Every rate.
pub fn all(plan: &Plan) -> Result<Vec<Rate>> {
    let mut rates = Vec::new();
    for question in &QUESTIONS {
        for (sizes, dominant, part) in WORLDS {
            let world = World::new(sizes, dominant);
            let part = if question.composite() { part } else { 1 };
            rates.extend(measured(plan, question, &world, plan.count.div_ceil(part))?);
        }
    }
    rates.extend(splits::measured(plan)?);
    Ok(rates)
}

/// The rates of the verdict and of every test beside it, for two equal methods.
pub fn measured(
    plan: &Plan,
    question: &Question,
    world: &World,
    count: usize,
) -> Result<Vec<Rate>> {
    let clusters = world.clusters();
    let metric = question.metric.name();
    let purpose = format!("errors/{metric}/{world:?}");
    let equals = [question.ability; 2];
    let said = plan.simulate(count, &purpose, |number, rng| {
        let trial = Trial::new(question, (world, &clusters), &equals, (number, &mut *rng))?;
        Ok(said(&trial, question, (world, &clusters), rng))
    })?;
    Ok(rates(plan, &said, (metric, world)))
}

/// The rates of tests that were asked so often, at each of [`LEVELS`].
pub fn rates(
    plan: &Plan,
    said: &[Vec<Said>],
    (metric, world): (&'static str, &World),
) -> Vec<Rate> {
    let Some(first) = said.first() else { return Vec::new() };
    let rate = |test: &Said, level: f64| {
        let same = |other: &&Said| (&other.test, other.unit) == (&test.test, test.unit);
        let below = |found: &&Vec<Said>| {
            found.iter().find(same).and_then(|found| found.p).is_some_and(|p| p < level)
        };
        let share = Share::of(said.iter().filter(below).count(), said.len());
        let &World { seeds, items, group, dominant, .. } = world;
        Rate {
            test: test.test.clone(),
            unit: test.unit,
            metric,
            seeds,
            items,
            group,
            dominant,
            holds: holds(test, dominant),
            level: rounded(level),
            simulations: said.len(),
            rate: rounded(share.value),
            standard_error: rounded(share.error),
        }
    };
    let rates: Vec<Rate> =
        first.iter().flat_map(|test| LEVELS.map(|level| rate(test, level))).collect();
    rates.iter().filter(|rate| rate.level == LEVEL).for_each(|rate| (plan.tell)(&rate.to_string()));
    rates
}

/// Whether what a test assumes to be equal is equal: the verdict asks of all seeds and items, the
/// others of these items or of these runs.
fn holds(test: &Said, dominant: Dominant) -> bool {
    match (test.test.as_str(), test.unit) {
        (VERDICT, _) => true,
        (_, "paired seeds") => dominant == Dominant::SeedsAlone,
        _ => dominant == Dominant::ItemsAlone,
    }
}

/// What the verdict of a comparison is called among the tests.
pub const VERDICT: &str = "verdict";

/// What the verdict says of the first two methods, and the tests that can reach the level; of those
/// that look at one pair of runs, the first.
fn said(
    trial: &Trial,
    question: &Question,
    (world, clusters): (&World, &Clusters),
    rng: &mut Rng,
) -> Vec<Said> {
    let outcomes = [&trial.outcomes[0][..], &trial.outcomes[1][..]];
    let predictions = trial.predictions.iter().map(|runs| runs.iter().collect::<Vec<_>>());
    let predictions: Vec<_> = predictions.collect();
    let predictions = [&predictions[0][..], &predictions[1][..]];
    let sides = Sides { metric: question.metric, outcomes, predictions, clusters };
    let p = trial.difference(clusters).and_then(verdict_p);
    let mut found = vec![Said { test: VERDICT.into(), unit: "seeds and items", p }];
    let able = |beside: &Beside| beside.smallest.is_none_or(|p| p <= LEVEL);
    for beside in tests(&sides, rng).into_iter().filter(able) {
        let known = |said: &Said| (said.test.as_str(), said.unit) == (beside.test, beside.unit);
        if !found.iter().any(known) {
            found.push(Said { test: beside.test.into(), unit: beside.unit, p: beside.p });
        }
    }
    if smallest_p_paired(world.seeds) <= LEVEL {
        let pairs = trial.outcomes[0].iter().zip(&trial.outcomes[1]);
        let differences: Vec<f64> = pairs.map(|(a, b)| a.value - b.value).collect();
        let p = wilcoxon(&differences, Zeros::Dropped).map(|test| test.p);
        found.push(Said { test: "Wilcoxon".into(), unit: "paired seeds", p });
    }
    found
}
