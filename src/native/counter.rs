//! What libtorch counts while something runs.

use std::ffi::c_void;

use super::ffi::{Failure, check};
use crate::Result;

/// Begins to count on this thread.
type Start = unsafe extern "C" fn(*mut *mut c_void) -> Failure;

/// Ends what was begun, and says how much it came to.
type Stop = unsafe extern "C" fn(*mut c_void) -> u64;

/// Runs `work` and gives what was counted meanwhile.
///
/// # Safety
/// `start` writes to its place what `stop` takes once on the same thread, or leaves it null.
///
/// # Errors
/// When counting cannot begin, as inside itself.
pub(super) unsafe fn count<T>(
    start: Start,
    stop: Stop,
    work: impl FnOnce() -> T,
) -> Result<(T, u64)> {
    let mut counter = Counter { handle: std::ptr::null_mut(), stop };
    // SAFETY: the place is written before the call ends, or stays null.
    check(unsafe { start(&mut counter.handle) })?;
    let value = work();
    Ok((value, counter.stop()))
}

/// Stops counting when dropped, so that a panic in the counted work leaves nothing behind.
struct Counter {
    handle: *mut c_void,
    stop: Stop,
}

impl Counter {
    fn stop(&mut self) -> u64 {
        let handle = std::mem::replace(&mut self.handle, std::ptr::null_mut());
        if handle.is_null() {
            return 0;
        }
        // SAFETY: made on this thread by the start that goes with it, and given back only once.
        unsafe { (self.stop)(handle) }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.stop();
    }
}
