//! Whether several rows rank differently over several tasks.

use crate::stats::test::ranks::midranks;
use crate::stats::test::{ROUNDING, Test, finite, largest, tail};

/// Whether a statistic makes up for rows that score the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// Divided by 1 − Σ(t³ − t)/(N k (k² − 1)), as SciPy does.
    Corrected,
    /// As Demšar writes it: too small where there are ties.
    Ignored,
}

/// Mean ranks of k rows over N tasks, 1 the best; equal scores share the mean of their ranks.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanRanks {
    /// One per row.
    pub ranks: Vec<f64>,
    /// Number of tasks.
    pub tasks: usize,
    ties: f64,
}

impl MeanRanks {
    /// Ranks the rows of each task; `scores` holds one list per task with one score per row.
    ///
    /// Scores within 1e-9 of the largest from each other are equal. None of no tasks, of fewer than
    /// two rows, or where a task lacks one.
    pub fn new(scores: &[Vec<f64>], higher_is_better: bool) -> Option<MeanRanks> {
        let rows = scores.first()?.len();
        let mut ranks = vec![0.0; rows];
        let mut ties = 0.0;
        for task in scores {
            finite(task).filter(|()| rows > 1 && task.len() == rows)?;
            let ranked = midranks(task, ROUNDING * largest(task));
            ties += ranked.ties;
            for (sum, rank) in ranks.iter_mut().zip(ranked.ranks) {
                *sum += if higher_is_better { (rows + 1) as f64 - rank } else { rank };
            }
        }
        ranks.iter_mut().for_each(|sum| *sum /= scores.len() as f64);
        Some(MeanRanks { ranks, tasks: scores.len(), ties })
    }

    /// χ² = 12N/(k(k + 1)) (ΣR² − k(k + 1)²/4) with k − 1 degrees of freedom; Friedman, Journal of
    /// the American Statistical Association 1937.
    ///
    /// Assumes independent tasks, and some ten of them: of fewer, χ² is a poor approximation.
    pub fn friedman(&self, ties: Ties) -> Option<Test> {
        let statistic = self.chi_squared(ties);
        Some(Test { statistic, p: tail::chi_squared(statistic, self.freedoms()[0])? })
    }

    /// F = (N − 1) χ²/(N(k − 1) − χ²) with k − 1 and (k − 1)(N − 1) degrees of freedom; Iman &
    /// Davenport, Communications in Statistics 1980. Less conservative than χ².
    ///
    /// Assumes what [`MeanRanks::friedman`] does. None of one task, or where every task ranks the
    /// rows alike and F is infinite.
    pub fn iman_davenport(&self, ties: Ties) -> Option<Test> {
        let tasks = self.tasks as f64;
        let (most, found) = (tasks * (self.rows() - 1.0), self.chi_squared(ties));
        if most - found <= ROUNDING * most {
            return None;
        }
        let statistic = (tasks - 1.0) * found / (most - found);
        Some(Test { statistic, p: tail::fisher(statistic, self.freedoms())? })
    }

    /// Degrees of freedom of Iman and Davenport's F; the first are those of χ² too.
    pub fn freedoms(&self) -> [f64; 2] {
        let first = self.rows() - 1.0;
        [first, first * (self.tasks as f64 - 1.0)]
    }

    /// Number of rows, k.
    pub(super) fn rows(&self) -> f64 {
        self.ranks.len() as f64
    }

    fn chi_squared(&self, ties: Ties) -> f64 {
        let (tasks, rows) = (self.tasks as f64, self.rows());
        let middle = 0.5 * (rows + 1.0);
        let squares: f64 = self.ranks.iter().map(|rank| (rank - middle).powi(2)).sum();
        let plain = 12.0 * tasks / (rows * (rows + 1.0)) * squares;
        let left = 1.0 - self.ties / (tasks * rows * (rows * rows - 1.0));
        match ties {
            Ties::Corrected if left > ROUNDING => plain / left,
            _ => plain,
        }
    }
}
