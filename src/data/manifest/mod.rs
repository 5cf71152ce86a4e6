//! Anyone's folder of sound: a CSV file with a row per item.
//!
//! Columns: `id`, `path` (relative to the manifest); optional `group`, `work`, `start` and `stop`
//! (seconds); targets.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::corpus::recordings::Recordings;
use super::corpus::{Corpus, Item};
use super::parallel::in_order;
use super::target::Kind;
use crate::audio::Wave;
use crate::error::{Error, Result};

mod reader;
mod table;

pub(super) use table::records;

/// A corpus of sound files.
#[derive(Debug)]
pub struct Manifest {
    recordings: Recordings,
    /// The line of every item.
    lines: Vec<usize>,
}

/// One thing wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl Manifest {
    /// Reads and checks a manifest, its sound apart; `kinds` are the columns that are targets.
    ///
    /// A column `key` that `kinds` does not name is taken for a musical key; further columns are
    /// not read. Without a `group` an item stands for itself, but excerpts (`start`, `stop`) of one
    /// file are one group.
    ///
    /// # Errors
    /// With every problem and its line.
    pub fn read(name: &str, path: &Path, kinds: &BTreeMap<String, Kind>) -> Result<Manifest> {
        let (manifest, problems) = Manifest::inspect(name, path, kinds)?;
        match problems.as_slice() {
            [] => Ok(manifest),
            [one] => Err(Error::data(format!("{}:{}", path.display(), one.line), &one.message)),
            many => {
                let lines: String = many.iter().map(|problem| format!("\n  {problem}")).collect();
                Err(Error::data(path.display(), format!("{} problems{lines}", many.len())))
            }
        }
    }

    /// As [`Manifest::read`], but gives what can be used together with the problems of the rest.
    ///
    /// # Errors
    /// When the file cannot be read or is no text.
    pub fn inspect(
        name: &str,
        path: &Path,
        kinds: &BTreeMap<String, Kind>,
    ) -> Result<(Manifest, Vec<Problem>)> {
        let table = table::Table::read(path)?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (rows, problems) = reader::read(table, folder, kinds);
        let folder = folder.canonicalize().map_err(Error::io("read", folder))?;
        let (recorded, lines) = rows.into_iter().unzip();
        let recordings = Recordings::new(name, folder.display().to_string(), recorded);
        Ok((Manifest { recordings, lines }, problems))
    }

    /// The number of sound files, each of which may hold several items.
    pub fn files(&self) -> usize {
        self.recordings.files().len()
    }

    /// Decodes every file and lists the items whose sound cannot be used.
    ///
    /// `progress` is told how many files are done.
    pub fn check_sound(
        &self,
        threads: usize,
        progress: &mut (dyn FnMut(usize) + Send),
    ) -> Vec<Problem> {
        let (mut problems, files) = (Vec::new(), self.recordings.files());
        let check = |index: usize| {
            let (file, items) = &files[index];
            self.recordings.unusable(file, items)
        };
        let outcome = in_order(files.len(), threads, &check, &mut |index, unusable| {
            let problem = |(item, error): (usize, Error)| Problem {
                line: self.lines[item],
                message: error.told(),
            };
            problems.extend(unusable.into_iter().map(problem));
            progress(index + 1);
            Ok(())
        });
        outcome.expect("the sink never fails");
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}

impl Corpus for Manifest {
    fn name(&self) -> &str {
        self.recordings.name()
    }

    fn items(&self) -> &[Item] {
        self.recordings.items()
    }

    fn load(&self, index: usize) -> Result<Wave> {
        self.recordings.load(index)
    }

    fn identity(&self) -> Result<String> {
        self.recordings.identity()
    }

    fn note_hashes(&mut self, store: &Path) {
        self.recordings.note_hashes(store);
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        self.recordings.traces(index)
    }
}
