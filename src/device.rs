//! Which device a run uses: asked for by name, never changed silently.

use tch::{Cuda, Device};

use crate::error::{Error, Result};
use crate::native;

/// The device for `--device` `auto`, `cpu`, `cuda` or `cuda:N`.
///
/// # Errors
/// When the name is none of these, or CUDA is asked for and cannot be used; the message says why.
pub fn find(name: &str) -> Result<Device> {
    match name {
        "cpu" => Ok(Device::Cpu),
        "auto" => Ok(cuda(0, name).unwrap_or(Device::Cpu)),
        "cuda" => cuda(0, name),
        _ => match name.strip_prefix("cuda:").and_then(|n| n.parse().ok()) {
            Some(index) => cuda(index, name),
            None => Err(Error::Device {
                device: name.into(),
                message: "expected auto, cpu, cuda or cuda:N".into(),
            }),
        },
    }
}

/// The device by name, set up so that its numbers do not depend on the machine: no TF32, and one
/// thread of arithmetic per run on a CPU.
///
/// # Errors
/// As [`find`].
pub fn ready(name: &str) -> Result<Device> {
    let device = find(name)?;
    native::disable_tf32()?;
    if !device.is_cuda() {
        tch::set_num_threads(1);
    }
    Ok(device)
}

fn cuda(index: usize, name: &str) -> Result<Device> {
    let refuse = |message: String| Err(Error::Device { device: name.into(), message });
    if let Some(reason) = native::cuda_unavailable_reason() {
        return refuse(reason);
    }
    let count = Cuda::device_count() as usize;
    if index >= count {
        return refuse(format!("there are {count} CUDA devices, counted from 0"));
    }
    Ok(Device::Cuda(index))
}

/// As it is written in results: `cpu AMD EPYC 9654`, `cuda:0 NVIDIA H200`; without the model where
/// the system does not tell it.
pub fn name(device: Device) -> String {
    let (place, model) = match device {
        Device::Cuda(index) => (format!("cuda:{index}"), native::cuda_model(index)),
        _ => ("cpu".into(), cpu_model()),
    };
    model.map_or(place.clone(), |model| format!("{place} {model}"))
}

fn cpu_model() -> Option<String> {
    let facts = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = facts.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_string())
}

/// The kind of device that may change a result: `cpu` or `cuda`.
pub fn kind(device: Device) -> &'static str {
    match device {
        Device::Cuda(_) => "cuda",
        _ => "cpu",
    }
}
