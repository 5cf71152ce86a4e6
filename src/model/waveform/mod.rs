//! Convolutions over raw samples.

pub mod sample_cnn;
pub mod sample_cnn_at;
pub mod tune;
