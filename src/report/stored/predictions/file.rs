//! The lines of a prediction file, whatever they predict.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ::csv::{Position, Reader, StringRecord};

use super::{Form, TestItems, form};
use crate::files::read_text;
use crate::report::csv::{at, wrong};
use crate::{Error, Result};

/// A prediction file as it was read.
pub(in crate::report) struct PredictionFile {
    pub(super) path: PathBuf,
    /// The test items, in the order of the lines.
    pub items: TestItems,
    /// Which columns it has.
    pub form: Form,
    header: StringRecord,
    /// The places of the form's columns.
    places: Vec<usize>,
    lines: Vec<StringRecord>,
}

impl PredictionFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<PredictionFile> {
        let text = read_text(path)?;
        let mut reader = Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| wrong(path, &e))?.clone();
        let (form, places) = form::find(&header).map_err(|message| at(path, 1, message))?;
        let lines = reader.records().collect::<Result<Vec<StringRecord>, _>>();
        let lines = lines.map_err(|e| wrong(path, &e))?;
        if lines.is_empty() {
            return Err(at(path, 1, "no line follows the header"));
        }
        let items = TestItems::default();
        let mut file = PredictionFile { path: path.into(), items, form, header, places, lines };
        file.items = file.test_items()?;
        Ok(file)
    }

    fn test_items(&self) -> Result<TestItems> {
        let place = |name: &str| self.header.iter().position(|column| column == name);
        let (id, group) = (place("id"), place("group"));
        let mut items = TestItems::default();
        let mut known = BTreeMap::new();
        for (item, line) in self.lines.iter().enumerate() {
            let cell = |column: usize| line[column].to_string();
            let id = id.map(cell).unwrap_or_default();
            if let Some(before) = known.insert(id.clone(), self.line(item)) {
                return Err(self.wrong(item, format!("item {id:?} is on line {before} too")));
            }
            items.ids.push(id);
            items.groups.push(group.map(cell).filter(|group| !group.is_empty()));
        }
        Ok(items)
    }

    /// What to call it.
    pub fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// Refuses a file that does not have these columns in this order.
    pub(super) fn check_columns(&self, wanted: &[String]) -> Result<()> {
        if self.header.iter().eq(wanted.iter().map(String::as_str)) {
            return Ok(());
        }
        Err(at(&self.path, 1, format!("the columns must be {}", wanted.join(","))))
    }

    /// The number of its lines.
    pub fn count(&self) -> usize {
        self.lines.len()
    }

    /// What stands in a column of the form.
    pub fn cell(&self, item: usize, column: usize) -> &str {
        &self.lines[item][self.places[column]]
    }

    /// An error on an item's line.
    pub(super) fn wrong(&self, item: usize, message: impl Into<String>) -> Error {
        at(&self.path, self.line(item), message)
    }

    fn line(&self, item: usize) -> u64 {
        self.lines[item].position().map_or(0, Position::line)
    }
}
