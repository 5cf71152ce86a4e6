//! The functions of `native.cpp`, and the conventions they share.

use std::ffi::{CStr, c_char, c_int, c_void};

use tch::{Device, Tensor};

use super::{Adam, Sgd, first_line};
use crate::{Error, Result};

/// `at::Tensor*`.
pub(super) type RawTensor = *const c_void;

/// Null, or why it failed.
pub(super) type Failure = *const c_char;

unsafe extern "C" {
    pub(super) fn bench_load_cuda() -> Failure;
    pub(super) fn bench_cuda_model(device: c_int, name: *mut c_char, size: c_int) -> Failure;
    pub(super) fn bench_disable_tf32() -> Failure;
    pub(super) fn bench_autocast_enter(
        device: c_int,
        enabled: bool,
        was_enabled: *mut bool,
        old_dtype: *mut i8,
    ) -> Failure;
    pub(super) fn bench_autocast_leave(device: c_int, was_enabled: bool, old_dtype: i8) -> Failure;
    pub(super) fn bench_fused_adam(
        settings: *const Adam,
        count: usize,
        params: *const RawTensor,
        grads: *const RawTensor,
        means: *const RawTensor,
        squares: *const RawTensor,
        steps: *const RawTensor,
    ) -> Failure;
    pub(super) fn bench_fused_sgd(
        settings: *const Sgd,
        count: usize,
        params: *const RawTensor,
        grads: *const RawTensor,
        velocities: *const RawTensor,
    ) -> Failure;
    pub(super) fn bench_stacked_adam(
        first: f32,
        second: f32,
        lr: RawTensor,
        l2: RawTensor,
        param: RawTensor,
        grad: RawTensor,
        mean: RawTensor,
        square: RawTensor,
    ) -> Failure;
    pub(super) fn bench_forget_gradients(count: usize, params: *const RawTensor) -> Failure;
    pub(super) fn bench_generator_state(device: c_int, state: *mut *mut c_void) -> Failure;
    pub(super) fn bench_set_generator_state(device: c_int, state: RawTensor) -> Failure;
    pub(super) fn bench_cuda_peak_memory(device: c_int, bytes: *mut u64) -> Failure;
    pub(super) fn bench_cuda_reset_peak_memory(device: c_int) -> Failure;
    pub(super) fn bench_cuda_release_memory() -> Failure;
    pub(super) fn bench_cuda_busy_percent(device: c_int, percent: *mut u32) -> Failure;
    pub(super) fn bench_when_interrupted(words: *const c_char);
    pub(super) fn bench_start_flops(counter: *mut *mut c_void) -> Failure;
    pub(super) fn bench_pause_flops(depth: c_int);
    pub(super) fn bench_start_copies(counter: *mut *mut c_void) -> Failure;
    pub(super) fn bench_start_memory(counter: *mut *mut c_void) -> Failure;
    pub(super) fn bench_stop_counting(counter: *mut c_void) -> u64;
}

/// Turns what a function returned into a `Result`.
pub(super) fn check(failure: Failure) -> Result<()> {
    if failure.is_null() {
        return Ok(());
    }
    // SAFETY: a failure is a C string that lives until this thread's next call into native.cpp.
    let text = unsafe { CStr::from_ptr(failure) }.to_string_lossy();
    Err(Error::Torch(first_line(&text)))
}

/// The index by which `native.cpp` knows a device: negative for the CPU.
pub(super) fn index(device: Device) -> c_int {
    match device {
        Device::Cuda(index) => index as c_int,
        _ => -1,
    }
}

/// The tensor behind `tensor`, valid while that lives.
pub(super) fn raw(tensor: &Tensor) -> RawTensor {
    tensor.as_ptr().cast()
}
