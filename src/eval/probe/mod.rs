//! Probes: shallow models on frozen embeddings, fitted on train, chosen on valid, and only then
//! shown test.

mod answer;
mod examples;
mod fit;
mod fraction;
mod grid;
mod judge;
mod neighbours;
mod pool;
mod preset;
mod prior;
mod sealed;
mod widths;

pub use answer::{Probe, ProbeQuestion, answer, knows};
pub use examples::{Embedded, Examples};
pub use fit::{Fitted, fit};
pub use fraction::{Part, SEGMENTS, Sampler, labelled, segments};
pub use grid::{Draw, Dropout, EncoderMode, Grid, Keep, Plateau, Point, Statistics, Watch};
pub use neighbours::{Neighbours, Vote, Voters, poll};
pub use pool::Pool;
pub use preset::PRESETS;
pub use prior::prior;
pub use sealed::{Choice, Recorded, Sealed, Tuning};
pub use widths::Widths;

pub(in crate::eval) use fit::{answering, to_host};
pub(in crate::eval) use grid::{all, is_all, is_default, is_once, once};
pub(in crate::eval) use judge::{Judge, Worth, telling};
pub(in crate::eval) use preset::{Presets, laid_upon, named};

/// Raised by whoever changes the numbers probing gives.
pub const VERSION: u32 = 2;
