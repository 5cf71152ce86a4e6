//! `bench audio`: what comes out of sound files, one CSV row each.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::audio::{Decoded, Refusal, is_sound, try_decode};
use crate::data::parallel::{available_threads, in_order};
use crate::{Error, Result};

/// Column names.
const HEADER: [&str; 9] =
    ["path", "outcome", "codec", "rate", "channels", "samples", "rms", "peak", "message"];

/// Decodes every file and writes its row to `out`; folders are walked in the order of their names,
/// past what in them does not end like sound.
///
/// Returns whether no file was an error.
///
/// # Errors
/// [`Error::Io`] if a folder cannot be read or `out` cannot be written; a file that cannot is a
/// row.
pub fn run(paths: &[PathBuf], out: &mut (dyn Write + Send)) -> Result<bool> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => walk(path, &mut files)?,
            false => files.push(path.clone()),
        }
    }
    let mut table = csv::Writer::from_writer(out);
    table.write_record(HEADER).map_err(written)?;
    let mut good = true;
    in_order(files.len(), available_threads(), &|index| row(&files[index]), &mut |_, row| {
        good &= row[1] != "error";
        table.write_record(&row).map_err(written)?;
        table.flush().map_err(|e| written(e.into()))
    })?;
    Ok(good)
}

fn written(e: csv::Error) -> Error {
    let kind = match e.kind() {
        csv::ErrorKind::Io(source) => source.kind(),
        _ => ErrorKind::Other,
    };
    Error::io("write", Path::new("the table"))(std::io::Error::new(kind, e))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(Error::io("read", folder))?;
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<_>>()
        .map_err(Error::io("read", folder))?;
    entries.sort();
    for path in entries {
        // A link to a folder could lead back up.
        match path.is_dir() {
            true if path.is_symlink() => {}
            true => walk(&path, files)?,
            false if is_sound(&path) => files.push(path),
            false => {}
        }
    }
    Ok(())
}

fn row(path: &Path) -> [String; 9] {
    let mut row: [String; 9] = Default::default();
    row[0] = path.display().to_string();
    let cells = match try_decode(path) {
        Ok(Ok(decoded)) => decoded_cells(&decoded),
        Ok(Err(refusal)) => refused_cells(&refusal),
        Err(Error::Io { source, .. }) => failed_cells(source.to_string()),
        Err(Error::Audio { message, .. }) => failed_cells(message),
        Err(other) => failed_cells(other.to_string()),
    };
    for (cell, text) in row[1..].iter_mut().zip(cells) {
        *cell = text;
    }
    row
}

fn decoded_cells(decoded: &Decoded) -> [String; 8] {
    let wave = &decoded.wave;
    let message = match decoded.broken_packets {
        0 => String::new(),
        1 => "1 broken packet left out".to_string(),
        n => format!("{n} broken packets left out"),
    };
    [
        "decode".to_string(),
        decoded.codec.clone(),
        wave.rate.to_string(),
        decoded.channels.to_string(),
        wave.samples.len().to_string(),
        wave.rms().map(|rms| format!("{rms:.6}")).unwrap_or_default(),
        wave.peak().map(|peak| format!("{peak:.6}")).unwrap_or_default(),
        message,
    ]
}

fn refused_cells(refusal: &Refusal) -> [String; 8] {
    let (outcome, codec) = match refusal {
        Refusal::Unsupported { codec } => ("unsupported", Some(codec)),
        Refusal::Broken { codec, .. } => ("error", codec.as_ref()),
    };
    let mut cells: [String; 8] = Default::default();
    cells[0] = outcome.to_string();
    cells[1] = codec.cloned().unwrap_or_default();
    cells[7] = refusal.message();
    cells
}

fn failed_cells(message: String) -> [String; 8] {
    let mut cells: [String; 8] = Default::default();
    cells[0] = "error".to_string();
    cells[7] = message;
    cells
}
