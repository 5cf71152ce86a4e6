//! What a report needs to know of its suite.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::eval::claim::Expected;
use crate::eval::comparisons::Comparisons;
use crate::eval::metric::Labels;
use crate::eval::suite::Question;
use crate::eval::version::{first, is_first};
use crate::files::{read_text, write_atomically};
use crate::report::Quoted;
use crate::{Result, settings};

/// `suite.yaml` of a results folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The suite's name.
    pub suite: String,
    /// Its version.
    pub version: u32,
    /// One line: what it asks.
    pub title: String,
    /// What a reader of the table must know; paragraphs of Markdown.
    #[serde(default)]
    pub notes: String,
    /// The budget that trained rows had, in words.
    pub budget: String,
    /// The row that the others are compared with.
    pub baseline: String,
    /// The rows in the table's order.
    pub rows: Vec<RowFacts>,
    /// The tasks in the table's order.
    pub tasks: Vec<TaskFacts>,
    /// Tasks asked once more of corrupted sound, in the table's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<CorruptedFacts>,
    /// Tasks that were not asked, for want of their corpus.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutTask>,
    /// Further pairs that the suite asks about.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// How rows are compared, and what is corrected for.
    #[serde(default, skip_serializing_if = "Comparisons::is_default")]
    pub comparisons: Comparisons,
    /// What the suite expects to come out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<Expected>,
    /// What was found wrong without stopping the suite, such as a class that a split lacks.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowFacts {
    /// Its name: `method` in the tables.
    pub name: String,
    /// Whether its encoder was trained by the suite.
    pub trained: bool,
    /// What distinguishes it, such as a departure from its paper; may be empty.
    #[serde(default)]
    pub note: String,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
    /// The corpus it is asked about.
    pub corpus: String,
    /// What is predicted.
    pub labels: Labels,
    /// The classes, tags or outputs, in the order of the scores; none of retrieval.
    pub outputs: Vec<String>,
    /// The metrics; the first is the one the table leads with.
    pub metrics: Vec<String>,
    /// Number of items probes are fitted on.
    pub train: usize,
    /// Number of items probes are chosen on.
    pub valid: usize,
    /// Number of items scores are of.
    pub test: usize,
    /// Where a published split comes from; empty for a drawn one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub split: String,
    /// How many times the labels that are seen are drawn in every run, which scores their mean.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub draws: usize,
    /// Rows it was not asked of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spared: Vec<String>,
    /// Where it stands on a curve over tasks that differ in one number alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<CurvePoint>,
    /// Published rows that its table shows besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Quoted>,
    /// What a reader of its table must know: items that are missing, artists in train and in test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A task asked once more, of its test items heard through a corruption, with the probe that was
/// fitted on clean sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorruptedFacts {
    /// Its name: `style@severity_2`.
    pub name: String,
    /// The task.
    pub of: String,
    /// What is done to the sound: `severity`, `shift`, `chorus`.
    pub corruption: String,
    /// How much of it, where it comes in levels: a severity, or semitones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<i32>,
    /// Probability that a recording is changed at all.
    pub probability: f64,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// The curve's name, also that of its file.
    pub curve: String,
    /// What its number is, in words.
    pub along: String,
    /// The number.
    pub at: f64,
    /// What tells this task from others of the same number; empty where nothing does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub series: String,
}

fn once() -> usize {
    1
}

fn is_once(draws: &usize) -> bool {
    *draws == once()
}

/// A task that was not asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOutTask {
    /// Its name.
    pub name: String,
    /// Its metrics.
    pub metrics: Vec<String>,
    /// What it lacks.
    pub why: String,
}

impl Facts {
    /// Reads `suite.yaml` of a results folder.
    ///
    /// # Errors
    /// When it is missing or wrong, with the line.
    pub fn read(folder: &Path) -> Result<Facts> {
        let path = folder.join("suite.yaml");
        settings::parse(&read_text(&path)?, &path.display().to_string())
    }

    /// Writes `suite.yaml` of a results folder.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        write_atomically(&folder.join("suite.yaml"), settings::to_text(self)?.as_bytes())
    }

    pub(in crate::report) fn task(&self, name: &str) -> Option<&TaskFacts> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// The version of what was asked, clean or through a corruption; none where it was not asked.
    pub(in crate::report) fn version_of(&self, asked: &str) -> Option<u32> {
        let heard = self.heard.iter().find(|heard| heard.name == asked);
        Some(self.task(heard.map_or(asked, |heard| &heard.of))?.version)
    }

    /// The names and metrics of all tasks, those that were not asked last.
    pub(in crate::report) fn asked(&self) -> impl Iterator<Item = (&str, &[String])> {
        let tasks = self.tasks.iter().map(|task| (task.name.as_str(), task.metrics.as_slice()));
        let left_out = self.left_out.iter().map(|t| (t.name.as_str(), t.metrics.as_slice()));
        tasks.chain(left_out)
    }

    /// The same and, behind them, the tasks asked through corrupted sound: all that has scores.
    pub(in crate::report) fn scored(&self) -> impl Iterator<Item = (&str, &[String])> {
        let heard = self.heard.iter().filter_map(|heard| {
            Some((heard.name.as_str(), self.task(&heard.of)?.metrics.as_slice()))
        });
        self.asked().chain(heard)
    }
}
