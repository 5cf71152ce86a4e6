//! Writing so that a crash or a full disk never damages what was there.

use std::fs::{self, File, TryLockError};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::settings::hex;
use crate::{Error, Result};

/// Puts `bytes` at `path` whole or not at all, making the folders above it.
///
/// The bytes go to a file beside it, which takes the name only once they are on the disk. One
/// writer at a time.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    let beside = temporary(path);
    let written = write_synced(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| {
        // The half-made file may not exist at all; the first failure is the one to tell.
        let _ = fs::remove_file(&beside);
        Error::io("write", path)(source)
    })
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Always the same name, so that what a killed run left is overwritten by the next.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}

/// Makes `folder` if need be, and fails if nothing can be written in it.
pub fn check_writable(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let trial = folder.join(".writable");
    write_synced(&trial, b"?").map_err(Error::io("write in", folder))?;
    fs::remove_file(&trial).map_err(Error::io("write in", folder))
}

/// Keeps other processes out until the result is dropped or this process dies; waits for one that
/// is inside.
///
/// # Errors
/// When the lock file cannot be made.
pub fn lock(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    let file = File::create(path).map_err(Error::io("create", path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => file.lock().map_err(Error::io("lock", path))?,
        // Some network file systems have no locks: two processes at once must then be avoided by
        // hand.
        Err(TryLockError::Error(_)) | Ok(()) => {}
    }
    Ok(file)
}

/// The whole of a text file.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Error::io("read", path))
}

/// The SHA-256 of a file's bytes, in lowercase hexadecimal.
pub fn sha256(path: &Path) -> Result<String> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut hash = Sha256::new();
    std::io::copy(&mut reader, &mut HashWriter(&mut hash)).map_err(Error::io("read", path))?;
    Ok(hex(&hash.finalize()))
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
