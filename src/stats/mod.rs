//! How sure a figure is: intervals over seeds and test items, paired differences, verdicts. No
//! input or output.
//!
//! **What an interval is for.** A figure is meant as the expected score over new seeds (of
//! initialisation, data order and probe) *and* new test items. Its variance has two parts, and they
//! are estimated apart:
//!
//! - *between seeds*: the standard deviation of the seeds' figures over √seeds, with Student's t
//!   for seeds − 1 degrees of freedom;
//! - *between items*: items of one group (work, artist) hang together, so groups are the
//!   independent units (Liang & Zeger, Biometrika 1986, as in clustered standard errors). For a
//!   mean over items the variance is computed from the items' scores averaged over seeds; a
//!   composite figure (ROC-AUC, average precision, R²) is computed again on groups drawn with
//!   replacement, the same draws for every method (paired bootstrap). Student's t has groups − 1
//!   degrees of freedom, which is the normal 1.96 once groups are many.
//!
//! The half-width is √((t·se)²_seeds + (t·se)²_items). Chance that belongs to a seed and an item
//! together is in both parts, which errs on the wide side.
//!
//! **Why not simply bootstrap the seeds.** With five seeds the bootstrap resamples five numbers:
//! its spread is too small by √(4/5) and its quantiles are the normal's (1.96) where t asks for
//! 2.78, so an interval called 95 % covers about 85 %.
//!
//! **What few seeds cost.** Of m comparisons Holm's correction asks the smallest p value to be
//! below 0.05/m, where Student's t of few degrees of freedom is far out. A single comparison needs
//! 4.3 standard errors between seeds with three seeds, 2.8 with five and 2.3 with ten; the first of
//! 35 needs 26.4, 7.8 and 4.5, the first of 190 needs 61.6, 12.2 and 5.8. More seeds help, and
//! fewer comparisons. Degrees of freedom borrowed from the items (Satterthwaite) or from the other
//! rows (Smyth, Statistical Applications in Genetics and Molecular Biology 2004) would help, too,
//! but the first are wrong many times too often that far out, and the second where rows differ in
//! their spread.

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
