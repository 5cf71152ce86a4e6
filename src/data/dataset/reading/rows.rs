//! Annotation files: tables separated by commas or tabs, with every fault told by its line.

use std::path::{Path, PathBuf};

use crate::data::manifest::{Problem, records};
use crate::error::{Error, Result};

/// A table with a header.
pub(in crate::data::dataset) struct Rows {
    path: PathBuf,
    header: Vec<String>,
    rows: Vec<(usize, csv::StringRecord)>,
    /// Rows with another number of cells than the header.
    pub problems: Vec<(PathBuf, Problem)>,
}

/// One row.
pub(in crate::data::dataset) struct Row<'a> {
    /// Its line in the file, from 1.
    pub line: usize,
    cells: &'a csv::StringRecord,
    header: &'a [String],
}

impl Rows {
    /// Reads a table whose cells are separated by `delimiter`; quotes, `\r\n` and a byte-order mark
    /// are understood, cells are trimmed.
    ///
    /// # Errors
    /// When the file cannot be read, is no text, is empty, or lacks one of the columns `needed`.
    pub fn read(path: &Path, delimiter: u8, needed: &[&str]) -> Result<Rows> {
        let wrong = |message: String| Error::data(format!("{}:1", path.display()), message);
        let mut rows = records(path, delimiter)?;
        if rows.is_empty() {
            return Err(wrong("the file is empty".into()));
        }
        let header: Vec<String> = rows.remove(0).1.iter().map(str::to_string).collect();
        if let Some(column) = needed.iter().find(|column| !header.iter().any(|h| h == *column)) {
            let header = header.join(", ");
            return Err(wrong(format!("no column {column:?}; the header is {header:?}")));
        }
        let mut problems = Vec::new();
        rows.retain(|(line, record)| {
            let fits = record.len() == header.len();
            if !fits {
                let (found, wanted) = (record.len(), header.len());
                let message = format!("{found} cells where the header has {wanted}");
                problems.push((path.to_path_buf(), Problem { line: *line, message }));
            }
            fits
        });
        Ok(Rows { path: path.to_path_buf(), header, rows, problems })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Row by row.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        let header = &self.header;
        self.rows.iter().map(move |(line, cells)| Row { line: *line, cells, header })
    }
}

impl Row<'_> {
    /// The cell of a column; empty where there is no such column.
    pub fn cell(&self, column: &str) -> &str {
        let place = self.header.iter().position(|name| name == column);
        place.and_then(|place| self.cells.get(place)).unwrap_or("")
    }

    /// The cell at a place.
    pub fn at(&self, place: usize) -> &str {
        self.cells.get(place).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_past_quoted_line_ends_and_blank_lines() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "\u{feff}\"id\"\t\"title\"\r\n1\t\"two\r\nlines\"\r\n\r\n2\r\n3\t c \r\n";
        std::fs::write(file.path(), text).unwrap();
        let rows = Rows::read(file.path(), b'\t', &["id", "title"]).unwrap();
        let found: Vec<(usize, &str)> =
            rows.rows.iter().map(|(line, cells)| (*line, &cells[1])).collect();
        assert_eq!(found, [(2, "two\r\nlines"), (6, "c")]);
        let message = "1 cells where the header has 2".to_string();
        assert_eq!(rows.problems, [(file.path().to_path_buf(), Problem { line: 5, message })]);
    }
}
