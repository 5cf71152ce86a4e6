//! Named tensors on disk: safetensors with sorted names, loaded without silent omissions; what
//! parameters are restored from has their types.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

use crate::error::{Error, Result};
use crate::files;

/// Tensors by name, in the order of their names.
pub type Named = BTreeMap<String, Tensor>;

/// The tensors of a store, by name (shallow clones).
pub fn of(store: &VarStore) -> Named {
    store.variables().into_iter().collect()
}

/// Writes tensors to a safetensors file, atomically; `note` goes into the metadata.
///
/// # Errors
/// When the file cannot be written, or a tensor is neither float32, int64 nor uint8.
pub fn save(path: &Path, tensors: &Named, note: Option<&str>) -> Result<()> {
    files::write_atomically(path, &serialized(path.display(), tensors, note)?)
}

/// The bytes of the file that [`save`] writes; `place` names it in messages.
///
/// # Errors
/// When a tensor is neither float32, int64 nor uint8.
pub fn serialized(place: impl Display, tensors: &Named, note: Option<&str>) -> Result<Vec<u8>> {
    let mut raw = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        raw.push((name, bytes(name, tensor)?));
    }
    let mut views = Vec::with_capacity(raw.len());
    for (name, (dtype, shape, data)) in &raw {
        views.push((
            name.as_str(),
            TensorView::new(*dtype, shape.clone(), data).map_err(broken(&place))?,
        ));
    }
    let metadata = note.map(|note| HashMap::from([("note".to_string(), note.to_string())]));
    serialize(views, metadata).map_err(broken(&place))
}

fn bytes(name: &str, tensor: &Tensor) -> Result<(Dtype, Vec<usize>, Vec<u8>)> {
    let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
    let (dtype, width) = match tensor.kind() {
        Kind::Float => (Dtype::F32, 4),
        Kind::Int64 => (Dtype::I64, 8),
        Kind::Uint8 => (Dtype::U8, 1),
        other => return Err(Error::Failed(format!("cannot save {name}: tensors of {other:?}"))),
    };
    let mut data = vec![0; tensor.numel() * width];
    tensor.f_copy_data_u8(&mut data, tensor.numel())?;
    Ok((dtype, tensor.size().iter().map(|n| *n as usize).collect(), data))
}

/// The bytes of a tensor, little-endian, row-major.
///
/// # Errors
/// When it is neither float32, int64 nor uint8.
pub fn raw(name: &str, tensor: &Tensor) -> Result<Vec<u8>> {
    Ok(bytes(name, tensor)?.2)
}

/// Reads every tensor of a safetensors file onto the CPU. Half precision is widened to float32, the
/// type of all parameters, and double precision rounded to it.
///
/// # Errors
/// When the file is missing, no safetensors file, or holds a type that is none of ours.
pub fn load(path: &Path) -> Result<Named> {
    let data = std::fs::read(path).map_err(Error::io("read", path))?;
    parse(&data, path.display())
}

/// Reads what [`load`] does out of a file's bytes; `place` names the file in messages.
///
/// # Errors
/// As [`load`].
pub fn parse(data: &[u8], place: impl Display) -> Result<Named> {
    let mut tensors = Named::new();
    for (name, view) in SafeTensors::deserialize(data).map_err(broken(&place))?.iter() {
        tensors.insert(name.to_string(), tensor(&place, name, &view)?);
    }
    Ok(tensors)
}

/// The metadata of a safetensors file.
///
/// # Errors
/// As [`load`].
pub fn metadata(path: &Path) -> Result<HashMap<String, String>> {
    let data = std::fs::read(path).map_err(Error::io("read", path))?;
    let (_, metadata) = SafeTensors::read_metadata(&data).map_err(broken(path.display()))?;
    Ok(metadata.metadata().clone().unwrap_or_default())
}

fn tensor(place: impl Display, name: &str, view: &TensorView<'_>) -> Result<Tensor> {
    let kind = match view.dtype() {
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        Dtype::F64 => Kind::Double,
        Dtype::I64 => Kind::Int64,
        Dtype::U8 => Kind::Uint8,
        other => {
            let message = format!("{name} is of the type {other:?}, which cannot be read");
            return Err(Error::data(place, message));
        }
    };
    let shape: Vec<i64> = view.shape().iter().map(|n| *n as i64).collect();
    let tensor = Tensor::f_from_data_size(view.data(), &shape, kind)?;
    let whole = matches!(kind, Kind::Int64 | Kind::Uint8);
    Ok(if whole { tensor } else { tensor.to_kind(Kind::Float) })
}

/// Copies `tensors` into `targets`: same names, shapes and types, nothing left over on either side.
///
/// # Errors
/// With every name that is missing, unexpected, misshapen or of another type; the targets are then
/// unchanged.
pub fn restore(targets: &Named, tensors: &Named, whose: &str) -> Result<()> {
    let mut problems = Vec::new();
    for (name, target) in targets {
        match tensors.get(name) {
            None => problems.push(format!("{name} is missing")),
            Some(tensor) if tensor.size() != target.size() => {
                let (found, expected) = (tensor.size(), target.size());
                problems.push(format!("{name} has shape {found:?}, expected {expected:?}"));
            }
            Some(tensor) if tensor.kind() != target.kind() => {
                let (found, expected) = (tensor.kind(), target.kind());
                problems.push(format!("{name} has type {found:?}, expected {expected:?}"));
            }
            Some(_) => {}
        }
    }
    let extra = tensors.keys().filter(|name| !targets.contains_key(*name));
    problems.extend(extra.map(|name| format!("{name} is not expected")));
    if !problems.is_empty() {
        return Err(Error::method(
            whose,
            format!("the weights do not fit: {}", problems.join("; ")),
        ));
    }
    for (name, target) in targets {
        no_grad(|| target.shallow_clone().copy_(&tensors[name]));
    }
    Ok(())
}

/// Moves a tensor from the host to `device` without waiting for what the device is doing.
pub fn send(tensor: &Tensor, device: Device) -> Tensor {
    tensor.to_device_(device, tensor.kind(), true, false)
}

/// The tensors whose names start with `prefix`, without it.
pub fn under(tensors: &Named, prefix: &str) -> Named {
    let inside = tensors.iter().filter_map(|(name, t)| Some((name.strip_prefix(prefix)?, t)));
    inside.map(|(name, tensor)| (name.to_string(), tensor.shallow_clone())).collect()
}

/// Puts `prefix` before every name.
pub fn prefixed(prefix: &str, tensors: Named) -> Named {
    tensors.into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)).collect()
}

fn broken<E: Display>(place: impl Display) -> impl Fn(E) -> Error {
    move |e| Error::data(&place, format!("not a sound safetensors file: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_of_another_type_or_shape_are_refused_and_change_nothing() {
        let named = |tensor| Named::from([("count".to_string(), tensor)]);
        let targets = named(Tensor::from_slice(&[1_i64, 2]));
        let refused = |tensor| restore(&targets, &named(tensor), "net").unwrap_err().to_string();
        let error = refused(Tensor::from_slice(&[3.5_f32, 4.5]));
        assert!(error.contains("count has type Float, expected Int64"), "{error}");
        let error = refused(Tensor::from_slice(&[3_i64]));
        assert!(error.contains("count has shape [1], expected [2]"), "{error}");
        assert_eq!(Vec::<i64>::try_from(&targets["count"]).unwrap(), [1, 2]);
    }
}
