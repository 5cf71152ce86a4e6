//! Which rows' mean ranks differ, all with all: Nemenyi (Distribution-free Multiple Comparisons,
//! Princeton 1963), as in Demšar (Statistical Comparisons of Classifiers over Multiple Data Sets,
//! JMLR 2006), section 3.2.2.
//!
//! Assumes what Friedman's test does, and corrects for all pairs. Whether two rows differ depends
//! on which others are there (Benavoli, Corani & Mangili, JMLR 2016): Wilcoxon's test with Holm's
//! correction does not.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::erf::erfc;

use super::MeanRanks;
use crate::stats::test::interval::chance;

/// Distance between the points of the integral; of a normal density the sum over them is exact, and
/// what remains is the error of the error function, some 1e-10 of the chance.
const STEP: f64 = 0.125;
/// Beyond so many standard deviations nothing is left of a normal density.
const FAR: f64 = 9.0;

impl MeanRanks {
    /// p value of each pair of rows: the chance that the range of k normal variables exceeds
    /// |Rᵢ − Rⱼ| √(12N/(k(k + 1))).
    pub fn nemenyi(&self) -> Vec<Vec<f64>> {
        let p = |a: &f64, b: &f64| range_exceeds((a - b).abs() / self.unit(), self.ranks.len());
        self.ranks.iter().map(|a| self.ranks.iter().map(|b| p(a, b)).collect()).collect()
    }

    /// Mean ranks that are further apart differ at the level `miss`: q √(k(k + 1)/6N).
    ///
    /// None where `miss` is no chance between 0 and 1.
    pub fn critical_difference(&self, miss: f64) -> Option<f64> {
        Some(critical_value(self.ranks.len(), miss)? * SQRT_2 * self.unit())
    }

    /// Standard deviation of a mean rank where nothing differs.
    fn unit(&self) -> f64 {
        (self.rows() * (self.rows() + 1.0) / (12.0 * self.tasks as f64)).sqrt()
    }
}

/// q of Demšar's table 5: what the range of k normal variables exceeds with chance `miss`, over √2.
///
/// None of fewer than two rows or where `miss` is no chance between 0 and 1.
pub fn critical_value(rows: usize, miss: f64) -> Option<f64> {
    chance(miss).filter(|_| rows > 1)?;
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        *(if range_exceeds(middle, rows) > miss { &mut low } else { &mut high }) = middle;
    }
    Some(0.5 * (low + high) / SQRT_2)
}

/// The chance that the range of k standard normal variables (the studentised range with infinite
/// degrees of freedom) exceeds q: k ∫ φ(z) (Φ(z)ᵏ⁻¹ − (Φ(z) − Φ(z − q))ᵏ⁻¹) dz.
///
/// The difference of powers is taken apart into a sum without subtraction, so that small chances
/// keep their digits.
fn range_exceeds(q: f64, rows: usize) -> f64 {
    if q == 0.0 {
        return 1.0;
    }
    let points = ((2.0 * FAR + q) / STEP).ceil() as i32;
    let integral: f64 = (0..=points)
        .map(|point| {
            let z = f64::from(point) * STEP - FAR;
            let (to, below) = (cumulative(z), cumulative(z - q));
            let powers: f64 =
                (0..rows - 1).fold(0.0, |sum, power| sum * (to - below) + to.powi(power as i32));
            (-0.5 * z * z).exp() * below * powers
        })
        .sum();
    (rows as f64 * STEP / (2.0 * PI).sqrt() * integral).min(1.0)
}

fn cumulative(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}
