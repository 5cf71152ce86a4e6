//! Embeddings: every item once, without gradients, averaged over its clips, kept by the hash of
//! what made them.

use std::path::Path;

use rand::seq::SliceRandom;
use sha2::{Digest, Sha256};
use tch::{Device, Kind, Tensor, no_grad};

use super::unit::{Span, Unit};
use crate::data::{Item, Store};
use crate::error::{Error, Result};
use crate::method::Encoder;
use crate::progress::Meter;
use crate::seed::Seed;
use crate::settings::hex;
use crate::tensors::{self, Named};

/// Raised by whoever changes the numbers embedding gives.
pub const VERSION: u32 = 1;

/// What embeddings are called in the files that hold them.
pub const NAME: &str = "embeddings";

/// What the item of each row is called in the files of several embeddings an item.
pub const OWNERS: &str = "owners";

/// Clips in a batch. Another number may change embeddings in their last bits, so that only long
/// clips have fewer.
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
    of: (&Store, &[Item]),
    device: Device,
    meter: &mut Meter,
) -> Result<Tensor> {
    Ok(embed_units(encoder, of, &Cut::default(), device, meter)?.0)
}

/// What is embedded, and how.
#[derive(Default)]
pub struct Cut<'a> {
    /// What a row is made of.
    pub unit: Unit,
    /// Items embedded in train mode, before the others.
    pub drift: Option<Drift<'a>>,
}

/// Items that are embedded in train mode, as released code does that forgets to leave it: in
/// shuffled batches, normalised by their own statistics, which move the running ones by which
/// everything else is normalised.
pub struct Drift<'a> {
    /// The items, sorted.
    pub items: &'a [usize],
    /// Clips in a batch; one that would be alone is embedded with the others.
    pub batch: usize,
    /// For the order, and for dropout.
    pub seed: Seed,
}

/// Embeds every unit of every item, as [`embed`] does items; also gives the item of each row.
///
/// # Shapes
/// → `[rows, dim]`, float32 on the CPU, and `[rows]`.
///
/// # Errors
/// As [`embed`].
pub fn embed_units(
    encoder: &dyn Encoder,
    (store, corpus): (&Store, &[Item]),
    cut: &Cut<'_>,
    device: Device,
    meter: &mut Meter,
) -> Result<(Tensor, Vec<usize>)> {
    let (items, dim) = (store.items(), encoder.dim());
    if dim == 0 {
        let none = Tensor::zeros([items as i64, dim], (Kind::Float, Device::Cpu));
        return Ok((none, (0..items).collect()));
    }
    let (clips, owners) = clips(encoder, store, 0..items, cut.unit);
    let all = clips.len();
    let (first, others) = match &cut.drift {
        Some(drift) => drift.part(clips),
        None => (Vec::new(), clips),
    };
    let _generator = cut.drift.as_ref().map(|drift| drift.seed.derive("dropout", &[]).torch());
    let size = cut.drift.as_ref().map_or(1, |drift| drift.batch);
    let batches = first.chunks(size).map(|batch| (batch, true));
    let batches = batches.chain(
        others
            .chunks(at_once(encoder.input().length() * store.width()))
            .map(|batch| (batch, false)),
    );
    let (mut sums, mut done) = (Sums::new(owners.len(), dim), 0);
    for (batch, train) in batches {
        sums.add((encoder, store), batch, train, device)?;
        done += batch.len();
        meter.set((done * items / all) as u64, "");
    }
    let means = sums.means();
    finite(&means, &owners, corpus)?;
    Ok((means, owners))
}

/// Embeds every unit of some items in evaluation mode, finite or not; also gives the place of each
/// row's item among them.
///
/// # Shapes
/// → `[rows, dim]`, float32 on the CPU, and `[rows]`.
///
/// # Errors
/// When the store cannot be read.
pub fn embed_some(
    encoder: &dyn Encoder,
    (store, items): (&Store, &[usize]),
    unit: Unit,
    device: Device,
) -> Result<(Tensor, Vec<usize>)> {
    let (clips, owners) = clips(encoder, store, items.iter().copied(), unit);
    let mut sums = Sums::new(owners.len(), encoder.dim());
    for batch in clips.chunks(at_once(encoder.input().length() * store.width())) {
        sums.add((encoder, store), batch, false, device)?;
    }
    Ok((sums.means(), owners))
}

/// Embeddings of clips, added up by row on the CPU, where the order of the sums is always the same.
struct Sums {
    rows: Tensor,
    counts: Vec<f32>,
}

impl Sums {
    fn new(rows: usize, dim: i64) -> Sums {
        let sums = Tensor::zeros([rows as i64, dim], (Kind::Float, Device::Cpu));
        Sums { rows: sums, counts: vec![0.0; rows] }
    }

    fn add(
        &mut self,
        (encoder, store): (&dyn Encoder, &Store),
        batch: &[Clip],
        train: bool,
        device: Device,
    ) -> Result<()> {
        let rows: Vec<i64> = batch.iter().map(|(_, span)| span.row as i64).collect();
        rows.iter().for_each(|row| self.counts[*row as usize] += 1.0);
        let inputs = inputs(encoder, store, batch, device)?;
        let embedded = no_grad(|| encoder.forward(&inputs, train))?.to_kind(Kind::Float);
        let embedded = embedded.to_device(Device::Cpu);
        let _ = self.rows.f_index_add_(0, &Tensor::from_slice(&rows), &embedded)?;
        Ok(())
    }

    fn means(self) -> Tensor {
        self.rows / Tensor::from_slice(&self.counts).unsqueeze(1)
    }
}

/// A clip with its item; its row is among those of all items.
type Clip = (usize, Span);

impl Drift<'_> {
    /// The clips that are embedded in train mode, in their order, and the others.
    fn part(&self, clips: Vec<Clip>) -> (Vec<Clip>, Vec<Clip>) {
        let inside = |(item, _): &Clip| self.items.binary_search(item).is_ok();
        let (mut first, mut others): (Vec<Clip>, Vec<Clip>) = clips.into_iter().partition(inside);
        first.shuffle(&mut self.seed.stream("train mode", &[]));
        if first.len() % self.batch == 1 {
            others.extend(first.pop());
        }
        (first, others)
    }
}

/// Clips of so many values that are embedded at once.
fn at_once(values: usize) -> usize {
    (VALUES_AT_ONCE / values).clamp(1, CLIPS_AT_ONCE)
}

/// The clips of items, and the place of each row's item among them.
fn clips(
    encoder: &dyn Encoder,
    store: &Store,
    items: impl Iterator<Item = usize>,
    unit: Unit,
) -> (Vec<Clip>, Vec<usize>) {
    let input = encoder.input();
    let (mut clips, mut owners) = (Vec::new(), Vec::new());
    for (place, item) in items.enumerate() {
        let first = owners.len();
        for span in unit.spans(store.length(item), &input) {
            if first + span.row == owners.len() {
                owners.push(place);
            }
            clips.push((item, Span { row: first + span.row, ..span }));
        }
    }
    (clips, owners)
}

fn inputs(encoder: &dyn Encoder, store: &Store, clips: &[Clip], device: Device) -> Result<Tensor> {
    let input = encoder.input();
    let width = input.length() * input.width();
    let mut values = vec![0.0f32; clips.len() * width];
    for (out, (item, span)) in values.chunks_exact_mut(width).zip(clips) {
        store.crop(*item, span.start, span.length, &mut out[..span.length * input.width()])?;
    }
    let mut shape = vec![clips.len() as i64, input.length() as i64];
    if input.width() > 1 {
        shape.push(input.width() as i64);
    }
    Ok(Tensor::f_from_slice(&values)?.f_reshape(&shape)?.to_device(device))
}

fn finite(embeddings: &Tensor, owners: &[usize], items: &[Item]) -> Result<()> {
    let rows = embeddings.isfinite().all_dim(1, false);
    match Vec::<bool>::try_from(&rows)?.iter().position(|finite| !finite) {
        Some(row) => {
            let id = &items[owners[row]].id;
            Err(Error::Failed(format!("the embedding of {id:?} is not finite")))
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

/// Reads stored embeddings, `[rows, dim]`, with the item of each row where an item has several.
///
/// # Errors
/// When the file is damaged.
pub fn read(path: &Path) -> Result<(Tensor, Option<Vec<usize>>)> {
    let missing = || Error::data(path.display(), "holds no embeddings");
    let mut named = tensors::load(path)?;
    let owners = named.remove(OWNERS).map(|owners| Vec::<i64>::try_from(&owners)).transpose()?;
    let owners = owners.map(|owners| owners.into_iter().map(|owner| owner as usize).collect());
    Ok((named.remove(NAME).ok_or_else(missing)?, owners))
}

/// Stores embeddings, atomically, with the item of each row where an item has several.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, embeddings: &Tensor, owners: Option<&[usize]>) -> Result<()> {
    let mut named = Named::from([(NAME.to_string(), embeddings.shallow_clone())]);
    named.extend(owners.map(|owners| (OWNERS.to_string(), whose(owners))));
    tensors::save(path, &named, None)
}

/// The item of each row as a tensor, int64 `[rows]`.
pub fn whose(owners: &[usize]) -> Tensor {
    let owners: Vec<i64> = owners.iter().map(|owner| *owner as i64).collect();
    Tensor::from_slice(&owners)
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
