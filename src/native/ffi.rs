//! The functions of the C++ side, by the conventions of `native.h`.

use std::ffi::{CStr, c_char, c_int, c_void};

use tch::{Device, Tensor};

use super::{Adam, Sgd, first_line};
use crate::{Error, Result};

/// `at::Tensor*`.
pub(super) type RawTensor = *const c_void;

/// Null, or why it failed.
pub(super) type Failure = *const c_char;

/// What Adam reads and writes: so many pointers in each list.
#[repr(C)]
pub(super) struct AdamLists {
    pub count: usize,
    pub params: *const RawTensor,
    pub grads: *const RawTensor,
    pub means: *const RawTensor,
    pub squares: *const RawTensor,
    pub steps: *const RawTensor,
}

/// How stacked networks are updated: both corrections of bias, then each network's learning rate
/// and weight decay.
#[repr(C)]
pub(super) struct StackedSettings {
    pub first: f32,
    pub second: f32,
    pub lr: RawTensor,
    pub l2: RawTensor,
}

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
    pub(super) fn bench_fused_adam(settings: *const Adam, lists: *const AdamLists) -> Failure;
    pub(super) fn bench_fused_sgd(
        settings: *const Sgd,
        count: usize,
        params: *const RawTensor,
        grads: *const RawTensor,
        velocities: *const RawTensor,
    ) -> Failure;
    pub(super) fn bench_stacked_adam(
        settings: *const StackedSettings,
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
    // SAFETY: a failure is a C string that lives until this thread's next call into the C++ side.
    let text = unsafe { CStr::from_ptr(failure) }.to_string_lossy();
    Err(Error::Torch(first_line(&text)))
}

/// The index by which the C++ side knows a device: negative for the CPU.
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
