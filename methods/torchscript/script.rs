//! A module that follows its batches to their device.

use std::cell::RefCell;

use bench::{Error, Result};
use tch::{CModule, Device, Tensor};

/// The bytes of a module, loaded on the device it ran on last.
#[derive(Debug)]
pub struct Script {
    bytes: Vec<u8>,
    loaded: RefCell<(Device, CModule)>,
}

impl Script {
    /// Loads it on the CPU.
    ///
    /// # Errors
    /// When the bytes are no TorchScript module.
    pub fn new(bytes: &[u8]) -> Result<Script> {
        let module = load(bytes, Device::Cpu)?;
        Ok(Script { bytes: bytes.to_vec(), loaded: RefCell::new((Device::Cpu, module)) })
    }

    /// Runs it where `input` is.
    ///
    /// # Errors
    /// When the module refuses the input.
    pub fn run(&self, input: &Tensor) -> Result<Tensor> {
        let mut loaded = self.loaded.borrow_mut();
        if loaded.0 != input.device() {
            // Loaded anew rather than moved: moving a module leaves constants of a trace behind.
            *loaded = (input.device(), load(&self.bytes, input.device())?);
        }
        Ok(loaded.1.forward_ts(&[input])?)
    }
}

fn load(mut bytes: &[u8], device: Device) -> Result<CModule> {
    let mut module = CModule::load_data_on_device(&mut bytes, device).map_err(|e| {
        let reason = Error::from(e);
        Error::Invalid(format!("not a TorchScript module as torch.jit.save writes it: {reason}"))
    })?;
    module.f_set_eval()?;
    Ok(module)
}
