//! The command, run as a person would.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/command.rs"]
mod command;
mod facts;
mod mistakes;
mod new;
mod perf;
mod plan;
mod typed;
mod views;
