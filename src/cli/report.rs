//! `bench report DIR`: the table again, from the files alone.

use std::io::Write;
use std::path::Path;

use crate::report::Report;
use crate::{Error, Result};

/// Remakes `table.csv` and `report.md` of a results folder, and prints the table and its sentence.
///
/// # Errors
/// When a file of the folder is missing or wrong, or it cannot be written.
pub fn run(folder: &Path, out: &mut dyn Write) -> Result<()> {
    let report = Report::read(folder)?;
    report.write(folder)?;
    let text = format!("{}\n{}\n", report.text(), report.sentence());
    out.write_all(text.as_bytes()).map_err(Error::io("write", Path::new("the standard output")))
}
