//! Probes: shallow models on frozen embeddings, fitted on train, chosen on valid, and only then
//! shown test.

mod answer;
mod fit;
mod grid;
mod prior;
mod sealed;
mod stack;

pub use answer::{Question, answer, knows};
pub use fit::{Fitted, fit};
pub use grid::{Grid, Point};
pub use prior::prior;
pub use sealed::{Choice, Recorded, Sealed};
pub use stack::{Kept, Objective, Stack};

use tch::Tensor;

use super::metric::Truth;

/// Embeddings with the answers to them.
pub struct Examples {
    /// `[items, dim]`, on the device the probe is fitted on.
    pub embeddings: Tensor,
    /// The answers, in the same order.
    pub truth: Truth,
}

/// Raised by whoever changes the numbers probing gives.
pub const VERSION: u32 = 2;
