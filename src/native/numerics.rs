//! How exactly the kernels compute.

use super::ffi::{bench_disable_tf32, bench_set_deterministic, check};
use crate::Result;

/// Makes f32 products on CUDA real f32 ones; libtorch's default is TF32 for convolutions.
///
/// # Errors
/// When libtorch refuses.
pub fn disable_tf32() -> Result<()> {
    // SAFETY: takes nothing.
    check(unsafe { bench_disable_tf32() })
}

/// Asks every operator for the kernel whose result repeats, with a warning where there is none.
///
/// # Errors
/// When libtorch refuses.
pub fn set_deterministic(on: bool) -> Result<()> {
    // SAFETY: takes a value only.
    check(unsafe { bench_set_deterministic(on) })
}
