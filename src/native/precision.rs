//! How exactly the kernels compute.

use std::ffi::c_int;
use std::marker::PhantomData;

use tch::Device;

use super::ffi::{bench_autocast_enter, bench_autocast_leave, bench_disable_tf32, check, index};
use crate::Result;

/// Makes f32 products on CUDA real f32 ones; libtorch's default is TF32 for convolutions.
///
/// # Errors
/// When libtorch refuses.
pub fn disable_tf32() -> Result<()> {
    // SAFETY: takes nothing.
    check(unsafe { bench_disable_tf32() })
}

/// While it lives, this thread's matrix products and convolutions on its device are computed in
/// bfloat16.
///
/// Operators that lose by it (softmax, losses, norms) stay in f32, by libtorch's lists.
#[must_use = "autocast ends when the guard is dropped"]
#[derive(Debug)]
pub struct Autocast {
    device: c_int,
    was_enabled: bool,
    old_dtype: i8,
    this_thread: PhantomData<*const ()>,
}

impl Autocast {
    /// Begins a bfloat16 scope.
    ///
    /// # Errors
    /// When libtorch has no autocast for the device.
    pub fn bf16(device: Device) -> Result<Autocast> {
        Autocast::enter(device, true)
    }

    /// Begins a scope in full precision, for what inside a bfloat16 scope must not lose digits.
    ///
    /// # Errors
    /// As [`Autocast::bf16`].
    pub fn off(device: Device) -> Result<Autocast> {
        Autocast::enter(device, false)
    }

    fn enter(device: Device, enabled: bool) -> Result<Autocast> {
        let (device, mut was_enabled, mut old_dtype) = (index(device), false, 0);
        // SAFETY: both places are written before the call ends.
        check(unsafe { bench_autocast_enter(device, enabled, &mut was_enabled, &mut old_dtype) })?;
        Ok(Autocast { device, was_enabled, old_dtype, this_thread: PhantomData })
    }
}

impl Drop for Autocast {
    fn drop(&mut self) {
        // SAFETY: takes and gives values only; a device that was entered can be left.
        let _ =
            check(unsafe { bench_autocast_leave(self.device, self.was_enabled, self.old_dtype) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Kind, Tensor};

    fn product() -> Tensor {
        let ones = Tensor::ones([4, 4], (Kind::Float, Device::Cpu));
        ones.matmul(&ones)
    }

    #[test]
    fn a_product_is_bf16_inside_and_f32_outside() {
        let guard = Autocast::bf16(Device::Cpu).expect("autocast on the CPU");
        assert_eq!(product().kind(), Kind::BFloat16);
        drop(guard);
        assert_eq!(product().kind(), Kind::Float);
    }

    #[test]
    fn scopes_nest() {
        let outer = Autocast::bf16(Device::Cpu).expect("autocast on the CPU");
        drop(Autocast::bf16(Device::Cpu).expect("autocast on the CPU"));
        assert_eq!(product().kind(), Kind::BFloat16);
        drop(outer);
        assert_eq!(product().kind(), Kind::Float);
    }
}
