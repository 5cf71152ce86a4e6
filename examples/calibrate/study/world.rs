//! What is simulated: test items, methods and their runs, and why scores differ.
//!
//! A run answers item i by the latent score
//!
//! ability + effect of the seed + √¾ (√½ Dᵢ + √½ D′ᵢ) + √¼ eᵢ
//!
//! with standard normal D (an item's difficulty for every method), D′ (for this method) and e (for
//! this run alone). The shares are those that the rows of `results/key` show: seeds of one row
//! agree on 0.67 to 0.84 of the variance of the items, and two rows share 0.35 to 0.98 of that,
//! half at the median.

use std::f64::consts::TAU;

use bench::Rng;
use bench::stats::Clusters;
use rand::RngExt;
use serde::Serialize;

/// The share of an item's variance that every seed of a method repeats.
const REPEATED: f64 = 0.75;

/// The share of what is repeated that all methods have in common.
const COMMON: f64 = 0.5;

/// Correlation between the difficulties of items of one group.
const WITHIN_GROUPS: f64 = 0.5;

/// Which part of a mean's variance is the larger one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dominant {
    /// Seeds: four times the items' part, twice the standard error.
    Seeds,
    /// Neither.
    Neither,
    /// Items: four times the seeds' part.
    Items,
    /// Items alone: seeds do not differ in what is to be expected of them.
    ItemsAlone,
    /// Seeds alone, four times as much: items are as hard for one method as for the other.
    SeedsAlone,
}

impl Dominant {
    /// The seeds' part over the items'.
    fn ratio(self) -> f64 {
        match self {
            Dominant::Seeds | Dominant::SeedsAlone => 4.0,
            Dominant::Neither => 1.0,
            Dominant::Items => 0.25,
            Dominant::ItemsAlone => 0.0,
        }
    }
}

/// A test set and the runs of methods on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct World {
    /// Runs of each method.
    pub seeds: usize,
    /// Test items.
    pub items: usize,
    /// Items of one group.
    pub group: usize,
    /// Which part of the variance is the larger one.
    pub dominant: Dominant,
    /// Standard deviation between seeds, in units of [`Question::even`](super::question::Question).
    pub spread: f64,
}

/// One run of a method.
pub struct Run {
    /// The method's ability and what the seed adds to it.
    pub skill: f64,
    /// How each item turned out, of unit variance.
    pub items: Vec<f64>,
}

impl World {
    /// So many seeds and items, in groups of so many.
    pub fn new([seeds, items, group]: [usize; 3], dominant: Dominant) -> World {
        let independent = items as f64 / (1.0 + WITHIN_GROUPS * (group - 1) as f64);
        let spread = (dominant.ratio() * seeds as f64 / independent).sqrt();
        World { seeds, items, group, dominant, spread }
    }

    /// How the items hang together.
    pub fn clusters(&self) -> Clusters {
        let names: Vec<String> =
            (0..self.items).map(|item| (item / self.group).to_string()).collect();
        Clusters::new(names.iter().map(|name| Some(name.as_str())))
    }

    /// The runs of methods of these abilities on the same items, with so much between seeds.
    pub fn runs(&self, abilities: &[f64], deviation: f64, rng: &mut Rng) -> Vec<Vec<Run>> {
        let common = self.difficulties(rng);
        let shared = if self.dominant == Dominant::SeedsAlone { 1.0 } else { COMMON };
        let method = |ability: &f64| {
            let repeated = mixed(&common, &self.difficulties(rng), shared);
            let effects = normals(self.seeds, rng);
            let run = |effect: &f64| Run {
                skill: ability + deviation * effect,
                items: mixed(&repeated, &normals(self.items, rng), REPEATED),
            };
            effects.iter().map(run).collect()
        };
        abilities.iter().map(method).collect()
    }

    fn difficulties(&self, rng: &mut Rng) -> Vec<f64> {
        let own = normals(self.items, rng);
        if self.group == 1 {
            return own;
        }
        let groups = normals(self.items.div_ceil(self.group), rng);
        let of_groups: Vec<f64> = (0..self.items).map(|item| groups[item / self.group]).collect();
        mixed(&of_groups, &own, WITHIN_GROUPS)
    }
}

/// Unit variances mixed to unit variance, so much of it of the first.
fn mixed(first: &[f64], second: &[f64], share: f64) -> Vec<f64> {
    let (a, b) = (share.sqrt(), (1.0 - share).sqrt());
    first.iter().zip(second).map(|(first, second)| a * first + b * second).collect()
}

/// Standard normal variables; Box & Muller, Annals of Mathematical Statistics 1958.
pub fn normals(count: usize, rng: &mut Rng) -> Vec<f64> {
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let (sin, cos) = (TAU * rng.random::<f64>()).sin_cos();
        values.extend([radius * cos, radius * sin]);
    }
    values.truncate(count);
    values
}
