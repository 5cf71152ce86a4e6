//! What stands beside the verdict of one comparison: the tests that fit its metric, and how large
//! the difference is.
//!
//! Tests of items take each item's score averaged over the paired seeds, and of items in groups
//! each group's sum as one value; those of McNemar and DeLong compare one run with one run, and
//! take items as independent; a run of several draws of labels, which answers each item several
//! times, they leave out.

mod effects;
mod tests;

pub use effects::{EffectSize, effects};
pub use tests::{Beside, FLIPS, tests};

use super::estimate::paired;
use super::{Clusters, Outcome, Spread, pairs};
use crate::eval::metric::{Metric, Predictions};
use crate::{Rng, Seed};

/// Random numbers for one `purpose`; they depend on names alone, and not on which row is which.
pub fn stream(purpose: &str, [suite, task, metric]: [&str; 3]) -> Rng {
    Seed::new(0).stream(&format!("{purpose}/{suite}/{task}/{metric}"), &[])
}

/// Two rows' runs on one task, by one metric.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// What both are measured by.
    pub metric: &'a dyn Metric,
    /// The runs' scores, of the row and of what it is compared with.
    pub outcomes: [&'a [Outcome]; 2],
    /// What the same runs predicted.
    pub predictions: [&'a [&'a Predictions]; 2],
    /// How the test items hang together.
    pub clusters: &'a Clusters,
}

impl Sides<'_> {
    /// The predictions of runs that pair and answer each item once, with their seed.
    fn predictions(&self) -> impl Iterator<Item = (Option<u64>, [&Predictions; 2])> {
        let [first, second] =
            self.outcomes.map(|runs| runs.iter().map(|run| run.seed).collect::<Vec<_>>());
        let pairs = pairs(&first, &second).into_iter();
        let both = |a: usize, b: usize| [self.predictions[0][a], self.predictions[1][b]];
        let once = |pair: &[&Predictions; 2]| pair.iter().all(|run| run.draws().count() == 1);
        let pairs = pairs.map(move |(a, b)| (first[a].or(second[b]), both(a, b)));
        pairs.filter(move |(_, pair)| once(pair))
    }

    /// The scores of runs that pair.
    fn scores(&self) -> impl Iterator<Item = (&Outcome, &Outcome)> {
        paired(self.outcomes[0], self.outcomes[1])
    }

    /// The differences of runs that pair.
    fn differences(&self) -> Vec<f64> {
        self.scores().map(|(a, b)| a.value - b.value).collect()
    }

    /// Whether any run has a seed.
    fn seeded(&self) -> bool {
        self.outcomes.iter().any(|runs| runs.iter().any(|run| run.seed.is_some()))
    }

    /// How the mean difference depends on the items; none where no runs pair.
    fn spread(&self) -> Option<Spread> {
        let spreads: Option<Vec<Spread>> =
            self.scores().map(|(a, b)| a.spread.minus(&b.spread)).collect();
        Spread::mean(&spreads?)
    }

    /// What the independent items are called.
    fn unit(&self) -> &'static str {
        if self.clusters.count() < self.clusters.items() { "groups" } else { "items" }
    }
}
