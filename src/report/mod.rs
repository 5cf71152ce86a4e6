//! Results as files: what a suite's runs leave in `results/<suite>/`, and the tables made from
//! them.
//!
//! | file | what |
//! |---|---|
//! | `suite.yaml` | [`Facts`]: rows, tasks and metrics in order, the baseline, the budget |
//! | `scores.csv` | [`Record`]s: one score of one run per line |
//! | `costs.csv` | [`Cost`]s: what each run used; times are here alone |
//! | `training.csv` | [`Stretch`]es: how the loss of every trained run went |
//! | `predictions/<method>/<seed>/<task>.csv` | every test item's prediction |
//! | `table.csv`, `wide.csv`, `table.tex` | the tables, made from the files above and from nothing else |
//! | `comparisons.csv`, `ranks.csv` | every comparison with tests and effect sizes, ranks over several tasks; likewise |
//! | `report.md`, `report.html`, `figures/*.svg` | the report, likewise |
//! | `keys.csv`, `keys-<task>.svg` | how estimated keys stand to the true ones, where a task is about keys; likewise |
//! | `claims.csv`, `published.csv` | what became of the suite's claims; the published rows that tables show; likewise |
//! | `robustness.csv` | scores through corrupted sound beside the clean ones, where tasks have corruptions; likewise |

mod analysis;
mod claims;
pub mod compare;
mod correction;
mod csv;
mod family;
pub mod figure;
pub mod grid;
mod keys;
mod line;
mod page;
pub mod power;
mod published;
mod ranks;
mod rescore;
mod robustness;
mod stored;
mod words;
mod write;

use std::path::Path;

pub use claims::{Claimed, Standing};
pub use keys::{KeyRow, Keys};
pub use line::{Line, Row};
pub use published::{Misquoted, Printed, Published, Quoted};
pub use ranks::Ranks;
pub use rescore::{Rescored, rescore};
pub use robustness::{CorruptedScore, Robust, RobustRow};
pub use stored::{
    CorruptedFacts, Cost, CurvePoint, Facts, Identity, LeftOutTask, Record, RowFacts, Stretch,
    TaskFacts, TestItems, prediction_path, read_predictions, write_predictions,
};

use crate::files::write_atomically;
use crate::{Error, Result};
use analysis::Analysed;
use figure::Figure;

/// A trained row with fewer steps is marked *barely trained* and enters no verdict.
pub const FEW_STEPS: u64 = 200;

/// What a suite leaves in its results folder, and what is made of that.
const MADE: [&str; 19] = [
    "suite.yaml",
    "run.yaml",
    "scores.csv",
    "costs.csv",
    "training.csv",
    "predictions",
    "splits",
    "table.csv",
    "wide.csv",
    "table.tex",
    "comparisons.csv",
    "ranks.csv",
    "robustness.csv",
    "claims.csv",
    "published.csv",
    "report.md",
    "report.html",
    "figures",
    "keys.csv",
];

/// Whether a file or folder of this name in a results folder is of this program's making, and so
/// worth nothing beside other results.
pub fn is_made(name: &str) -> bool {
    let rose = name.starts_with("keys-") && name.ends_with(".svg");
    rose || MADE.contains(&name)
}

/// A suite's results, read and compared.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the suite says.
    pub facts: Facts,
    /// Every score of every run.
    pub records: Vec<Record>,
    /// What every run used.
    pub costs: Vec<Cost>,
    /// How the losses of trained runs went.
    pub training: Vec<Stretch>,
    /// The table: tasks, metrics and rows in the suite's order; the suite's questions stand behind
    /// each task's first metric, by which alone they are asked.
    pub lines: Vec<Line>,
    /// Rows as a whole: what they used, and what went wrong.
    pub rows: Vec<Row>,
    /// How keys were estimated, for each task about keys.
    pub keys: Vec<Keys>,
    /// What corrupted sound does, for each task and metric with corruptions.
    pub robustness: Vec<Robust>,
    /// How the rows rank over tasks, where there are several.
    pub ranks: Option<Ranks>,
    /// What became of what the suite expects.
    pub claims: Vec<Claimed>,
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
        let training = Stretch::read_all(folder)?;
        let rows = line::rows(&facts, &records, &costs);
        let analysed = analysis::analyse(folder, &facts, &records, &rows)?;
        let Analysed { lines, keys, ranks, claims } = analysed;
        let robustness = robustness::read(folder, &facts, &records)?;
        let records = records.into_iter().map(|(_, record)| record).collect();
        Ok(Report { facts, records, costs, training, lines, rows, keys, robustness, ranks, claims })
    }

    /// Writes what [`Report::files`] makes, each file whole or not at all; figures of an earlier
    /// report that this one lacks go.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let files = self.files()?;
        for path in figure::files_in(&folder.join("figures"))? {
            if !files.iter().any(|(name, _)| folder.join(name) == path) {
                std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
            }
        }
        files.iter().try_for_each(|(name, bytes)| write_atomically(&folder.join(name), bytes))
    }

    /// The files made of the results, by their paths in the folder: tables, the report as Markdown
    /// and as a page, and its figures.
    ///
    /// # Errors
    /// Never for tables of this module's making.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let figures: Vec<Vec<Figure>> =
            self.facts.tasks.iter().map(|task| figure::figures(self, task)).collect();
        let across = self.ranks.as_ref().map_or(Vec::new(), figure::ranks);
        let training = figure::training(self);
        let mut files = vec![
            ("table.csv".to_string(), self.table()?),
            ("wide.csv".into(), write::wide(self)?),
            ("table.tex".into(), write::latex(self).into_bytes()),
            ("report.md".into(), self.markdown().into_bytes()),
            (
                "report.html".into(),
                page::page(self, &figures, &across, training.as_ref()).into_bytes(),
            ),
        ];
        let comparisons = write::comparisons(self)?;
        files.extend(comparisons.map(|bytes| ("comparisons.csv".to_string(), bytes)));
        if let Some(ranks) = &self.ranks {
            files.push(("ranks.csv".into(), ranks::csv(ranks)?));
        }
        let told = [("claims.csv", claims::csv(self)?), ("published.csv", published::csv(self)?)];
        files.extend(told.into_iter().filter_map(|(name, bytes)| Some((name.into(), bytes?))));
        let drawn = figures.iter().flatten().chain(&across).chain(&training);
        files.extend(drawn.map(|f| (format!("figures/{}.svg", f.name), f.file().into_bytes())));
        if !self.keys.is_empty() {
            let cells: Vec<_> = self.keys.iter().flat_map(Keys::cells).collect();
            files.push(("keys.csv".into(), csv::bytes(&cells)?));
        }
        files.extend(self.keys.iter().map(Keys::rose_file));
        if !self.robustness.is_empty() {
            let cells: Vec<_> = self.robustness.iter().flat_map(Robust::cells).collect();
            files.push(("robustness.csv".into(), csv::bytes(&cells)?));
        }
        Ok(files)
    }

    /// The comparison table as CSV; its columns are those of `results/README.md`.
    ///
    /// # Errors
    /// Never for tables of this module's making.
    pub fn table(&self) -> Result<Vec<u8>> {
        write::table(self)
    }

    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        write::markdown::report(self)
    }

    /// The table for a terminal, one per task, with its footnotes; at most 120 columns for usual
    /// names.
    pub fn text(&self) -> String {
        write::text::report(self)
    }

    /// What the table says, in one sentence.
    pub fn sentence(&self) -> String {
        words::sentence(self)
    }

    /// Number of comparisons with a p value.
    fn judged(&self) -> usize {
        self.lines.iter().filter(|line| line.tested()).count()
    }

    /// What corrupted sound does to a task by its first metric, if it has corruptions.
    fn robust(&self, task: &TaskFacts) -> Option<&Robust> {
        let first = |robust: &&Robust| Some(&robust.metric) == task.metrics.first();
        self.robustness.iter().filter(|robust| robust.task == task.name).find(first)
    }

    /// Whether a task was asked of a row.
    fn asks(&self, task: &str, row: &str) -> bool {
        let spares = |task: &TaskFacts| task.spared.iter().any(|spared| spared == row);
        !self.facts.task(task).is_some_and(spares)
    }

    /// The line that compares a row with the baseline by one metric.
    fn line_of(&self, task: &str, metric: &str, row: &str) -> Option<&Line> {
        let of = |line: &&Line| line.task == task && line.metric == metric && line.method == row;
        self.lines.iter().filter(of).find(|line| line.leads())
    }

    /// The lines that compare the rows with the baseline by one metric, the baseline's own among
    /// them.
    fn rows_of<'a>(&'a self, task: &'a str, metric: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |l| l.task == task && l.metric == metric && l.leads())
    }
}
