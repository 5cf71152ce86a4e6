//! A store's shards: appended once, then only mapped.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::index::{Index, Span};
use super::{Front, VALUE};
use crate::error::{Error, Result};

/// A shard is closed once it holds so many bytes.
const SHARD: u64 = 1 << 30;

/// Where a shard lies.
pub(super) fn shard_path(folder: &Path, shard: usize) -> PathBuf {
    folder.join(format!("{shard:05}.f32"))
}

/// Maps a shard into memory.
#[allow(unsafe_code, reason = "mapping a file is unsafe because others may change it meanwhile")]
pub(super) fn map(path: &Path) -> Result<Mmap> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    // SAFETY: a finished store is never written again, only removed, which leaves a map valid.
    unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))
}

/// A store in the making.
pub(super) struct Writer {
    folder: PathBuf,
    index: Index,
    shard: Option<(PathBuf, BufWriter<File>)>,
}

impl Writer {
    /// Starts in an empty folder, removing what an earlier attempt left there.
    pub fn start(folder: PathBuf, front: Front) -> Result<Writer> {
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))?;
        }
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let index = Index { front, shards: Vec::new(), spans: Vec::new() };
        Ok(Writer { folder, index, shard: None })
    }

    /// Adds the next item.
    pub fn append(&mut self, values: &[f32]) -> Result<()> {
        if self.index.shards.last().is_some_and(|bytes| *bytes >= SHARD) {
            self.close_shard()?;
        }
        if self.shard.is_none() {
            let path = shard_path(&self.folder, self.index.shards.len());
            let file = File::create(&path).map_err(Error::io("create", &path))?;
            self.shard = Some((path, BufWriter::with_capacity(1 << 20, file)));
            self.index.shards.push(0);
        }
        let (Some((path, file)), Some(bytes)) = (&mut self.shard, self.index.shards.last_mut())
        else {
            return Ok(());
        };
        for value in values {
            file.write_all(&value.to_le_bytes()).map_err(Error::io("write", path))?;
        }
        let (first, width) = (*bytes as usize, self.index.front.width());
        *bytes += (values.len() * VALUE) as u64;
        let shard = self.index.shards.len() - 1;
        self.index.spans.push(Span { shard, first, length: values.len() / width });
        Ok(())
    }

    fn close_shard(&mut self) -> Result<()> {
        let Some((path, file)) = self.shard.take() else { return Ok(()) };
        let file = file.into_inner().map_err(|e| Error::io("write", &path)(e.into_error()))?;
        file.sync_all().map_err(Error::io("write", &path))
    }

    /// Gives the store its name: from here on it counts as made.
    pub fn finish(mut self, folder: &Path) -> Result<()> {
        self.close_shard()?;
        self.index.write(&self.folder)?;
        fs::rename(&self.folder, folder).map_err(Error::io("create", folder))
    }

    /// Removes what was written.
    pub fn discard(self) {
        // The failure that led here is the one to tell; what stays is removed by the next attempt.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
