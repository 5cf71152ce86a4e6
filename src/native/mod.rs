//! What tch does not bind of libtorch: autocast, fused optimisers, generator state, memory, counts of
//! operations and copies; and what Rust does not bind of the system: signals.
//!
//! Besides the memory maps of `data`, the only place with unsafe code. The C++ side is
//! `native.cpp`.
#![allow(unsafe_code, reason = "this module is the border to libtorch's C++ side")]

mod adam;
mod autocast;
mod busy;
mod copies;
mod counter;
mod cuda;
mod ffi;
mod flops;
mod generator;
mod interruption;
mod memory;
mod numerics;
mod sgd;
mod stacked_adam;

pub use adam::{Adam, AdamTensors, forget_gradients};
pub use autocast::Autocast;
pub use busy::busy_share;
pub use copies::count_copies;
pub use cuda::{cuda_model, cuda_unavailable_reason, load_cuda, synchronize};
pub use flops::{count_flops, uncounted};
pub use generator::{generator_state, set_generator_state};
pub use interruption::when_interrupted;
pub use memory::{count_memory, is_out_of_memory, peak_memory, release_memory, reset_peak_memory};
pub use numerics::disable_tf32;
pub use sgd::Sgd;
pub use stacked_adam::StackedAdam;

use crate::Error;

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Error {
        let text = match error {
            tch::TchError::Torch(text) => text,
            other => other.to_string(),
        };
        Error::Torch(first_line(&text))
    }
}

/// Without the C++ backtrace that follows.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind, Tensor};

    #[test]
    fn an_error_of_libtorch_is_one_line() {
        let a = Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
        let error = Error::from(a.f_mm(&a).expect_err("shapes do not fit"));
        assert_eq!(
            error.to_string(),
            "libtorch: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"
        );
    }
}
