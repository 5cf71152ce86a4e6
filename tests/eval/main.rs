//! What is made of embeddings: probes, scores, protocols, and what corruptions do to them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/command.rs"]
mod command;
mod embed;
mod few_labels;
mod golden;
mod metric;
mod probe;
mod protocols;
mod retrieval;
mod robustness;
