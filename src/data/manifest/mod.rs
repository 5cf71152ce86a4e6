//! Anyone's folder of sound: a CSV file with a row per item.
//!
//! Columns: `id`, `path` (relative to the manifest); optional `group`, `work`, `start` and `stop`
//! (seconds); targets.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::corpus::{Corpus, Item};
use super::parallel::{available_threads, in_order};
use super::target::Kind;
use crate::audio::{Wave, decode};
use crate::error::{Error, Result};
use crate::files;
use crate::settings::hex;

mod reader;
mod table;

pub(super) use table::Lines;

/// A corpus of sound files.
#[derive(Debug)]
pub struct Manifest {
    name: String,
    folder: PathBuf,
    items: Vec<Item>,
    excerpts: Vec<Excerpt>,
    /// The SHA-256 of every sound file, once they are asked for.
    contents: OnceLock<HashMap<PathBuf, String>>,
}

/// Where an item's sound lies; start and stop in seconds.
#[derive(Clone, Debug)]
struct Excerpt {
    line: usize,
    file: PathBuf,
    start: Option<f64>,
    stop: Option<f64>,
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
        let (rows, problems) = reader::read(&table, folder, kinds);
        let (items, excerpts) = rows.into_iter().unzip();
        let folder = folder.canonicalize().map_err(Error::io("read", folder))?;
        let contents = OnceLock::new();
        Ok((Manifest { name: name.to_string(), folder, items, excerpts, contents }, problems))
    }

    /// Decodes every item and lists those whose sound cannot be used.
    ///
    /// `progress` is told how many are done.
    pub fn check_sound(
        &self,
        threads: usize,
        progress: &mut (dyn FnMut(usize) + Send),
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        let check = |index: usize| self.load(index).err();
        let outcome = in_order(self.items.len(), threads, &check, &mut |index, error| {
            let line = self.excerpts[index].line;
            problems.extend(error.map(|e| Problem { line, message: e.told() }));
            progress(index + 1);
            Ok(())
        });
        outcome.expect("the sink never fails");
        problems.sort_by_key(|problem| problem.line);
        problems
    }

    fn contents(&self) -> Result<&HashMap<PathBuf, String>> {
        if let Some(known) = self.contents.get() {
            return Ok(known);
        }
        let files: BTreeSet<&Path> = self.excerpts.iter().map(|e| e.file.as_path()).collect();
        let files: Vec<&Path> = files.into_iter().collect();
        let mut contents = HashMap::new();
        let digest = |index: usize| files::sha256(files[index]);
        in_order(files.len(), available_threads(), &digest, &mut |index, content| {
            contents.insert(files[index].to_path_buf(), content?);
            Ok(())
        })?;
        Ok(self.contents.get_or_init(|| contents))
    }
}

impl Corpus for Manifest {
    fn name(&self) -> &str {
        &self.name
    }

    fn items(&self) -> &[Item] {
        &self.items
    }

    fn load(&self, index: usize) -> Result<Wave> {
        let Excerpt { file, start, stop, .. } = &self.excerpts[index];
        let mut wave = decode(file)?.wave;
        let place = |seconds: f64| (seconds * f64::from(wave.rate)).round() as usize;
        let length = wave.samples.len();
        let (first, last) = (start.map_or(0, place), stop.map_or(length, place).min(length));
        if first >= last {
            let message = format!("the excerpt begins behind the end at {:.2} s", wave.seconds());
            return Err(Error::audio(file, message));
        }
        wave.samples.truncate(last);
        wave.samples.drain(..first);
        Ok(wave)
    }

    fn identity(&self) -> Result<String> {
        let (mut hash, contents) = (Sha256::new(), self.contents()?);
        for (item, Excerpt { file, start, stop, .. }) in self.items.iter().zip(&self.excerpts) {
            let content = &contents[file];
            hash.update(format!("{:?},{content},{start:?},{stop:?}\n", item.id));
        }
        Ok(hex(&hash.finalize()))
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        let (item, folder) = (&self.items[index], self.folder.display());
        let content = &self.contents()?[&self.excerpts[index].file];
        let mut traces = vec![format!("the sound of SHA-256 {content}")];
        traces.push(format!("the group {:?} of {folder}", item.group));
        traces.extend(item.work.as_ref().map(|work| format!("the work {work:?} of {folder}")));
        Ok(traces)
    }
}
