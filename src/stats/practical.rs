//! Whether a difference is large enough to matter.

use serde::Serialize;

use super::Estimate;

/// What a difference's 95 % interval says of a region of practical equivalence around zero;
/// Kruschke, Rejecting or Accepting Parameter Values in Bayesian Estimation, Advances in Methods
/// and Practices in Psychological Science 2018.
///
/// It is another question than the verdict's: a difference may be there and yet be too small to
/// matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Practical {
    /// The whole interval is beyond the region, in favour of the row.
    Better,
    /// The whole interval is beyond the region, against the row.
    Worse,
    /// The whole interval is within the region.
    Equivalent,
    /// The interval crosses an edge of the region, or there is none.
    Undecided,
}

impl Practical {
    /// `better`, `worse`, `equivalent` or `undecided`.
    pub fn name(self) -> &'static str {
        match self {
            Practical::Better => "better",
            Practical::Worse => "worse",
            Practical::Equivalent => "equivalent",
            Practical::Undecided => "undecided",
        }
    }

    /// What `difference` says of the region from −`rope` to `rope`.
    pub fn of(difference: &Estimate, rope: f64, higher_is_better: bool) -> Practical {
        let Some((low, high)) = difference.low.zip(difference.high) else {
            return Practical::Undecided;
        };
        if -rope <= low && high <= rope {
            Practical::Equivalent
        } else if low > rope || high < -rope {
            let favours = (low > rope) == higher_is_better;
            if favours { Practical::Better } else { Practical::Worse }
        } else {
            Practical::Undecided
        }
    }
}
