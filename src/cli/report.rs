//! `bench report DIR`: the table again, from the files alone.

use std::io::Write;
use std::path::Path;

use super::print;
use crate::Result;
use crate::report::Report;

/// Remakes `table.csv` and `report.md` of a results folder, and prints the table and its sentence.
///
/// # Errors
/// When a file of the folder is missing or wrong, or it cannot be written.
pub fn run(folder: &Path, out: &mut dyn Write) -> Result<()> {
    let report = Report::read(folder)?;
    report.write(folder)?;
    print(out, &format!("{}\n{}\n", report.text(), report.sentence()))
}
