//! Tensors that are computed, not learned, and belong to no checkpoint.

use std::cell::RefCell;

use tch::{Device, Tensor};

/// A fixed tensor that follows its users to their device.
#[derive(Debug)]
pub struct Constant(RefCell<Tensor>);

impl Constant {
    /// Holds `tensor`.
    pub fn new(tensor: Tensor) -> Constant {
        Constant(RefCell::new(tensor))
    }

    /// The tensor on `device`; copied only when it was last asked for on another one.
    pub fn on(&self, device: Device) -> Tensor {
        let mut held = self.0.borrow_mut();
        if held.device() != device {
            *held = held.to_device(device);
        }
        held.shallow_clone()
    }
}
