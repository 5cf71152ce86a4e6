//! Counting what is copied to a device.

use super::count;
use crate::Result;
use crate::native::ffi::bench_start_copies;

/// Runs `work` and counts the bytes of tensors that it copies from the host to CUDA devices.
///
/// Not counted is the work of other threads than this one and the backward threads it waits for.
///
/// # Errors
/// When called inside itself.
pub fn count_copies<T>(work: impl FnOnce() -> T) -> Result<(T, u64)> {
    // SAFETY: it makes a counter.
    unsafe { count(bench_start_copies, work) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind, Tensor};

    #[test]
    fn what_stays_on_the_host_is_not_counted() {
        let copied = count_copies(|| Tensor::zeros([9], (Kind::Float, Device::Cpu)).copy());
        assert_eq!(copied.expect("not nested").1, 0);
    }

    #[test]
    fn counting_inside_counting_is_refused_and_ends_with_its_scope() {
        assert!(count_copies(|| count_copies(|| ()).is_err()).expect("not nested").0);
        assert!(count_copies(|| ()).is_ok());
    }
}
