//! Stochastic gradient descent as one operator over all parameters.

use tch::Tensor;

use super::adam::{check_lists, pointers};
use crate::Result;
use crate::native::ffi::{bench_fused_sgd, check};

/// The settings of one update with Nesterov's momentum and coupled weight decay, as torch's `SGD`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Sgd {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// What is kept of the last update, in [0, 1).
    pub momentum: f64,
    /// Factor of the parameter that is added to its gradient; 0 for none.
    pub weight_decay: f64,
}

impl Sgd {
    /// Makes one update of `params`, all on one device, and of their `velocities`, zero at first.
    ///
    /// # Errors
    /// Lists of different lengths, an undefined gradient, or tensors that libtorch refuses.
    pub fn update(&self, params: &[Tensor], grads: &[Tensor], velocities: &[Tensor]) -> Result<()> {
        check_lists(params, grads, &[velocities])?;
        let count = params.len();
        let [params, grads, velocities] = [params, grads, velocities].map(pointers);
        // SAFETY: each list holds `count` pointers to tensors that are borrowed until the call
        // ends.
        check(unsafe {
            bench_fused_sgd(self, count, params.as_ptr(), grads.as_ptr(), velocities.as_ptr())
        })
    }
}
