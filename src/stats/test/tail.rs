//! Chances of a statistic at least as extreme as the one that was found, where nothing differs.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor, Normal, StudentsT};

/// Two-sided, of a standard normal variable.
pub(super) fn normal(z: f64) -> f64 {
    2.0 * Normal::standard().sf(z.abs())
}

/// Two-sided, of Student's t; none without a degree of freedom.
pub(super) fn students_t(t: f64, freedom: f64) -> Option<f64> {
    Some(2.0 * StudentsT::new(0.0, 1.0, freedom).ok()?.sf(t.abs()))
}

/// Upper, of χ²; none without a degree of freedom.
pub(super) fn chi_squared(statistic: f64, freedom: f64) -> Option<f64> {
    Some(ChiSquared::new(freedom).ok()?.sf(statistic))
}

/// Upper, of F; none without degrees of freedom.
pub(super) fn fisher(statistic: f64, freedoms: [f64; 2]) -> Option<f64> {
    Some(FisherSnedecor::new(freedoms[0], freedoms[1]).ok()?.sf(statistic))
}
