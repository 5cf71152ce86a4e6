//! CSV files with typed rows.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::write_atomically;
use crate::{Error, Result};

/// The rows of a file with the line each stands on.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<(u64, T)>> {
    let text = crate::files::read_text(path)?;
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| wrong(path, &e))?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| wrong(path, &e))?;
        let line = record.position().map_or(0, ::csv::Position::line);
        let row = record.deserialize(Some(&header)).map_err(|e| at(path, line, reason(&e)))?;
        rows.push((line, row));
    }
    Ok(rows)
}

/// Rows as the bytes of a file: structs below a header of their fields, or lists of cells as they
/// are.
pub(super) fn bytes<T: Serialize>(rows: &[T]) -> Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row)).map_err(unwritten)?;
    writer.into_inner().map_err(unwritten)
}

fn unwritten(error: impl std::fmt::Display) -> Error {
    Error::Failed(format!("a table cannot be written: {error}"))
}

/// Writes rows, or only `header` where there are none.
pub(super) fn write<T: Serialize>(path: &Path, rows: &[T], header: &str) -> Result<()> {
    match rows {
        [] => write_atomically(path, format!("{header}\n").as_bytes()),
        rows => write_atomically(path, &bytes(rows)?),
    }
}

/// An error on a line of a file.
pub(super) fn at(path: &Path, line: u64, message: impl Into<String>) -> Error {
    Error::data(format!("{}:{line}", path.display()), message)
}

/// An error of the CSV reader, with its line.
pub(super) fn wrong(path: &Path, error: &::csv::Error) -> Error {
    at(path, error.position().map_or(1, ::csv::Position::line), reason(error))
}

fn reason(error: &::csv::Error) -> String {
    match error.kind() {
        ::csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}")
        }
        ::csv::ErrorKind::Utf8 { .. } => "not UTF-8 text".into(),
        _ => error.to_string(),
    }
}

/// Rounded so that the last bits of another machine's mathematics do not show.
pub(super) fn six_digits(value: Option<f64>) -> Option<f64> {
    let rounded = value.and_then(|value| format!("{value:.5e}").parse::<f64>().ok());
    // A difference that cancels to -0 is 0; one that cancels to rounding errors is as well.
    rounded.map(|value| if value.abs() < 1e-14 { 0.0 } else { value })
}
