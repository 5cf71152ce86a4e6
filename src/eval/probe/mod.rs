//! Probes: shallow models on frozen embeddings, fitted on train, chosen on valid, and only then
//! shown test.

mod answer;
mod fit;
mod grid;
mod neighbours;
mod prior;
mod sealed;
mod stack;

pub use answer::{Probe, Question, answer, knows};
pub use fit::{Fitted, fit};
pub use grid::{Grid, Point};
pub use neighbours::{Neighbours, Vote, Voters, poll};
pub use prior::prior;
pub use sealed::{Choice, Recorded, Sealed};
pub use stack::{Kept, Objective, Stack};

use tch::Tensor;

use super::metric::Truth;
use crate::method::Readout;

/// Embeddings with the answers to them.
pub struct Examples {
    /// `[items, dim]`, on the device the probe is fitted on.
    pub embeddings: Tensor,
    /// The answers, in the same order.
    pub truth: Truth,
}

impl Examples {
    /// The same with the columns of a readout alone.
    fn read(&self, readout: &Readout) -> Examples {
        Examples { embeddings: readout.of(&self.embeddings), truth: self.truth.clone() }
    }
}

/// Raised by whoever changes the numbers probing gives.
pub const VERSION: u32 = 2;
