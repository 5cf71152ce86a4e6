//! Tests of paired values: the same items, seeds, splits or tasks, twice.

mod bayes;
mod delong;
mod mcnemar;
mod sign_flip;
mod students_t;
mod wilcoxon;

pub use bayes::{Rope, bayesian_signed_rank};
pub use delong::{DeLong, delong};
pub use mcnemar::mcnemar;
pub use sign_flip::{sign_flip, smallest_p_paired};
pub use students_t::{nadeau_bengio, paired_t};
pub use wilcoxon::{Zeros, wilcoxon, wilcoxon_normal};
