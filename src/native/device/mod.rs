//! Finding CUDA when the program runs, so that one binary serves machines with and without it; and
//! what a device tells of itself.

mod busy;
mod memory;

use std::ffi::c_int;
use std::sync::OnceLock;

use tch::{Cuda, Device};

use super::ffi::{bench_cuda_model, bench_load_cuda, check};
use crate::{Error, Result};

pub use busy::busy_share;
pub use memory::{is_out_of_memory, peak_memory, release_memory, reset_peak_memory};

/// Loads `libtorch_cuda` if it lies beside the loaded `libtorch_cpu`; later calls repeat the first
/// one's answer.
///
/// Must come before anything asks libtorch for CUDA, since libtorch remembers the answer.
///
/// # Errors
/// Why it cannot be loaded: it is not there, or a library it needs is not.
pub fn load_cuda() -> Result<()> {
    static FAILURE: OnceLock<Option<String>> = OnceLock::new();
    let failure = FAILURE.get_or_init(|| {
        // SAFETY: takes nothing; the library's constructors only register operators.
        check(unsafe { bench_load_cuda() }).err().map(|error| match error {
            Error::Torch(text) => text,
            other => other.to_string(),
        })
    });
    failure.clone().map_or(Ok(()), |text| Err(Error::Torch(text)))
}

/// Why no CUDA device can be used, or `None` where one can.
pub fn cuda_unavailable_reason() -> Option<String> {
    match load_cuda() {
        Err(Error::Torch(text)) => Some(text),
        Err(other) => Some(other.to_string()),
        Ok(()) if Cuda::device_count() == 0 => {
            Some("the CUDA libraries are there, but no device or driver".into())
        }
        Ok(()) => None,
    }
}

/// What the driver calls a CUDA device: `NVIDIA H200`.
pub fn cuda_model(index: usize) -> Option<String> {
    let mut name = [0; 128];
    // SAFETY: at most so many characters are written, the last of them a zero.
    let told = unsafe { bench_cuda_model(index as c_int, name.as_mut_ptr(), name.len() as c_int) };
    check(told).ok()?;
    let bytes: Vec<u8> = name.iter().map(|c| *c as u8).take_while(|c| *c != 0).collect();
    String::from_utf8(bytes).ok().filter(|name| !name.is_empty())
}

/// Waits until all work queued on the device is done; on the CPU nothing is ever queued.
pub fn synchronize(device: Device) {
    if let Device::Cuda(index) = device {
        Cuda::synchronize(index as i64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_given_exactly_where_there_is_no_cuda() {
        assert_eq!(cuda_unavailable_reason().is_none(), Cuda::is_available());
    }
}
