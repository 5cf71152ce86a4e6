//! Results folders, and what is read, compared and drawn from them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod claims;
#[path = "../common/command.rs"]
mod command;
mod compare;
mod folder;
mod keys;
mod latex;
mod page;
mod ranks;
mod results;
#[path = "../common/toy.rs"]
mod toy;
