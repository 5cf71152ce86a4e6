//! The two parts of a figure's uncertainty, and the interval and p value they give together.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The smallest p value that is told apart from zero.
const SMALLEST: f64 = 1e-12;

/// Beyond so many degrees of freedom Student's t is the normal distribution to five digits, and its
/// quantile is no longer found by `statrs`, which may then not return.
const MOST_FREEDOM: usize = 100_000;

/// Standard errors of a figure, between seeds and between test items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Standard error between seeds; zero for what does not depend on a seed.
    pub seeds: f64,
    /// Number of seeds; at least 2 unless `seeds` is zero.
    pub seed_count: usize,
    /// Standard error between test items.
    pub items: f64,
    /// Number of independent groups of items, at least 2.
    pub groups: usize,
}

impl Errors {
    /// Half the width of the interval that misses with chance `p` (0.05 for 95 %).
    pub fn half_width(&self, p: f64) -> f64 {
        part(self.seeds, self.seed_count, p).hypot(part(self.items, self.groups, p))
    }

    /// The two-sided p value of a figure against zero: the `p` whose interval just reaches zero.
    ///
    /// Values below 1e-12 are given as 1e-12, and as 0 where there is no error at all.
    pub fn p(&self, figure: f64) -> f64 {
        if figure == 0.0 {
            return 1.0;
        }
        if self.seeds == 0.0 && self.items == 0.0 {
            return 0.0;
        }
        let reaches_zero = |p: f64| self.half_width(p) >= figure.abs();
        if !reaches_zero(SMALLEST) {
            return SMALLEST;
        }
        let (mut low, mut high) = (SMALLEST.ln(), 0.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            *(if reaches_zero(f64::exp(middle)) { &mut low } else { &mut high }) = middle;
        }
        f64::exp(0.5 * (low + high))
    }
}

fn part(error: f64, count: usize, p: f64) -> f64 {
    if error == 0.0 { 0.0 } else { error * t_quantile(count.saturating_sub(1), p) }
}

/// The value that |t| exceeds with chance `p`; infinite without a degree of freedom.
pub(super) fn t_quantile(freedom: usize, p: f64) -> f64 {
    if freedom > MOST_FREEDOM {
        return -Normal::standard().inverse_cdf(0.5 * p);
    }
    match StudentsT::new(0.0, 1.0, freedom as f64) {
        Ok(t) => -t.inverse_cdf(0.5 * p),
        Err(_) => f64::INFINITY,
    }
}
