//! The paired tests that fit a metric.

use super::Sides;
use crate::Rng;
use crate::eval::metric::{MacroRocAuc, Metric, Predictions};
use crate::stats::Spread;
use crate::stats::test::{bootstrap, delong, mcnemar, sign_flip, smallest_p_paired};

/// Number of random sign changes where there are too many to try them all.
pub const FLIPS: usize = 10_000;

/// A test that stands beside a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// Its name: `McNemar, exact`.
    pub test: &'static str,
    /// The seed of the one pair of runs it compares; none where it compares all, or they have none.
    pub seed: Option<u64>,
    /// What it takes as independent: `groups`, `items`, `paired seeds`.
    pub unit: &'static str,
    /// How many of those.
    pub n: usize,
    /// What its statistic is: `mean difference`.
    pub statistic: &'static str,
    /// The statistic.
    pub value: f64,
    /// Two-sided p value; none where the test is undefined.
    pub p: Option<f64>,
    /// The smallest p value that so many units can reach; none where chance alone limits it.
    pub smallest: Option<f64>,
}

/// The tests of a comparison: sign flips of groups and McNemar's test for means over items,
/// DeLong's for the area under one ROC curve, the paired bootstrap for other composite figures, and
/// sign flips of two or more paired seeds.
///
/// `rng` draws the signs where there are too many to try.
pub fn tests(sides: &Sides<'_>, rng: &mut Rng) -> Vec<Beside> {
    let differences = sides.differences();
    let Some(spread) = sides.spread() else { return Vec::new() };
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    let mut found = Vec::new();
    match spread {
        Spread::Items(items) => {
            found.extend(of_items(sides, mean, &items, rng));
            found.extend(sides.predictions().filter_map(|(seed, pair)| right(sides, seed, pair)));
        }
        Spread::Draws(draws) => {
            let areas = sides.predictions();
            found.extend(areas.filter_map(|(seed, pair)| area(sides.metric, seed, pair)));
            found.push(resampled(sides, mean, &draws));
        }
    }
    if sides.seeded() && differences.len() > 1 {
        found.extend(of_seeds(&differences, rng));
    }
    found
}

fn of_items(sides: &Sides<'_>, mean: f64, items: &[f64], rng: &mut Rng) -> Option<Beside> {
    let sums = sides.clusters.sums(items.iter().copied());
    let found = sign_flip(&sums, FLIPS, rng)?;
    Some(Beside {
        test: "sign flips",
        seed: None,
        unit: sides.unit(),
        n: sums.len(),
        statistic: "mean difference",
        value: mean,
        p: Some(found.p),
        smallest: Some(smallest_p_paired(sums.len())),
    })
}

fn of_seeds(differences: &[f64], rng: &mut Rng) -> Option<Beside> {
    let found = sign_flip(differences, FLIPS, rng)?;
    Some(Beside {
        test: "sign flips",
        seed: None,
        unit: "paired seeds",
        n: differences.len(),
        statistic: "mean difference",
        value: found.statistic,
        p: Some(found.p),
        smallest: Some(smallest_p_paired(differences.len())),
    })
}

/// McNemar's test where every item is right or wrong.
fn right(sides: &Sides<'_>, seed: Option<u64>, pair: [&Predictions; 2]) -> Option<Beside> {
    let [first, second] = pair.map(|predictions| sides.metric.item_scores(predictions));
    let (first, second) = (first?, second?);
    if first.iter().chain(&second).any(|score| *score != 0.0 && *score != 1.0) {
        return None;
    }
    let alone = |a: &[f64], b: &[f64]| a.iter().zip(b).filter(|(a, b)| a > b).count();
    let (only_first, only_second) = (alone(&first, &second), alone(&second, &first));
    let n = only_first + only_second;
    Some(Beside {
        test: "McNemar, exact",
        seed,
        unit: "items right in one alone",
        n,
        statistic: "in A alone",
        value: only_first as f64,
        p: Some(mcnemar(only_first as u64, only_second as u64)),
        smallest: Some(smallest_p_paired(n)),
    })
}

/// DeLong's test where there is one curve.
fn area(metric: &dyn Metric, seed: Option<u64>, pair: [&Predictions; 2]) -> Option<Beside> {
    let [(truth, first), (_, second)] = [pair[0].tags().ok()?, pair[1].tags().ok()?];
    if metric.name() != MacroRocAuc.name() || pair[0].names().len() != 1 {
        return None;
    }
    let found = delong(truth, first, second)?;
    let test = found.test?;
    Some(Beside {
        test: "DeLong",
        seed,
        unit: "items",
        n: truth.len(),
        statistic: "z",
        value: test.statistic,
        p: Some(test.p),
        smallest: None,
    })
}

fn resampled(sides: &Sides<'_>, mean: f64, draws: &[Option<f64>]) -> Beside {
    Beside {
        test: "paired bootstrap",
        seed: None,
        unit: sides.unit(),
        n: sides.clusters.count(),
        statistic: "difference",
        value: mean,
        p: bootstrap::p(mean, draws),
        smallest: None,
    }
}
