//! Training and fine-tuning, and what is given to both. Whoever draws from libtorch's generator
//! here holds it (`Seed::torch`): a process has only one, and others want its numbers again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/command.rs"]
mod command;
mod driver;
mod finetune;
mod labels;
mod loader;
mod micro_batch;
#[path = "../common/trial.rs"]
mod trial;
