//! How small a difference can be found, and what more seeds or test items would bring.
//!
//! A difference of size δ is found with chance 0.8 if δ is at least the half-width of the interval
//! at the level asked for, plus 0.84 standard errors: the interval of [`Errors`], and the normal's
//! 0.8 quantile for the figure's own chance (Bouthillier et al., Accounting for Variance in Machine
//! Learning Benchmarks, MLSys 2021, plan likewise).

use statrs::distribution::{ContinuousCDF, Normal};

use super::{Errors, Estimate};

/// The chance with which a difference that is there is to be found.
pub const POWER: f64 = 0.8;
/// More seeds than this are never suggested.
const MOST_SEEDS: usize = 10_000;
/// More groups than this are never suggested.
const MOST_GROUPS: usize = 1 << 30;

/// What the uncertainty of a paired difference is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sources {
    /// Standard deviation of the difference between seeds; zero where nothing depends on one.
    pub sd_seeds: f64,
    /// Number of seeds.
    pub seeds: usize,
    /// Standard error of the difference between test items.
    pub se_items: f64,
    /// Number of independent groups of items.
    pub groups: usize,
}

impl Sources {
    /// Those of a typical comparison: the root mean squares of both parts, with the smallest
    /// numbers of seeds and groups. None where no difference has an interval.
    pub fn typical<'a>(differences: impl Iterator<Item = &'a Estimate>) -> Option<Sources> {
        let errors: Vec<Errors> = differences.filter_map(|difference| difference.errors).collect();
        let square = |value: fn(&Errors) -> f64| {
            (errors.iter().map(|errors| value(errors).powi(2)).sum::<f64>() / errors.len() as f64)
                .sqrt()
        };
        let of_seeds = |errors: &Errors| errors.seeds * (errors.seed_count as f64).sqrt();
        let seeded = errors.iter().filter(|errors| errors.seed_count > 1);
        Some(Sources {
            sd_seeds: square(of_seeds),
            seeds: seeded.map(|errors| errors.seed_count).min().unwrap_or(1),
            se_items: square(|errors| errors.items),
            groups: errors.iter().map(|errors| errors.groups).min()?,
        })
    }

    /// The smallest difference that is found with chance [`POWER`] by a test that errs with chance
    /// `miss`.
    pub fn detectable(&self, miss: f64) -> f64 {
        detectable(&self.errors(self.seeds, self.groups), miss)
    }

    /// The share of the squared half-width that seeds bring, 0 to 1; none where there is no error.
    pub fn share_of_seeds(&self, miss: f64) -> Option<f64> {
        let errors = self.errors(self.seeds, self.groups);
        let all = errors.half_width(miss).powi(2);
        let seeds = Errors { items: 0.0, ..errors }.half_width(miss).powi(2);
        (all > 0.0).then(|| seeds / all)
    }

    /// How many seeds find a difference on the same items; none where no number does.
    pub fn seeds_for(&self, difference: f64, miss: f64) -> Option<usize> {
        let finds = |seeds| detectable(&self.errors(seeds, self.groups), miss) <= difference;
        least(2, MOST_SEEDS, finds)
    }

    /// How many groups of items find a difference with the same seeds; none where no number does.
    pub fn groups_for(&self, difference: f64, miss: f64) -> Option<usize> {
        let finds = |groups| detectable(&self.errors(self.seeds, groups), miss) <= difference;
        least(2, MOST_GROUPS, finds)
    }

    fn errors(&self, seeds: usize, groups: usize) -> Errors {
        Errors {
            seeds: self.sd_seeds / (seeds as f64).sqrt(),
            seed_count: seeds,
            items: self.se_items * (self.groups as f64 / groups as f64).sqrt(),
            groups,
        }
    }
}

fn detectable(errors: &Errors, miss: f64) -> f64 {
    let beyond = Normal::standard().inverse_cdf(POWER);
    errors.half_width(miss) + beyond * errors.seeds.hypot(errors.items)
}

/// The least number from `low` to `high` that will do, where every larger one does too.
fn least(low: usize, high: usize, does: impl Fn(usize) -> bool) -> Option<usize> {
    if !does(high) {
        return None;
    }
    let (mut low, mut high) = (low, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if does(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}
