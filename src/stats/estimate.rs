//! Means over seeds and paired differences, with their intervals.

use super::clusters::deviation;
use super::{Clusters, Errors, Outcome, Spread};

/// A figure, what its uncertainty is made of, and on how much it rests.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The figure: the mean over seeds.
    pub point: f64,
    /// Lower end of the 95 % interval; none where it cannot be estimated.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Number of test items.
    pub n: usize,
    /// Number of seeds; none where nothing depends on one.
    pub seeds: Option<usize>,
    /// Standard deviation between seeds; none with fewer than two.
    pub sd_seeds: Option<f64>,
    /// Standard error between test items; none with fewer than two groups.
    pub se_items: Option<f64>,
    /// Both together; none where either is missing.
    pub errors: Option<Errors>,
}

impl Estimate {
    /// Half the width of the 95 % interval.
    pub fn half_width(&self) -> Option<f64> {
        Some(0.5 * (self.high? - self.low?))
    }

    /// Why there is no interval, in words; none where there is one.
    pub fn gap(&self) -> Option<&'static str> {
        match (self.errors, self.seeds) {
            (Some(_), _) => None,
            (None, Some(1)) => Some("one seed: the spread between seeds is unknown"),
            (None, _) => Some("too few test groups for an interval"),
        }
    }

    fn new(values: &[f64], spread: &Spread, seeds: Option<usize>, clusters: &Clusters) -> Estimate {
        let point = values.iter().sum::<f64>() / values.len() as f64;
        let se_items = match spread {
            Spread::Items(items) => clusters.error_of_mean(items),
            Spread::Draws(draws) => clusters.error_of_draws(draws),
        };
        let sd_seeds = seeds.filter(|&count| count > 1).map(|_| deviation(values));
        let errors = se_items.filter(|_| seeds != Some(1)).map(|items| Errors {
            seeds: sd_seeds.unwrap_or(0.0) / (values.len() as f64).sqrt(),
            seed_count: values.len(),
            items,
            groups: clusters.count(),
        });
        let half = errors.map(|errors| errors.half_width(0.05));
        let (low, high) = (half.map(|half| point - half), half.map(|half| point + half));
        Estimate { point, low, high, n: clusters.items(), seeds, sd_seeds, se_items, errors }
    }
}

/// The mean over a row's runs; none without a run.
pub fn mean(runs: &[Outcome], clusters: &Clusters) -> Option<Estimate> {
    let values: Vec<f64> = runs.iter().map(|run| run.value).collect();
    let spreads: Vec<Spread> = runs.iter().map(|run| run.spread.clone()).collect();
    let seeds = runs.first()?.seed.map(|_| runs.len());
    Some(Estimate::new(&values, &Spread::mean(&spreads)?, seeds, clusters))
}

/// Places of the runs that pair, from either row's seeds: two of one seed, and a row without chance
/// (one run, no seed) with every seed of the other.
pub fn pairs(seeds: &[Option<u64>], others: &[Option<u64>]) -> Vec<(usize, usize)> {
    let pair = |a: usize, b: usize| match (seeds[a], others[b]) {
        (Some(seed), Some(other)) => seed == other,
        _ => true,
    };
    let places = |a: usize| (0..others.len()).map(move |b| (a, b));
    (0..seeds.len()).flat_map(places).filter(|(a, b)| pair(*a, *b)).collect()
}

/// The scores of runs that pair.
pub(super) fn paired<'a>(
    runs: &'a [Outcome],
    against: &'a [Outcome],
) -> impl Iterator<Item = (&'a Outcome, &'a Outcome)> {
    let seeds = |runs: &[Outcome]| runs.iter().map(|run| run.seed).collect::<Vec<_>>();
    let pairs = pairs(&seeds(runs), &seeds(against));
    pairs.into_iter().map(move |(a, b)| (&runs[a], &against[b]))
}

/// The mean difference of `runs` minus `against`, paired by seed (as [`pairs`]) and by item.
///
/// None where no two runs pair.
pub fn difference(runs: &[Outcome], against: &[Outcome], clusters: &Clusters) -> Option<Estimate> {
    let pairs = || paired(runs, against);
    let values: Vec<f64> = pairs().map(|(a, b)| a.value - b.value).collect();
    let spreads: Option<Vec<Spread>> = pairs().map(|(a, b)| a.spread.minus(&b.spread)).collect();
    let seeds = pairs().any(|(a, b)| a.seed.or(b.seed).is_some()).then_some(values.len());
    Some(Estimate::new(&values, &Spread::mean(&spreads?)?, seeds, clusters))
}
