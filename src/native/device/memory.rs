//! The memory of a device.

use tch::Device;

use crate::native::ffi::{
    bench_cuda_peak_memory, bench_cuda_release_memory, bench_cuda_reset_peak_memory, check, index,
};

/// The most bytes held since the last reset: by the process for the CPU, by tensors for CUDA.
///
/// `None` where the system does not say.
pub fn peak_memory(device: Device) -> Option<u64> {
    if !device.is_cuda() {
        return high_water_mark();
    }
    let mut bytes = 0;
    // SAFETY: the place is written before the call ends.
    check(unsafe { bench_cuda_peak_memory(index(device), &mut bytes) }).ok()?;
    Some(bytes)
}

/// Counts the peak anew from what is held now, where the system can.
pub fn reset_peak_memory(device: Device) {
    if device.is_cuda() {
        // SAFETY: takes a number only. A device without statistics has none to reset.
        let _ = check(unsafe { bench_cuda_reset_peak_memory(index(device)) });
    } else {
        // Linux resets VmHWM for a 5; elsewhere there is no such file and the peak is the
        // process's.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
}

/// Gives back what a CUDA device keeps of memory that no tensor holds any more.
pub fn release_memory(device: Device) {
    if device.is_cuda() {
        // SAFETY: takes nothing. What is kept for want of an answer is only not free for others.
        let _ = check(unsafe { bench_cuda_release_memory() });
    }
}

/// Whether a message of libtorch says that memory did not suffice, on a CPU or a CUDA device.
pub fn is_out_of_memory(message: &str) -> bool {
    ["out of memory", "can't allocate memory", "STATUS_ALLOC_FAILED"]
        .iter()
        .any(|words| message.contains(words))
}

fn high_water_mark() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
