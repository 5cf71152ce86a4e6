//! Verdicts on paired differences.

use serde::{Deserialize, Serialize};

use super::{Estimate, holm};

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
    /// `better`, `worse` or `undecided`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Undecided => "undecided",
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
    /// Whether it may have a verdict; one of a row that is barely trained or lacks runs may not, and
    /// does not count among the comparisons.
    pub enters: bool,
}

/// A paired difference with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The difference; its 95 % interval is of this one comparison, not corrected for the others.
    pub difference: Estimate,
    /// Two-sided p value from the same two errors as the interval; none where there is no interval, or
    /// the difference does not enter.
    pub p: Option<f64>,
    /// The p value corrected over the suite's comparisons (Holm).
    pub p_holm: Option<f64>,
    /// What follows from the corrected p value; none for a difference that does not enter.
    pub verdict: Option<Verdict>,
}

/// Judges all comparisons of a suite together.
pub fn judge(differences: Vec<Difference>) -> Vec<Comparison> {
    let test = |d: &Difference| Some(d.estimate.errors.filter(|_| d.enters)?.p(d.estimate.point));
    let p: Vec<Option<f64>> = differences.iter().map(test).collect();
    let mut adjusted = holm(&p.iter().flatten().copied().collect::<Vec<f64>>()).into_iter();
    let judged = differences.into_iter().zip(p);
    judged
        .map(|(difference, p)| {
            let p_holm = p.and_then(|_| adjusted.next());
            let verdict = difference.enters.then(|| difference.verdict(p_holm));
            Comparison { difference: difference.estimate, p, p_holm, verdict }
        })
        .collect()
}

impl Difference {
    fn verdict(&self, p_holm: Option<f64>) -> Verdict {
        match p_holm {
            Some(p) if p < LEVEL && (self.estimate.point > 0.0) == self.higher_is_better => {
                Verdict::Better
            }
            Some(p) if p < LEVEL => Verdict::Worse,
            _ => Verdict::Undecided,
        }
    }
}
