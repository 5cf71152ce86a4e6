//! The most memory a run has held.

use tch::Device;

use super::ffi::{bench_cuda_peak_memory, bench_cuda_reset_peak_memory, check, index};

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

fn high_water_mark() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
