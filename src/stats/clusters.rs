//! Groups of test items, which are drawn together.

use std::collections::BTreeMap;

use rand::RngExt;

use crate::{Rng, Seed};

/// Number of bootstrap draws.
pub const DRAWS: usize = 1000;

/// Which group each test item belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters {
    of: Vec<usize>,
    count: usize,
}

impl Clusters {
    /// Clusters from each item's group; an item without a group is one of its own.
    pub fn new<'a>(groups: impl IntoIterator<Item = Option<&'a str>>) -> Clusters {
        let mut known = BTreeMap::new();
        let mut count = 0;
        let mut next = || {
            count += 1;
            count - 1
        };
        let of = groups
            .into_iter()
            .map(|group| match group {
                Some(name) => *known.entry(name).or_insert_with(&mut next),
                None => next(),
            })
            .collect();
        Clusters { of, count }
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.of.len()
    }

    /// Number of groups.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Standard error of the mean of `values`, one per item, when only groups are independent.
    ///
    /// None for fewer than two groups.
    pub fn error_of_mean(&self, values: &[f64]) -> Option<f64> {
        if self.count < 2 || values.len() != self.items() {
            return None;
        }
        let items = values.len() as f64;
        let mean = values.iter().sum::<f64>() / items;
        let sums = self.sums(values.iter().map(|value| value - mean));
        let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
        Some((self.unbiased() * squares).sqrt() / items)
    }

    /// Each group's sum of values, of which there is one per item.
    pub(super) fn sums(&self, values: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut sums = vec![0.0; self.count];
        for (value, &cluster) in values.zip(&self.of) {
            sums[cluster] += value;
        }
        sums
    }

    /// Standard error of a figure from its values on [`Clusters::draws`]; undefined ones are passed
    /// over.
    ///
    /// None where the figure is undefined on more than half of the draws or there are fewer than
    /// two groups.
    pub fn error_of_draws(&self, values: &[Option<f64>]) -> Option<f64> {
        let defined: Vec<f64> = values.iter().flatten().copied().collect();
        if self.count < 2 || defined.len() < 2 || 2 * defined.len() < values.len() {
            return None;
        }
        Some(deviation(&defined) * self.unbiased().sqrt())
    }

    /// Draws of as many groups with replacement: how often each item is in each of [`DRAWS`] draws.
    ///
    /// They depend on the names alone, so that every method's figures are computed on the same
    /// draws.
    pub fn draws(&self, suite: &str, task: &str, metric: &str) -> Vec<Vec<f64>> {
        let mut rng = Seed::new(0).stream(&format!("bootstrap/{suite}/{task}/{metric}"), &[]);
        (0..DRAWS).map(|_| self.draw(&mut rng)).collect()
    }

    /// One draw: how often each item is in it.
    pub(super) fn draw(&self, rng: &mut Rng) -> Vec<f64> {
        let mut times = vec![0.0; self.count];
        for _ in 0..self.count {
            times[rng.random_range(0..self.count as u64) as usize] += 1.0;
        }
        self.of.iter().map(|&cluster| times[cluster]).collect()
    }

    /// All items but those of one group, in the form of a draw.
    pub(super) fn without(&self, group: usize) -> Vec<f64> {
        self.of.iter().map(|&cluster| f64::from(u8::from(cluster != group))).collect()
    }

    /// The factor that a variance between groups lacks when it is measured from their own mean.
    fn unbiased(&self) -> f64 {
        self.count as f64 / (self.count - 1) as f64
    }
}

/// Standard deviation with n − 1; zero for a single value.
pub(super) fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}
