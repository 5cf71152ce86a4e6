//! `bench report DIR`: the tables, page and figures again, from the files alone.

use std::io::Write;
use std::path::Path;

use crate::Result;
use crate::cli::print;
use crate::report::Report;

/// Remakes the tables, the page and the figures of a results folder, and prints the table and its
/// sentence.
///
/// # Errors
/// When a file of the folder is missing or wrong, or it cannot be written.
pub fn run(folder: &Path, out: &mut dyn Write) -> Result<()> {
    let report = Report::read(folder)?;
    report.write(folder)?;
    print(out, &format!("{}\n{}\n", report.text(), report.sentence()))
}
