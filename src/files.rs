//! Writing so that a crash or a full disk never damages what was there.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::settings::hex;
use crate::{Error, Result};

/// Puts `bytes` at `path` whole or not at all, making the folders above it.
///
/// The bytes go to a file beside it, which takes the name only once they are on the disk. One
/// writer at a time.
///
/// # Errors
/// When a folder cannot be made or the file not be written; what was there is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    let beside = hidden(path, ".part");
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

/// A hidden name beside `path`, always the same, so that what a killed run left is found by the
/// next.
fn hidden(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    suffixed(&path.with_file_name(name), ending)
}

/// Makes `folder` if need be, and fails if nothing can be written in it.
///
/// # Errors
/// When it cannot be made, or a file in it not be written or removed.
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

/// A folder that is filled beside another and takes its place once it is finished.
pub struct Replacement {
    target: PathBuf,
    folder: PathBuf,
    made: fn(&str) -> bool,
    _lock: File,
}

impl Replacement {
    /// Starts with an empty folder `TARGET.partial`; what an earlier attempt left there goes. Names
    /// that are `made` are never carried over from the target.
    ///
    /// # Errors
    /// When another process is filling it, or nothing can be written there.
    pub fn begin(target: &Path, made: fn(&str) -> bool) -> Result<Replacement> {
        let target = match target.is_symlink() || target.file_name().is_none() {
            true => target.canonicalize().map_err(Error::io("find", target))?,
            false => target.to_path_buf(),
        };
        let folder = suffixed(&target, ".partial");
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        let lock = File::open(&folder).map_err(Error::io("open", &folder))?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            let message = format!("another process is filling {}", folder.display());
            return Err(Error::Failed(message));
        }
        for path in entries(&folder)? {
            let removed =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(Error::io("remove", &path))?;
        }
        check_writable(&folder)?;
        let replacement = Replacement { target, folder, made, _lock: lock };
        replacement.clear_away()?;
        Ok(replacement)
    }

    /// The folder to fill.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes the target's place. What is in the target under a name that is not made and that the
    /// new folder lacks, such as somebody's notes, is moved over; the rest of it goes.
    ///
    /// # Errors
    /// When the folders cannot be renamed; the target is then as it was.
    pub fn finish(self) -> Result<()> {
        let old = hidden(&self.target, ".old");
        if self.target.exists() {
            fs::rename(&self.target, &old).map_err(Error::io("rename", &self.target))?;
        }
        fs::rename(&self.folder, &self.target).map_err(|source| {
            // The first failure is the one to tell.
            let _ = fs::rename(&old, &self.target);
            Error::io("rename", &self.folder)(source)
        })?;
        self.clear_away()
    }

    /// Ends a replacement, also one in which an earlier process was killed.
    fn clear_away(&self) -> Result<()> {
        let old = hidden(&self.target, ".old");
        if !old.exists() {
            return Ok(());
        }
        if !self.target.exists() {
            return fs::rename(&old, &self.target).map_err(Error::io("rename", &old));
        }
        for path in entries(&old)? {
            let name = path.file_name().unwrap_or_default();
            let kept = self.target.join(name);
            if !kept.exists() && !(self.made)(&name.to_string_lossy()) {
                fs::rename(&path, &kept).map_err(Error::io("rename", &path))?;
            }
        }
        fs::remove_dir_all(&old).map_err(Error::io("remove", &old))
    }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    path.with_file_name(name)
}

/// The paths of what is in a folder, in no order.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder).and_then(|all| all.map(|e| e.map(|e| e.path())).collect());
    paths.map_err(Error::io("read", folder))
}

/// The whole of a text file.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Error::io("read", path))
}

/// Writes what [`read_json`] reads, as [`write_atomically`] does.
///
/// # Errors
/// When it cannot be written, or not as JSON.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let json =
        serde_json::to_string(value).map_err(|e| Error::data(path.display(), e.to_string()))?;
    write_atomically(path, json.as_bytes())
}

/// Reads a JSON file of one form.
///
/// # Errors
/// When it cannot be read, or is of another form.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read_text(path)?).map_err(|e| Error::data(path.display(), e.to_string()))
}

/// The SHA-256 of a file's bytes, in lowercase hexadecimal.
///
/// # Errors
/// When it cannot be read.
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
