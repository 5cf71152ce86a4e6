//! Results as files: what a suite's runs leave in `results/<suite>/`, and the tables made from
//! them.
//!
//! | file | what |
//! |---|---|
//! | `suite.yaml` | [`Facts`]: rows, tasks and metrics in order, the baseline, the budget |
//! | `scores.csv` | [`Record`]s: one score of one run per line |
//! | `costs.csv` | [`Cost`]s: what each run used; times are here alone |
//! | `predictions/<method>/<seed>/<task>.csv` | every test item's prediction |
//! | `table.csv`, `report.md` | made from the files above and from nothing else |
//! | `keys.csv`, `keys-<task>.svg` | how estimated keys stand to the true ones, where a task is about keys; made likewise |

mod analysis;
mod cost;
mod csv;
mod facts;
mod keys;
mod line;
mod markdown;
mod prediction;
mod record;
mod text;
mod words;

use std::path::Path;

pub use cost::Cost;
pub use facts::{Facts, RowFacts, TaskFacts};
pub use keys::{KeyRow, Keys};
pub use line::{Line, Row};
pub use prediction::{TestItems, prediction_path, read_predictions, write_predictions};
pub use record::Record;

use crate::Result;
use crate::files::write_atomically;

/// A trained row with fewer steps is marked *barely trained* and enters no verdict.
pub const FEW_STEPS: u64 = 200;

/// A suite's results, read and compared.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the suite says.
    pub facts: Facts,
    /// Every score of every run.
    pub records: Vec<Record>,
    /// What every run used.
    pub costs: Vec<Cost>,
    /// The table: tasks, metrics and rows in the suite's order, then the suite's questions.
    pub lines: Vec<Line>,
    /// Rows as a whole: what they used, and what went wrong.
    pub rows: Vec<Row>,
    /// How keys were estimated, for each task about keys.
    pub keys: Vec<Keys>,
}

impl Report {
    /// Reads a results folder and compares its rows.
    ///
    /// # Errors
    /// When a file is missing or wrong, with its name and line, or the files contradict each other.
    pub fn read(folder: &Path) -> Result<Report> {
        let facts = Facts::read(folder)?;
        let records = Record::read_all(folder)?;
        let costs = Cost::read_all(folder)?;
        let rows = line::rows(&facts, &records, &costs);
        let (lines, keys) = analysis::lines(folder, &facts, &records, &rows)?;
        let records = records.into_iter().map(|(_, record)| record).collect();
        Ok(Report { facts, records, costs, lines, rows, keys })
    }

    /// Writes `table.csv`, `report.md` and what there is about keys, each whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        write_atomically(&folder.join("table.csv"), &self.table()?)?;
        if !self.keys.is_empty() {
            let cells: Vec<_> = self.keys.iter().flat_map(Keys::cells).collect();
            write_atomically(&folder.join("keys.csv"), &csv::bytes(&cells)?)?;
        }
        self.keys.iter().try_for_each(|keys| keys.write_rose(folder))?;
        write_atomically(&folder.join("report.md"), self.markdown().as_bytes())
    }

    /// The comparison table as CSV; its columns are those of `results/README.md`.
    ///
    /// # Errors
    /// Never for tables of this module's making.
    pub fn table(&self) -> Result<Vec<u8>> {
        line::to_csv(&self.lines, &self.rows)
    }

    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        markdown::report(self)
    }

    /// The table for a terminal, one per task, with its footnotes; at most 120 columns for usual
    /// names.
    pub fn text(&self) -> String {
        text::report(self)
    }

    /// What the table says, in one sentence.
    pub fn sentence(&self) -> String {
        words::sentence(self)
    }

    /// Number of comparisons that were tested together.
    fn judged(&self) -> usize {
        let tested = |line: &&Line| line.comparison.as_ref().is_some_and(|c| c.p_holm.is_some());
        self.lines.iter().filter(tested).count()
    }

    /// The lines that compare the rows with the baseline by one metric, the baseline's own among
    /// them.
    fn rows_of<'a>(&'a self, task: &'a str, metric: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |l| l.task == task && l.metric == metric && !l.question)
    }
}
