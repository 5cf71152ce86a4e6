//! A corpus's sound at hand: every item's samples or frames in memory-mapped files, made once.
//!
//! A store is a folder with shards of little-endian f32 and an `index.json`, named by the hash of
//! what made it.

mod file;
mod index;
mod make;

use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::corpus::Corpus;
use crate::audio::{CqtSpec, Landmarks, MelSpec};
use crate::error::{Error, Result};
use crate::settings;
use index::{Index, Span};

pub use make::{Maker, Needs};

/// Raised whenever the bytes of a store change for the same corpus and front end.
const VERSION: u32 = 1;

/// Bytes of a value.
const VALUE: usize = size_of::<f32>();

/// What a store keeps of each item.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Front {
    /// Samples, one value each.
    Wave {
        /// In Hz.
        rate: u32,
    },
    /// Frames of raw mel power, one value per band.
    Mel(MelSpec),
    /// Frames of constant-Q magnitudes, one value per bin.
    Cqt(CqtSpec),
    /// Landmarks, two values each: hash and frame.
    Landmarks,
}

impl Front {
    /// Values per unit of length: 1 for samples, the number of bands or bins for frames, 2 for
    /// landmarks.
    pub fn width(&self) -> usize {
        match self {
            Front::Wave { .. } => 1,
            Front::Mel(spec) => spec.n_mels,
            Front::Cqt(spec) => spec.bins,
            Front::Landmarks => 2,
        }
    }

    /// Sampling rate in Hz of the sound it is made from.
    pub fn rate(&self) -> u32 {
        match self {
            Front::Wave { rate } => *rate,
            Front::Mel(spec) => spec.sample_rate,
            Front::Cqt(spec) => spec.sample_rate,
            Front::Landmarks => Landmarks::RATE,
        }
    }

    /// The name of a corpus's store.
    ///
    /// # Errors
    /// When the corpus's sound cannot be read.
    pub fn store_name(&self, corpus: &dyn Corpus) -> Result<String> {
        let kind = match self {
            Front::Wave { .. } => "wave",
            Front::Mel(_) => "mel",
            Front::Cqt(_) => "cqt",
            Front::Landmarks => "landmarks",
        };
        let hash = settings::hash(&(VERSION, corpus.identity()?, self))?;
        Ok(format!("{kind}-{hash}"))
    }
}

/// Every item of a corpus behind one front end, in memory-mapped files.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    front: Front,
    spans: Vec<Span>,
    shards: Vec<Mmap>,
}

impl Store {
    /// Opens a store, or gives `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn open(folder: &Path) -> Result<Option<Store>> {
        if !folder.exists() {
            return Ok(None);
        }
        let index = Index::read(folder)?;
        let mut shards = Vec::with_capacity(index.shards.len());
        for (shard, bytes) in index.shards.iter().enumerate() {
            let path = file::shard_path(folder, shard);
            let map = file::map(&path)?;
            if map.len() as u64 != *bytes {
                let message =
                    format!("{} bytes where {bytes} were written; {}", map.len(), index::REMEDY);
                return Err(Error::data(path.display(), message));
            }
            shards.push(map);
        }
        let Index { front, spans, .. } = index;
        Ok(Some(Store { folder: folder.to_path_buf(), front, spans, shards }))
    }

    /// What it keeps of each item.
    pub fn front(&self) -> &Front {
        &self.front
    }

    /// Values per unit of length, as [`Front::width`].
    pub fn width(&self) -> usize {
        self.front.width()
    }

    /// The number of items.
    pub fn items(&self) -> usize {
        self.spans.len()
    }

    /// The length of an item, in samples or frames.
    ///
    /// # Panics
    /// When there is no such item.
    pub fn length(&self, item: usize) -> usize {
        self.spans[item].length
    }

    /// Copies `length` samples or frames of an item, from `start` on; what is behind its end is 0.
    ///
    /// # Shapes
    /// `out`: `[length, width]`.
    ///
    /// # Errors
    /// When there is no such item, or `out` has another size.
    pub fn crop(&self, item: usize, start: usize, length: usize, out: &mut [f32]) -> Result<()> {
        let width = self.width();
        let Some(span) = self.spans.get(item).filter(|_| out.len() == length * width) else {
            let message = format!(
                "item {item} of {} cannot be cropped to {length} × {width} in a place for {}",
                self.items(),
                out.len()
            );
            return Err(Error::data(self.folder.display(), message));
        };
        let start = start.min(span.length);
        let held = length.min(span.length - start) * width;
        let first = span.first + start * width * VALUE;
        let bytes = &self.shards[span.shard][first..first + held * VALUE];
        let (values, beyond) = out.split_at_mut(held);
        for (value, bytes) in values.iter_mut().zip(bytes.as_chunks().0) {
            *value = f32::from_le_bytes(*bytes);
        }
        beyond.fill(0.0);
        Ok(())
    }

    /// A whole item.
    ///
    /// # Errors
    /// When there is no such item.
    pub fn item(&self, item: usize) -> Result<Vec<f32>> {
        let length = self.spans.get(item).map_or(0, |span| span.length);
        let mut values = vec![0.0; length * self.width()];
        self.crop(item, 0, length, &mut values)?;
        Ok(values)
    }
}
