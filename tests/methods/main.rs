//! Methods, and the networks they are made of. Whoever draws from libtorch's generator here holds
//! it (`Seed::torch`): a process has only one, and others want its numbers again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod classifier;
#[path = "../common/command.rs"]
mod command;
mod contract;
mod cover;
mod keymyna;
mod momentum;
mod myna;
mod networks;
mod outside;
mod pemr;
mod semisupcon;
mod settings;
