//! Sound in, spectrograms, and augmentations of both.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod augment;
mod cqt;
mod device_mel;
mod files;
