//! Corruptions of tested sound: what each does, and what a suite makes of them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../command/mod.rs"]
mod command;
mod corruption;
mod effect;
mod suite;
