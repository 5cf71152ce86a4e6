//! Prediction files, of this program or any other.
//!
//! A CSV file with a header, one line per test item, in any order of lines and columns:
//!
//! | what is predicted | columns |
//! |---|---|
//! | one class per item | `id`, `truth`, `prediction`, and `rank`, the true class's place by score, if it is known |
//! | one class, by scores | `id`, `truth`, and `score:<class>` for every class |
//! | tags | `id`, and `truth:<tag>` (0 or 1) and `score:<tag>` for every tag |
//! | numbers | `id`, and `truth:<name>` and `score:<name>` for every output |
//!
//! A column `group` may say what an item belongs to (an artist, a work): items of one group are not independent.

mod answers;
mod form;
mod task;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ::csv::{Position, Reader};

use super::run::Run;
use crate::Result;
use crate::eval::metric::Labels;
use crate::files::read_text;
use crate::report::csv::{at, wrong};
use crate::report::{TaskFacts, TestItems};

use form::Form;
pub(super) use task::task;

/// A prediction file as it was read.
pub(super) struct PredictionFile {
    path: PathBuf,
    items: TestItems,
    /// The line of each item.
    lines: Vec<u64>,
    form: Form,
    /// The cells behind `id` and `group`, item by item, in the order of the form.
    cells: Vec<Vec<String>>,
}

impl PredictionFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<PredictionFile> {
        let text = read_text(path)?;
        let mut reader = Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| wrong(path, &e))?.clone();
        let (form, columns) = form::find(&header).map_err(|message| at(path, 1, message))?;
        let place = |name: &str| header.iter().position(|column| column == name);
        let (id, group) = (place("id"), place("group"));
        let (items, lines, cells) = (TestItems::default(), Vec::new(), Vec::new());
        let mut file = PredictionFile { path: path.into(), items, lines, form, cells };
        let mut known = BTreeMap::new();
        for row in reader.records() {
            let row = row.map_err(|e| wrong(path, &e))?;
            let line = row.position().map_or(0, Position::line);
            let cell = |column: usize| row[column].to_string();
            let id = id.map(cell).unwrap_or_default();
            if let Some(before) = known.insert(id.clone(), line) {
                return Err(at(path, line, format!("item {id:?} is on line {before} too")));
            }
            file.items.ids.push(id);
            file.items.groups.push(group.map(cell).filter(|group| !group.is_empty()));
            file.lines.push(line);
            file.cells.push(columns.iter().map(|column| cell(*column)).collect());
        }
        if file.lines.is_empty() {
            return Err(at(path, 1, "no line follows the header"));
        }
        Ok(file)
    }

    /// What to call it.
    pub fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// Its predictions in the terms of a task.
    pub fn run(&self, task: &TaskFacts) -> Result<Run> {
        let predictions = match (&self.form, task.labels) {
            (Form::Classes { ranked }, Labels::Classes) => self.classes(&task.outputs, *ranked)?,
            (Form::Scores(names), Labels::Classes) => self.scored(names, &task.outputs)?,
            (Form::Numbers(names), Labels::Tags | Labels::Values) => self.numbers(names, task)?,
            (_, labels) => {
                return Err(at(
                    &self.path,
                    1,
                    format!("these columns are not those of {labels:?}"),
                ));
            }
        };
        let ranked = self.form != Form::Classes { ranked: false };
        let items = self.items.clone();
        let (place, seed, chance) = (self.place(), None, true);
        Run { place, seed, chance, items, predictions, ranked }.sorted()
    }
}
