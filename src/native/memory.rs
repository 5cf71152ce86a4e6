//! The most memory a run has held.

use tch::Device;

use super::counter::count;
use super::ffi::{
    bench_cuda_peak_memory, bench_cuda_release_memory, bench_cuda_reset_peak_memory,
    bench_start_memory, check, index,
};
use crate::Result;

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

/// Runs `work` and gives the most bytes that tensors made in it held at once, on any device.
///
/// The same on every run, unlike [`peak_memory`], which knows what the process holds. The work of other
/// threads than this one and the backward threads it waits for is not counted.
///
/// # Errors
/// When called inside itself.
pub fn count_memory<T>(work: impl FnOnce() -> T) -> Result<(T, u64)> {
    // SAFETY: it makes a counter.
    unsafe { count(bench_start_memory, work) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Kind, Tensor};

    fn megabyte() -> Tensor {
        Tensor::zeros([250_000], (Kind::Float, Device::Cpu))
    }

    #[test]
    fn what_is_held_at_once_is_counted_and_what_was_held_before_is_not() {
        let before = megabyte();
        let apart = || drop((megabyte() + &before).sum(Kind::Float));
        let together = count_memory(|| {
            let kept = megabyte();
            apart();
            apart();
            drop(kept);
        });
        let bytes = together.expect("not nested").1;
        assert!((3_000_000..3_010_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn what_the_backward_pass_holds_is_counted_too() {
        let bytes = |backward: bool| {
            let held = count_memory(|| {
                let x = megabyte().set_requires_grad(true);
                let y = x.exp().sum(Kind::Float);
                if backward {
                    y.backward();
                }
            });
            held.expect("not nested").1
        };
        // One more megabyte, give or take the numbers that are no vectors.
        let more = bytes(true).saturating_sub(bytes(false));
        assert!((999_000..1_001_000).contains(&more), "{more}");
    }

    #[test]
    fn counting_inside_counting_is_refused_and_ends_with_its_scope() {
        assert!(count_memory(|| count_memory(|| ()).is_err()).expect("not nested").0);
        assert!(count_memory(|| ()).is_ok());
    }
}
