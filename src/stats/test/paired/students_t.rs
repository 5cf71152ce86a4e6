//! Student's t of paired differences, and its correction for splits that share training items.

use crate::stats::clusters::deviation;
use crate::stats::test::{NOISE, Test, average, finite, largest, tail};

/// t = d̄ / √(s²/n) with n − 1 degrees of freedom; Student, Biometrika 1908.
///
/// Assumes independent differences that are normal, or many. None of fewer than two, or where all
/// are the same and not zero.
pub fn paired_t(differences: &[f64]) -> Option<Test> {
    corrected(differences, 0.0)
}

/// t = d̄ / √((1/J + n_test/n_train) s²) with J − 1 degrees of freedom, for the differences on J
/// splits drawn again from the same items; Nadeau & Bengio, Inference for the Generalization Error,
/// Machine Learning 2003.
///
/// Such differences share training items, and [`paired_t`] would find too much. Assumes normal
/// differences of equal correlation. None of fewer than two, where all are the same and not zero,
/// or of a ratio that is negative or no number.
pub fn nadeau_bengio(differences: &[f64], test_over_train: f64) -> Option<Test> {
    finite(&[test_over_train]).filter(|()| test_over_train >= 0.0)?;
    corrected(differences, test_over_train)
}

fn corrected(differences: &[f64], shared: f64) -> Option<Test> {
    finite(differences)?;
    let n = differences.len() as f64;
    if differences.len() < 2 {
        return None;
    }
    let (mean, deviation) = (average(differences), deviation(differences));
    if mean == 0.0 {
        return Some(Test { statistic: 0.0, p: 1.0 });
    }
    if deviation <= NOISE * largest(differences) {
        return None;
    }
    let statistic = mean / ((1.0 / n + shared).sqrt() * deviation);
    Some(Test { statistic, p: tail::students_t(statistic, n - 1.0)? })
}
