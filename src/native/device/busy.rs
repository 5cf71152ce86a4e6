//! How busy a device is.

use std::ffi::c_int;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use tch::Device;

use crate::Result;
use crate::native::ffi::{bench_cuda_busy_percent, check};

/// The driver's answer is about the last sixth of a second to second, by device.
const EVERY: Duration = Duration::from_millis(200);

/// Runs `work` and gives the share of the time, 0 to 1, during which a CUDA device was computing
/// anything, by the driver's own account of it; `None` on a CPU, where the driver does not tell, or
/// when the work was over before it told.
pub fn busy_share<T>(device: Device, work: impl FnOnce() -> T) -> (T, Option<f64>) {
    let Device::Cuda(index) = device else { return (work(), None) };
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        let asking = scope.spawn(move || {
            let mut told = Vec::new();
            while waiting.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                told.extend(percent(index as c_int));
            }
            told
        });
        let value = work();
        drop(done);
        let told = asking.join().unwrap_or_default();
        let share = told.iter().map(|percent| f64::from(*percent)).sum::<f64>() / told.len() as f64;
        (value, (!told.is_empty()).then_some(share / 100.0))
    })
}

fn percent(device: c_int) -> Result<u32> {
    let mut percent = 0;
    // SAFETY: the place is written before the call ends.
    check(unsafe { bench_cuda_busy_percent(device, &mut percent) })?;
    Ok(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_has_no_such_share() {
        assert_eq!(busy_share(Device::Cpu, || 3), (3, None));
    }
}
