//! The state of libtorch's own random generators (initialisation, dropout).

use tch::{Device, Tensor};

use super::ffi::{bench_generator_state, bench_set_generator_state, check, index, raw};
use crate::Result;

/// The state of the device's generator, as bytes on the CPU, `[bytes]`.
///
/// # Errors
/// When the device is not there.
pub fn generator_state(device: Device) -> Result<Tensor> {
    let mut state = std::ptr::null_mut();
    // SAFETY: on success the place holds a new tensor that nobody else owns.
    check(unsafe { bench_generator_state(index(device), &mut state) })?;
    // SAFETY: see above; from_ptr takes ownership.
    Ok(unsafe { Tensor::from_ptr(state.cast()) })
}

/// Puts back what [`generator_state`] gave.
///
/// # Errors
/// When the device is not there or the bytes are not a state of its kind of generator.
pub fn set_generator_state(device: Device, state: &Tensor) -> Result<()> {
    // SAFETY: the tensor is borrowed until the call ends; libtorch checks its kind and length.
    check(unsafe { bench_set_generator_state(index(device), raw(state)) })
}
