//! How exactly the kernels compute.

use super::ffi::{bench_disable_tf32, check};
use crate::Result;

/// Makes f32 products on CUDA real f32 ones; libtorch's default is TF32 for convolutions.
///
/// # Errors
/// When libtorch refuses.
pub fn disable_tf32() -> Result<()> {
    // SAFETY: takes nothing.
    check(unsafe { bench_disable_tf32() })
}
