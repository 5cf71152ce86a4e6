//! What an argument of `compare` names.

use std::path::Path;

use super::Asked;
use super::files;
use super::folder::Folder;
use super::run::Run;
use crate::error::unknown;
use crate::report::TaskFacts;
use crate::report::stored::{PredictionFile, address};
use crate::{Error, Result};

/// One side of a comparison.
pub(super) enum Side {
    /// A results folder, or rows or one run of it.
    Folder(Box<Folder>),
    /// A prediction file.
    File(PredictionFile),
}

impl Side {
    /// Reads what `text` names.
    pub fn open(text: &str) -> Result<Side> {
        let whole = Path::new(text);
        if whole.is_file() {
            return Ok(Side::File(PredictionFile::read(whole)?));
        }
        let (folder, row, seed) = address(text).ok_or_else(|| {
            Error::Invalid(format!(
                "{text}: there is no such results folder or prediction file; \
                 write FOLDER, FOLDER:ROW, FOLDER:ROW:SEED or FILE.csv"
            ))
        })?;
        let folder = Folder::open(Path::new(folder))?;
        Ok(Side::Folder(Box::new(folder.chosen(row, seed)?)))
    }

    /// The runs of a row on a task.
    pub fn runs(&self, row: &str, task: &TaskFacts) -> Result<Vec<Run>> {
        match self {
            Side::Folder(folder) => folder.runs(row, task),
            Side::File(file) => Ok(vec![Run::of_file(file, task)?]),
        }
    }

    /// What to call a row of it.
    pub fn name(&self, row: &str) -> String {
        match self {
            Side::Folder(folder) => folder.name(row),
            Side::File(file) => file.place(),
        }
    }

    /// Why a row's comparisons have no verdict; none where they may.
    pub fn bar(&self, row: &str, task: &str, metric: &str) -> Option<String> {
        match self {
            Side::Folder(folder) => folder.bar(row, task, metric),
            Side::File(_) => None,
        }
    }

    /// The suite whose name the draws of the bootstrap depend on.
    pub fn suite(&self) -> Option<&str> {
        match self {
            Side::Folder(folder) => Some(&folder.facts.suite),
            Side::File(_) => None,
        }
    }
}

/// The names of the rows to compare with each other.
pub(super) fn rows(sides: &[Side; 2]) -> Result<Vec<[String; 2]>> {
    let [Some(first), Some(second)] = [0, 1].map(|side| open(&sides[side])) else {
        let names = sides.each_ref().map(|side| match side {
            Side::Folder(folder) => folder.rows(),
            Side::File(_) => vec![String::new()],
        });
        let others =
            |a: &String| -> Vec<_> { names[1].iter().map(|b| [a.clone(), b.clone()]).collect() };
        let all: Vec<[String; 2]> = names[0].iter().flat_map(others).collect();
        let itself = |[a, b]: &[String; 2]| sides[0].name(a) == sides[1].name(b);
        let several = all.len() > 1;
        return Ok(all.into_iter().filter(|pair| !(several && itself(pair))).collect());
    };
    let (first, second) = (first.rows(), second.rows());
    let shared: Vec<_> = first.iter().filter(|row| second.contains(row)).collect();
    if shared.is_empty() {
        let names = sides.each_ref().map(|side| side.name(""));
        let message = format!("{} and {} have no row of the same name", names[0], names[1]);
        return Err(Error::Invalid(message));
    }
    Ok(shared.into_iter().map(|row| [row.clone(), row.clone()]).collect())
}

/// A folder of which no single row is chosen.
fn open(side: &Side) -> Option<&Folder> {
    match side {
        Side::Folder(folder) if folder.row.is_none() => Some(folder),
        _ => None,
    }
}

/// The tasks to compare on.
pub(super) fn tasks(sides: &[Side; 2], asked: &Asked) -> Result<Vec<TaskFacts>> {
    let tasks = match sides {
        [Side::File(first), Side::File(second)] => {
            vec![files::task(first, second, asked.metric.as_deref())?]
        }
        [Side::Folder(folder), Side::File(_)] | [Side::File(_), Side::Folder(folder)] => {
            folder.facts.tasks.clone()
        }
        [Side::Folder(first), Side::Folder(second)] => shared_tasks(first, second)?,
    };
    let names = || tasks.iter().map(|task| task.name.as_str());
    let wanted = match &asked.task {
        None => tasks.clone(),
        Some(name) => tasks.iter().filter(|task| task.name == *name).cloned().collect(),
    };
    let one = sides.iter().any(|side| matches!(side, Side::File(_)));
    match (&asked.task, wanted.len()) {
        (Some(name), 0) => Err(Error::Invalid(unknown("task", name, names()))),
        (None, 2..) if one => {
            let known = names().collect::<Vec<_>>().join(", ");
            Err(Error::Invalid(format!(
                "a prediction file is of one task; name it: --task {known}"
            )))
        }
        _ => Ok(wanted),
    }
}

/// The tasks of the same name, with the metrics of both.
fn shared_tasks(first: &Folder, second: &Folder) -> Result<Vec<TaskFacts>> {
    let (ours, theirs) = (&first.facts, &second.facts);
    if ours.suite == theirs.suite && ours.version != theirs.version {
        let (suite, a, b) = (&ours.suite, ours.version, theirs.version);
        let message = format!("{suite} v{a} and {suite} v{b} give figures that do not compare");
        return Err(Error::Invalid(message));
    }
    let mut shared = Vec::new();
    for task in &ours.tasks {
        let Some(other) = theirs.task(&task.name) else { continue };
        if task.version != other.version {
            let (name, a, b) = (&task.name, task.version, other.version);
            let message = format!("{name} v{a} and {name} v{b} give figures that do not compare");
            return Err(Error::Invalid(message));
        }
        let mut task = task.clone();
        task.metrics.retain(|metric| other.metrics.contains(metric));
        shared.push(task);
    }
    if shared.is_empty() {
        let message = format!("{} and {} have no task in common", ours.suite, theirs.suite);
        return Err(Error::Invalid(message));
    }
    Ok(shared)
}
