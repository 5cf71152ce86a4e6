//! How sure a figure is: intervals over seeds and test items, paired differences, verdicts. No input or output.
//!
//! **What an interval is for.** A figure is meant as the expected score over new seeds (of initialisation, data order
//! and probe) *and* new test items. Its variance has two parts, and they are estimated apart:
//!
//! - *between seeds*: the standard deviation of the seeds' figures over √seeds, with Student's t for seeds − 1
//!   degrees of freedom;
//! - *between items*: items of one group (work, artist) hang together, so groups are the independent units
//!   (Liang & Zeger, Biometrika 1986, as in clustered standard errors). For a mean over items the variance is computed
//!   from the items' scores averaged over seeds; a composite figure (ROC-AUC, average precision, R²) is computed again
//!   on groups drawn with replacement, the same draws for every method (paired bootstrap). Student's t has groups − 1
//!   degrees of freedom, which is the normal 1.96 once groups are many.
//!
//! The half-width is √((t·se)²_seeds + (t·se)²_items). Chance that belongs to a seed and an item together is in both
//! parts, which errs on the wide side.
//!
//! **Why not simply bootstrap the seeds.** With five seeds the bootstrap resamples five numbers: its spread is too
//! small by √(4/5) and its quantiles are the normal's (1.96) where t asks for 2.78, so an interval called 95 % covers
//! about 85 %.

pub mod beside;
mod clusters;
mod compare;
mod error;
mod estimate;
mod outcome;
pub mod planner;
mod practical;
pub mod ranking;
pub mod test;

pub use clusters::{Clusters, DRAWS};
pub use compare::{Comparison, Difference, LEVEL, Verdict, judge, judge_family};
pub use error::Errors;
pub use estimate::{Estimate, difference, mean, pairs};
pub use outcome::{Outcome, Spread};
pub use practical::Practical;
pub use test::holm;
