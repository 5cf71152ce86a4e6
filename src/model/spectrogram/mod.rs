//! Convolutions over spectrograms, with front ends that make these of raw samples.

pub mod cnn1d;
pub mod cqt_net;
pub mod decibel_fcn;
pub mod decibel_mel;
pub mod fcn;
pub mod image;
pub mod musicnn;
pub mod tpp_net;
