//! Compares ways of learning music representations: pre-train, embed, probe, and say which
//! differences are real.
//!
//! A module uses only modules before it in this order, which is also the way from the sound file to
//! the table: `error, seed, settings, files, native, device, tensors, progress` → [`audio`] →
//! [`data`] → [`augment`], [`shown`] → [`method`] → [`model`], [`registry`] → [`train`] → [`eval`]
//! → [`stats`] → [`report`] → [`cli`]. Plugins live in `methods/` and use only what this crate
//! makes public; [`conformance`] holds them to their contract.

extern crate self as bench; // so that `methods/` reads as an outside crate does

/// The program with its version and the commit it was built of: `bench 0.1.0 17b90f1adf95`, with a
/// `+` behind a commit whose sources were changed.
pub const PROGRAM: &str = concat!("bench ", env!("CARGO_PKG_VERSION"), " ", env!("BENCH_COMMIT"));

pub mod audio;
pub mod augment;
pub mod cli;
pub mod conformance;
pub mod data;
pub mod device;
pub mod error;
pub mod eval;
pub mod files;
pub mod method;
pub mod model;
pub mod native;
pub mod progress;
pub mod registry;
pub mod report;
pub mod seed;
pub mod settings;
pub mod shown;
pub mod stats;
pub mod tensors;
pub mod train;

#[path = "../methods/mod.rs"]
pub mod methods;

pub use error::{Error, Result};
pub use method::{
    Batch, Card, Classes, Classification, Context, Divisible, Encoder, Input, Loss, Method,
    Placement, Plugin, Progress, Readout, Sampling, Stage, Supervision,
};
pub use registry::{Built, Entry, Registry};
pub use seed::{Rng, Seed};
pub use shown::Shown;
