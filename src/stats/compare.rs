//! Verdicts on paired differences.

use serde::{Deserialize, Serialize};

use super::Estimate;
use super::test::{benjamini_hochberg, bonferroni, holm};
use crate::eval::comparisons::Correction;

/// The chance at which one of a suite's verdicts is allowed to be wrong.
pub const LEVEL: f64 = 0.05;

/// What a comparison says. Undecided is not equal: the data do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The row is better than what it is compared with.
    Better,
    /// The row is worse.
    Worse,
    /// Neither is shown.
    Undecided,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Verdict; 3] = [Verdict::Better, Verdict::Worse, Verdict::Undecided];

    /// `better`, `worse` or `undecided`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Undecided => "undecided",
        }
    }

    /// The same seen from the other row.
    pub fn reversed(self) -> Verdict {
        match self {
            Verdict::Better => Verdict::Worse,
            Verdict::Worse => Verdict::Better,
            Verdict::Undecided => Verdict::Undecided,
        }
    }
}

/// A paired difference before it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The row minus what it is compared with.
    pub estimate: Estimate,
    /// Whether a positive difference is in the row's favour.
    pub higher_is_better: bool,
    /// Whether it may have a verdict; one of a row that is barely trained or lacks runs may not,
    /// and does not count among the comparisons.
    pub enters: bool,
}

/// A paired difference with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The difference; its 95 % interval is of this one comparison, not corrected for the others.
    pub difference: Estimate,
    /// Two-sided p value from the same two errors as the interval; none where there is no interval,
    /// or the difference does not enter.
    pub p: Option<f64>,
    /// The p value corrected over the comparisons of its family.
    pub p_corrected: Option<f64>,
    /// What follows from the corrected p value; none for a difference that does not enter.
    pub verdict: Option<Verdict>,
}

/// Judges all comparisons of a suite together, corrected by Holm's method.
pub fn judge(differences: Vec<Difference>) -> Vec<Comparison> {
    judge_family(differences, Correction::Holm)
}

/// Judges the comparisons of one family together.
pub fn judge_family(differences: Vec<Difference>, correction: Correction) -> Vec<Comparison> {
    let test = |d: &Difference| Some(d.estimate.errors.filter(|_| d.enters)?.p(d.estimate.point));
    let p: Vec<Option<f64>> = differences.iter().map(test).collect();
    let tested: Vec<f64> = p.iter().flatten().copied().collect();
    let mut corrected = corrected(&tested, correction).into_iter();
    let judged = differences.into_iter().zip(p);
    judged
        .map(|(difference, p)| {
            let p_corrected = p.and_then(|_| corrected.next());
            let verdict = difference.enters.then(|| difference.verdict(p_corrected));
            Comparison { difference: difference.estimate, p, p_corrected, verdict }
        })
        .collect()
}

fn corrected(p: &[f64], correction: Correction) -> Vec<f64> {
    match correction {
        Correction::Holm => holm(p),
        Correction::BenjaminiHochberg => benjamini_hochberg(p),
        Correction::Bonferroni => bonferroni(p),
        Correction::None => p.to_vec(),
    }
}

impl Difference {
    fn verdict(&self, p_corrected: Option<f64>) -> Verdict {
        match p_corrected {
            Some(p) if p < LEVEL && (self.estimate.point > 0.0) == self.higher_is_better => {
                Verdict::Better
            }
            Some(p) if p < LEVEL => Verdict::Worse,
            _ => Verdict::Undecided,
        }
    }
}
