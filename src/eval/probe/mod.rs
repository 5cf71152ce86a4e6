//! Probes: shallow models on frozen embeddings, fitted on train, chosen on valid, and only then
//! shown test.

mod answer;
mod examples;
mod fit;
mod fraction;
mod grid;
mod neighbours;
mod pool;
mod preset;
mod prior;
mod sealed;
mod widths;

pub use answer::{Probe, Question, answer, knows};
pub use examples::{Embedded, Examples};
pub use fit::{Fitted, fit};
pub use fraction::labelled;
pub use grid::{Draw, Dropout, EncoderMode, Grid, Keep, Plateau, Point, Statistics, Watch};
pub use neighbours::{Neighbours, Vote, Voters, poll};
pub use pool::Pool;
pub use preset::PRESETS;
pub use prior::prior;
pub use sealed::{Choice, Recorded, Sealed};
pub use widths::Widths;

/// Raised by whoever changes the numbers probing gives.
pub const VERSION: u32 = 2;
