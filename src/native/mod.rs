//! What tch does not bind of libtorch: autocast, fused optimisers, generator state, memory, counts
//! of operations and copies; and what Rust does not bind of the system: signals.
//!
//! Besides the memory maps of `data`, the only place with unsafe code. The C++ side lies beside the
//! Rust one; `native.h` has the conventions between them.
#![allow(unsafe_code, reason = "this module is the border to libtorch's C++ side")]

mod count;
mod device;
mod ffi;
mod generator;
mod interruption;
mod optimiser;
mod precision;

pub use count::{count_copies, count_flops, count_memory, uncounted};
pub use device::{
    busy_share, cuda_model, cuda_unavailable_reason, is_out_of_memory, load_cuda, peak_memory,
    release_memory, reset_peak_memory, synchronize,
};
pub use generator::{generator_state, set_generator_state};
pub use interruption::when_interrupted;
pub use optimiser::{Adam, AdamTensors, Sgd, StackedAdam, forget_gradients};
pub use precision::{Autocast, disable_tf32};

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
