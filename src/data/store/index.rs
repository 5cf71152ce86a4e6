//! A store's table of contents.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Front, VALUE};
use crate::error::{Error, Result};
use crate::files;

/// What helps against a damaged store.
pub(super) const REMEDY: &str = "the store is damaged: remove its folder and it will be made again";

/// What a store holds, and where.
#[derive(Serialize, Deserialize)]
pub(super) struct Index {
    pub front: Front,
    /// The bytes of each shard.
    pub shards: Vec<u64>,
    /// By item.
    pub spans: Vec<Span>,
}

/// Where an item lies.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(from = "(usize, usize, usize)", into = "(usize, usize, usize)")]
pub(super) struct Span {
    pub shard: usize,
    /// Its first byte in the shard.
    pub first: usize,
    /// In samples or frames.
    pub length: usize,
}

impl Index {
    pub fn read(folder: &Path) -> Result<Index> {
        let path = folder.join("index.json");
        let damaged = |reason: String| Error::data(path.display(), format!("{reason}; {REMEDY}"));
        let index: Index =
            serde_json::from_str(&files::read_text(&path)?).map_err(|e| damaged(e.to_string()))?;
        let width = index.front.width() * VALUE;
        let inside = |span: &Span| {
            let held = span.length.checked_mul(width).and_then(|held| held.checked_add(span.first));
            index.shards.get(span.shard).zip(held).is_some_and(|(size, end)| end as u64 <= *size)
        };
        match index.spans.iter().position(|span| !inside(span)) {
            Some(item) => Err(damaged(format!("item {item} lies outside the store"))),
            None => Ok(index),
        }
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join("index.json");
        let text = serde_json::to_string(self)
            .map_err(|e| Error::data(path.display(), format!("cannot be written as JSON: {e}")))?;
        files::write_atomically(&path, text.as_bytes())
    }
}

impl From<(usize, usize, usize)> for Span {
    fn from((shard, first, length): (usize, usize, usize)) -> Span {
        Span { shard, first, length }
    }
}

impl From<Span> for (usize, usize, usize) {
    fn from(span: Span) -> (usize, usize, usize) {
        (span.shard, span.first, span.length)
    }
}
