//! What is said when a person ends the program.

use std::ffi::CString;

use super::ffi::bench_when_interrupted;

/// Has the process say `words` on standard error when it is interrupted (Ctrl-C) or told to end,
/// and then end as it would have.
pub fn when_interrupted(words: &str) {
    // Words with a zero byte, which no path has, are left unsaid.
    let Ok(words) = CString::new(words) else { return };
    // SAFETY: the words are copied before the call ends.
    unsafe { bench_when_interrupted(words.as_ptr()) }
}
