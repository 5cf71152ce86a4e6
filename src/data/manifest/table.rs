//! The text of a manifest as rows of cells with their lines.

use std::collections::HashMap;
use std::path::Path;

use super::Problem;
use crate::error::{Error, Result};

/// A manifest's cells, trimmed.
pub(super) struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Row>,
    /// What is wrong with the table itself; rows are then as good as they can be.
    pub problems: Vec<Problem>,
    columns: HashMap<String, usize>,
}

/// One row below the header.
pub(super) struct Row {
    pub line: usize,
    cells: csv::StringRecord,
}

impl Table {
    pub fn read(path: &Path) -> Result<Table> {
        let rows = records(path, b',')?.into_iter();
        let mut rows: Vec<Row> = rows.map(|(line, cells)| Row { line, cells }).collect();
        let header = if rows.is_empty() { Vec::new() } else { rows.remove(0).names() };
        let mut table = Table { header, rows, problems: Vec::new(), columns: HashMap::new() };
        table.check_header();
        table.check_widths();
        Ok(table)
    }

    fn check_header(&mut self) {
        for (column, name) in self.header.iter().enumerate() {
            if self.columns.insert(name.clone(), column).is_some() {
                self.problems.push(Problem { line: 1, message: format!("two columns {name:?}") });
            }
        }
        for needed in ["id", "path"] {
            if !self.has(needed) {
                let header = self.header.join(",");
                let message = format!("no column {needed:?}; the header is {header:?}");
                self.problems.push(Problem { line: 1, message });
            }
        }
        if !self.problems.is_empty() {
            self.rows.clear();
        } else if self.rows.is_empty() {
            let message = "the manifest is empty: no row follows the header".to_string();
            self.problems.push(Problem { line: 1, message });
        }
    }

    fn check_widths(&mut self) {
        let width = self.header.len();
        self.rows.retain(|row| {
            let cells = row.cells.len();
            if cells != width {
                let message = format!("{cells} cells where the header has {width}");
                self.problems.push(Problem { line: row.line, message });
            }
            cells == width
        });
    }

    /// Whether there is such a column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// A row's cell, empty where there is no such column.
    pub fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        self.columns.get(column).and_then(|column| row.cells.get(*column)).unwrap_or("")
    }
}

impl Row {
    fn names(&self) -> Vec<String> {
        self.cells.iter().map(str::to_string).collect()
    }
}

/// Every row of a table whose cells are separated by `delimiter`, with its line from 1; quotes,
/// `\r\n` and a byte-order mark are understood, cells are trimmed.
///
/// # Errors
/// When the file cannot be read, or is no text.
pub(in crate::data) fn records(
    path: &Path,
    delimiter: u8,
) -> Result<Vec<(usize, csv::StringRecord)>> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Error::data(path.display(), format!("not a text file: byte {at} is not UTF-8"))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(delimiter).has_headers(false).flexible(true);
    let reader = reader.trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut lines = Lines::new(text);
    let mut rows = Vec::new();
    for cells in reader.into_records() {
        let cells = cells.map_err(|e| Error::data(path.display(), e.to_string()))?;
        let byte = cells.position().map_or(0, |position| position.byte() as usize);
        rows.push((lines.of(byte), cells));
    }
    Ok(rows)
}

/// Counts lines up to ever later bytes: the csv reader's count is off after blank lines and `\r\n`.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    /// Begins at the first line.
    fn new(text: &'a str) -> Lines<'a> {
        Lines { text, at: 0, line: 1 }
    }

    /// The line, from 1, of the first byte from `byte` on that ends none.
    fn of(&mut self, byte: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blank = bytes[byte..].iter().take_while(|b| [b'\n', b'\r'].contains(b)).count();
        let start = byte + blank;
        self.line += bytes[self.at..start].iter().filter(|b| **b == b'\n').count();
        self.at = start;
        self.line
    }
}
