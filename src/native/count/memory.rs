//! Counting what tensors hold.

use super::count;
use crate::Result;
use crate::native::ffi::bench_start_memory;

/// Runs `work` and gives the most bytes that tensors made in it held at once, on any device.
///
/// The same on every run, unlike [`peak_memory`](crate::native::peak_memory), which knows what the
/// process holds. The work of other threads than this one and the backward threads it waits for is
/// not counted.
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
    use tch::{Device, Kind, Tensor};

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
