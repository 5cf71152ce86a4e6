//! How often a difference that is there is found.

use std::fmt;

use bench::Result;
use serde::Serialize;

use super::coverage::expected;
use super::errors::LEVELS;
use super::question::{QUESTIONS, Question};
use super::trial::{Trial, verdict_p};
use super::world::{Dominant, World};
use super::{Plan, Share, rounded};

/// How often a difference was found.
#[derive(Clone, Debug, Serialize)]
pub struct Power {
    /// What the methods were measured by.
    pub metric: &'static str,
    /// Runs of each.
    pub seeds: usize,
    /// Test items.
    pub items: usize,
    /// The difference of the expected scores, and the standard error to which it is known.
    pub difference: f64,
    /// That error.
    pub difference_error: f64,
    /// The level of the comparison.
    pub level: f64,
    /// Simulated comparisons.
    pub simulations: usize,
    /// The share of them in which the better method was found to be better.
    pub better: f64,
    /// The standard error of that.
    pub standard_error: f64,
    /// The share in which it was found to be worse.
    pub worse: f64,
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Power { metric, seeds, items, difference, level, better, .. } = self;
        write!(f, "{metric}, {seeds} seeds x {items} items: a difference of {difference:.3} ")?;
        write!(f, "is found at {level:.4} in {better:.3}")
    }
}

/// Runs of either method.
pub const SEEDS: [usize; 3] = [3, 5, 10];

/// Steps of the better method's ability.
const STEPS: usize = 9;

/// The part of the simulations that a mean over items has, and one that is drawn again and again.
const PARTS: [usize; 2] = [10, 20];

/// Every curve.
pub fn all(plan: &Plan) -> Result<Vec<Power>> {
    let mut found = Vec::new();
    for question in QUESTIONS.iter().filter(|question| question.metric.name() != "macro_roc_auc") {
        let items: &[usize] = if question.composite() { &[120] } else { &[120, 600] };
        let part = PARTS[usize::from(question.composite())];
        for items in items {
            let world = World::new([5, *items, 1], Dominant::Items);
            for step in 0..STEPS {
                let gain = 0.12 * question.even * step as f64 * (120.0 / *items as f64).sqrt();
                found.extend(measured(plan, question, &world, (gain, plan.count.div_ceil(part)))?);
            }
        }
    }
    Ok(found)
}

/// One difference, at every number of seeds and every level; `world` gives all else.
fn measured(
    plan: &Plan,
    question: &Question,
    world: &World,
    (gain, count): (f64, usize),
) -> Result<Vec<Power>> {
    let abilities = [question.ability + gain, question.ability];
    let [(high, high_error), (low, low_error)] = [
        expected(plan, question, world, abilities[0])?,
        expected(plan, question, world, abilities[1])?,
    ];
    let difference = rounded(high - low);
    let difference_error = rounded(high_error.hypot(low_error));
    let (metric, items) = (question.metric.name(), world.items);
    let mut found = Vec::new();
    for seeds in SEEDS {
        let p = compared(plan, question, &World { seeds, ..*world }, (abilities, count))?;
        for level in LEVELS {
            let told = |sign: f64| {
                let hit = |(point, p): &&(f64, f64)| *p < level && sign * point > 0.0;
                Share::of(p.iter().filter(hit).count(), count)
            };
            let (better, worse) = (told(1.0), told(-1.0));
            found.push(Power {
                metric,
                seeds,
                items,
                difference,
                difference_error,
                level: rounded(level),
                simulations: count,
                better: rounded(better.value),
                standard_error: rounded(better.error),
                worse: rounded(worse.value),
            });
        }
    }
    found.iter().for_each(|power| (plan.tell)(&power.to_string()));
    Ok(found)
}

/// Differences with their p values. Whatever the abilities, the draws are the same.
fn compared(
    plan: &Plan,
    question: &Question,
    world: &World,
    (abilities, count): ([f64; 2], usize),
) -> Result<Vec<(f64, f64)>> {
    let clusters = world.clusters();
    let purpose = format!("power/{}/{world:?}", question.metric.name());
    let compared = plan.simulate(count, &purpose, |number, rng| {
        let trial = Trial::new(question, (world, &clusters), &abilities, (number, rng))?;
        let estimate = trial.difference(&clusters);
        Ok(estimate.and_then(|estimate| Some((estimate.point, verdict_p(estimate)?))))
    })?;
    Ok(compared.into_iter().flatten().collect())
}

/// A curve's name: its metric, seeds, items and level.
pub type Curve = (&'static str, usize, usize, f64);

/// What is drawn together: metrics and numbers of items, in order.
pub fn metrics(powers: &[Power]) -> Vec<(&'static str, usize)> {
    let mut found: Vec<_> = powers.iter().map(|power| (power.metric, power.items)).collect();
    found.dedup();
    found
}

/// The points of a curve, by rising difference.
pub fn points(powers: &[Power], (metric, seeds, items, level): Curve) -> Vec<[f64; 2]> {
    let of = |power: &&Power| {
        (power.metric, power.seeds, power.items) == (metric, seeds, items)
            && power.level == rounded(level)
    };
    powers.iter().filter(of).map(|power| [power.difference, power.better]).collect()
}

/// The difference that is found with this chance, on the line between two points; none where the
/// curve does not reach it.
pub fn found_with(points: &[[f64; 2]], chance: f64) -> Option<f64> {
    let reaches = |pair: &&[[f64; 2]]| pair[0][1] < chance && pair[1][1] >= chance;
    let (&[x, y], &[to_x, to_y]) = match points.windows(2).find(reaches)? {
        [from, to] => (from, to),
        _ => return None,
    };
    Some(x + (to_x - x) * (chance - y) / (to_y - y))
}
