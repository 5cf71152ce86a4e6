//! Embeddings: every item once, without gradients, averaged over its clips, kept by the hash of
//! what made them.

use std::path::Path;

use sha2::{Digest, Sha256};
use tch::{Device, Kind, Tensor, no_grad};

use crate::data::{Item, Store};
use crate::error::{Error, Result};
use crate::method::Encoder;
use crate::progress::Meter;
use crate::settings::hex;
use crate::tensors::{self, Named};

/// Raised by whoever changes the numbers embedding gives.
pub const VERSION: u32 = 1;

/// What embeddings are called in the files that hold them.
pub const NAME: &str = "embeddings";

/// Clips in a batch. Another number may change embeddings in their last bits, so that only long clips
/// have fewer.
const CLIPS_AT_ONCE: usize = 256;

/// Samples or spectrogram values in a batch at most (256 MiB), where a clip is no longer than that.
const VALUES_AT_ONCE: usize = 1 << 26;

/// Embeds every item: cut into consecutive clips without overlap, the remainder dropped, an item
/// shorter than one clip padded with zeros, clip embeddings averaged.
///
/// # Shapes
/// → `[items, dim]`, float32 on the CPU.
///
/// # Errors
/// When the store cannot be read, or an embedding is not finite; with the item's id.
pub fn embed(
    encoder: &dyn Encoder,
    (store, corpus): (&Store, &[Item]),
    device: Device,
    meter: &mut Meter,
) -> Result<Tensor> {
    let (items, dim) = (store.items(), encoder.dim());
    let mut sums = Tensor::zeros([items as i64, dim], (Kind::Float, Device::Cpu));
    if dim == 0 {
        return Ok(sums);
    }
    let length = encoder.input().length();
    let clips: Vec<(usize, usize)> = (0..items)
        .flat_map(|item| {
            (0..(store.length(item) / length).max(1)).map(move |clip| (item, clip * length))
        })
        .collect();
    let mut done = 0;
    for chunk in clips.chunks(at_once(length * store.width())) {
        let owners: Vec<i64> = chunk.iter().map(|(item, _)| *item as i64).collect();
        let inputs = cut(encoder, store, chunk, device)?;
        let embedded = no_grad(|| encoder.forward(&inputs, false))?.to_kind(Kind::Float);
        // On the CPU, where the order of the sums is always the same.
        let embedded = embedded.to_device(Device::Cpu);
        let _ = sums.f_index_add_(0, &Tensor::from_slice(&owners), &embedded)?;
        done += chunk.len();
        meter.set(done as u64 * items as u64 / clips.len() as u64, "");
    }
    let counts: Vec<f32> =
        (0..items).map(|item| (store.length(item) / length).max(1) as f32).collect();
    let means = sums / Tensor::from_slice(&counts).unsqueeze(1);
    finite(&means, corpus)?;
    Ok(means)
}

/// Clips of so many values that are embedded at once.
fn at_once(values: usize) -> usize {
    (VALUES_AT_ONCE / values).clamp(1, CLIPS_AT_ONCE)
}

fn cut(
    encoder: &dyn Encoder,
    store: &Store,
    clips: &[(usize, usize)],
    device: Device,
) -> Result<Tensor> {
    let input = encoder.input();
    let width = input.length() * input.width();
    let mut values = vec![0.0f32; clips.len() * width];
    for (out, (item, start)) in values.chunks_exact_mut(width).zip(clips) {
        store.crop(*item, *start, input.length(), out)?;
    }
    let mut shape = vec![clips.len() as i64, input.length() as i64];
    if input.width() > 1 {
        shape.push(input.width() as i64);
    }
    Ok(Tensor::f_from_slice(&values)?.f_reshape(&shape)?.to_device(device))
}

fn finite(embeddings: &Tensor, items: &[Item]) -> Result<()> {
    let rows = embeddings.isfinite().all_dim(1, false);
    match Vec::<bool>::try_from(&rows)?.iter().position(|finite| !finite) {
        Some(item) => {
            Err(Error::Failed(format!("the embedding of {:?} is not finite", items[item].id)))
        }
        None => Ok(()),
    }
}

/// The SHA-256 of tensors by name, shape and bytes.
///
/// # Errors
/// When a tensor cannot be read.
pub fn fingerprint(tensors: &Named) -> Result<String> {
    let mut hash = Sha256::new();
    for (name, tensor) in tensors {
        hash.update(format!("{name}{:?}{:?}", tensor.size(), tensor.kind()));
        hash.update(tensors::raw(name, tensor)?);
    }
    Ok(hex(&hash.finalize()))
}

/// Reads stored embeddings, `[items, dim]`.
///
/// # Errors
/// When the file is damaged.
pub fn read(path: &Path) -> Result<Tensor> {
    let missing = || Error::data(path.display(), "holds no embeddings");
    tensors::load(path)?.remove(NAME).ok_or_else(missing)
}

/// Stores embeddings, atomically.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, embeddings: &Tensor) -> Result<()> {
    let named = Named::from([(NAME.to_string(), embeddings.shallow_clone())]);
    tensors::save(path, &named, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_clips_come_in_smaller_batches_and_those_of_built_in_methods_do_not() {
        // The longest windows of a built-in method, then 30 s and an hour at 48 kHz.
        let values = [100_000, 30 * 48_000, 3600 * 48_000];
        assert_eq!(values.map(at_once), [CLIPS_AT_ONCE, 46, 1]);
    }
}
