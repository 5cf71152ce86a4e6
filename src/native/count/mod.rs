//! What libtorch counts while something runs: operations, copies, memory.

mod copies;
mod flops;
mod memory;

use std::ffi::c_void;

use super::ffi::{Failure, bench_stop_counting, check};
use crate::Result;

pub use copies::count_copies;
pub use flops::{count_flops, uncounted};
pub use memory::count_memory;

/// Begins to count on this thread.
type Start = unsafe extern "C" fn(*mut *mut c_void) -> Failure;

/// Runs `work` and gives what was counted meanwhile.
///
/// # Safety
/// `start` writes a counter of the C++ side to its place, or leaves it null.
///
/// # Errors
/// When counting cannot begin, as inside itself.
unsafe fn count<T>(start: Start, work: impl FnOnce() -> T) -> Result<(T, u64)> {
    let mut counter = Counter(std::ptr::null_mut());
    // SAFETY: the place is written before the call ends, or stays null.
    check(unsafe { start(&mut counter.0) })?;
    let value = work();
    Ok((value, counter.stop()))
}

/// Stops counting when dropped, so that a panic in the counted work leaves nothing behind.
struct Counter(*mut c_void);

impl Counter {
    fn stop(&mut self) -> u64 {
        let handle = std::mem::replace(&mut self.0, std::ptr::null_mut());
        if handle.is_null() {
            return 0;
        }
        // SAFETY: made on this thread, and given back only once.
        unsafe { bench_stop_counting(handle) }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.stop();
    }
}
