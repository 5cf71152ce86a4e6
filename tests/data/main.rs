//! Corpora: manifests, published data sets, splits, stores, and recordings that are found again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/command.rs"]
mod command;
mod corpora;
mod datasets;
mod fetch;
mod heard;
mod manifest;
mod splits;
mod store;
