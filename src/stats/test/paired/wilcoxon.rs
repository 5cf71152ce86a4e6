//! Whether paired differences lie around zero, by the ranks of their sizes.

use crate::stats::test::ranks::midranks;
use crate::stats::test::{ROUNDING, Test, finite, largest, tail};

/// Up to so many differences the p value is exact, unless there are ties.
const EXACT: usize = 25;

/// What becomes of differences of zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zeros {
    /// They are left out (Wilcoxon; SciPy's `wilcox`).
    Dropped,
    /// They are ranked, and half of their ranks counts as positive (Demšar; SciPy's `zsplit`).
    Split,
}

/// The signed-rank test; Wilcoxon, Biometrics Bulletin 1945.
///
/// The statistic is the smaller one of the sums of the ranks of positive and of negative
/// differences. The p value is exact up to 25 differences without ties or split zeros, else that
/// of [`wilcoxon_normal`]. Differences within 1e-9 of the largest from each other are tied.
///
/// Assumes independent differences whose distribution is symmetric about zero where nothing
/// differs. None of no differences.
pub fn wilcoxon(differences: &[f64], zeros: Zeros) -> Option<Test> {
    let sums = Sums::new(differences, zeros)?;
    let statistic = sums.positive.min(sums.negative);
    let exact = sums.count <= EXACT && sums.ties == 0.0 && statistic.fract() == 0.0;
    if !exact {
        return Some(sums.normal());
    }
    Some(Test { statistic, p: (2.0 * at_most(sums.count, statistic as usize)).min(1.0) })
}

/// As [`wilcoxon`], with the p value of z = (T − n(n + 1)/4) / √(n(n + 1)(2n + 1)/24 − Σ(t³ −
/// t)/48): corrected for groups of t ties, not for continuity.
pub fn wilcoxon_normal(differences: &[f64], zeros: Zeros) -> Option<Test> {
    Some(Sums::new(differences, zeros)?.normal())
}

/// Ranks of the sizes, summed by sign.
struct Sums {
    positive: f64,
    negative: f64,
    count: usize,
    ties: f64,
}

impl Sums {
    fn new(differences: &[f64], zeros: Zeros) -> Option<Sums> {
        finite(differences)?;
        let apart = ROUNDING * largest(differences);
        let is_zero = |difference: f64| difference.abs() <= apart;
        let kept = differences.iter().copied();
        let kept: Vec<f64> = kept.filter(|d| zeros == Zeros::Split || !is_zero(*d)).collect();
        let sizes: Vec<f64> = kept.iter().map(|difference| difference.abs()).collect();
        let ranked = midranks(&sizes, apart);
        let (mut positive, mut negative) = (0.0, 0.0);
        for (&difference, &rank) in kept.iter().zip(&ranked.ranks) {
            let share = if is_zero(difference) { 0.5 } else { f64::from(difference > 0.0) };
            positive += share * rank;
            negative += (1.0 - share) * rank;
        }
        Some(Sums { positive, negative, count: kept.len(), ties: ranked.ties })
    }

    fn normal(&self) -> Test {
        let n = self.count as f64;
        let statistic = self.positive.min(self.negative);
        let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - self.ties / 48.0;
        let z = (statistic - 0.25 * n * (n + 1.0)) / variance.sqrt();
        Test { statistic, p: if variance > 0.0 { tail::normal(z) } else { 1.0 } }
    }
}

/// The chance that of the ranks 1 to n, each taken or not, those taken sum to at most `most`.
fn at_most(n: usize, most: usize) -> f64 {
    let mut ways = vec![0.0; most + 1];
    ways[0] = 1.0;
    for rank in 1..=n.min(most) {
        for sum in (rank..=most).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    ways.iter().sum::<f64>() * 0.5f64.powi(n as i32)
}
