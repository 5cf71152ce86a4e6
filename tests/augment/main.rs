//! Augmentations against closed forms and direct filters in f64.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chain;
mod filter;
mod sound;
mod track_chain;
