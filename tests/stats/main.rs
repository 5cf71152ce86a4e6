//! Statistics: estimates, tests and verdicts, and what the intervals are worth.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calibrate;
mod statistics;
mod verdicts;
