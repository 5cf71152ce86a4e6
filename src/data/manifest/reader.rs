//! From rows to items, gathering every problem on the way.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Problem;
use super::table::{Row, Table};
use crate::data::corpus::Item;
use crate::data::corpus::recordings::Excerpt;
use crate::data::target::{Kind, Target, number};
use crate::error::unknown;

/// Columns that are no targets; a work may be one too.
const STRUCTURE: [&str; 5] = ["id", "path", "group", "start", "stop"];

/// An item, where its sound is, and its line.
pub(super) type Listed = ((Item, Excerpt), usize);

/// The rows without problems, sorted by id, with their lines, and the problems of the others by
/// line.
pub(super) fn read(
    mut table: Table,
    folder: &Path,
    kinds: &BTreeMap<String, Kind>,
) -> (Vec<Listed>, Vec<Problem>) {
    let (rows, problems) = (std::mem::take(&mut table.rows), std::mem::take(&mut table.problems));
    let mut reader = Reader {
        table: &table,
        folder,
        targets: Vec::new(),
        home: folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()),
        lines: HashMap::new(),
        found: HashMap::new(),
        files: HashMap::new(),
        problems,
    };
    reader.find_targets(kinds);
    // A row goes as soon as it is read: half a million of them are hundreds of megabytes.
    let mut rows: Vec<_> = rows.into_iter().filter_map(|row| reader.row(&row)).collect();
    rows.sort_by(|a, b| a.0.0.id.cmp(&b.0.0.id));
    reader.problems.sort_by_key(|problem| problem.line);
    (rows, reader.problems)
}

struct Reader<'a> {
    table: &'a Table,
    folder: &'a Path,
    targets: Vec<(String, Kind)>,
    /// The manifest's folder as the system calls it.
    home: PathBuf,
    /// Where each id was first seen.
    lines: HashMap<String, usize>,
    /// The file that each path leads to, and what is wrong with it.
    found: HashMap<String, (Arc<Path>, Option<String>)>,
    /// Where each file without a group was first seen.
    files: HashMap<Arc<Path>, usize>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn find_targets(&mut self, kinds: &BTreeMap<String, Kind>) {
        let columns = self.table.header.iter().map(String::as_str);
        let known: Vec<&str> = columns.filter(|column| !STRUCTURE.contains(column)).collect();
        for target in kinds.keys().filter(|target| !known.contains(&target.as_str())) {
            self.report(1, unknown("target", target, known.iter().copied()));
        }
        for column in known {
            let default = (column == "key").then_some(Kind::Key);
            let kind = kinds.get(column).copied().or(default);
            self.targets.extend(kind.map(|kind| (column.to_string(), kind)));
        }
    }

    fn report(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem { line, message: message.into() });
    }

    fn row(&mut self, row: &Row) -> Option<Listed> {
        let before = self.problems.len();
        let id = self.id(row);
        let excerpt = self.excerpt(row);
        let targets = self.labels(row);
        let group = self.group(row, &id, &excerpt);
        let work = self.filled(row, "work").map(str::to_string);
        let item = Item { id, group, work, targets };
        (self.problems.len() == before).then_some(((item, excerpt), row.line))
    }

    /// What it must not be parted from. Where nothing is said, excerpts of one file belong
    /// together; whole files are their own group, each of which may then be listed only once.
    fn group(&mut self, row: &Row, id: &str, excerpt: &Excerpt) -> String {
        if let Some(group) = self.filled(row, "group") {
            return group.to_string();
        }
        if self.table.has("start") || self.table.has("stop") {
            let below = excerpt.file.strip_prefix(&self.home).unwrap_or(&excerpt.file);
            return below.display().to_string();
        }
        let first = *self.files.entry(excerpt.file.clone()).or_insert(row.line);
        let told = self.problems.last().is_some_and(|problem| problem.line == row.line);
        if first != row.line && !told {
            let message = format!("the same file as line {first}; give both rows one group");
            self.report(row.line, message);
        }
        id.to_string()
    }

    fn filled<'r>(&self, row: &'r Row, column: &str) -> Option<&'r str> {
        Some(self.table.cell(row, column)).filter(|cell| !cell.is_empty())
    }

    fn id(&mut self, row: &Row) -> String {
        let id = self.table.cell(row, "id").to_string();
        let first = *self.lines.entry(id.clone()).or_insert(row.line);
        if id.is_empty() {
            self.report(row.line, "the id is empty");
        } else if first != row.line {
            self.report(row.line, format!("duplicate id {id:?}, first on line {first}"));
        }
        id
    }

    fn excerpt(&mut self, row: &Row) -> Excerpt {
        let file = self.file(row);
        let (start, stop) = (self.seconds(row, "start"), self.seconds(row, "stop"));
        if stop.is_some_and(|stop| stop <= start.unwrap_or(0.0)) {
            self.report(row.line, "stop must be greater than start (both in seconds)");
        }
        Excerpt { file, start, stop }
    }

    /// The file of a row, looked for once for all rows with the same path.
    fn file(&mut self, row: &Row) -> Arc<Path> {
        let path = self.table.cell(row, "path");
        if let Some((file, problem)) = self.found.get(path) {
            let (file, problem) = (file.clone(), problem.clone());
            problem.into_iter().for_each(|problem| self.report(row.line, problem));
            return file;
        }
        self.found.insert(path.to_string(), look_for(path, self.folder));
        self.file(row)
    }

    fn seconds(&mut self, row: &Row, column: &str) -> Option<f64> {
        let cell = self.filled(row, column)?;
        match number(cell) {
            Ok(seconds) if seconds < 0.0 => self.report(row.line, format!("{column} is negative")),
            Ok(seconds) => return Some(seconds),
            Err(message) => self.report(row.line, format!("{column}: {message}")),
        }
        None
    }

    fn labels(&mut self, row: &Row) -> BTreeMap<String, Target> {
        let (mut labels, mut wrong) = (BTreeMap::new(), Vec::new());
        for (target, kind) in &self.targets {
            match kind.read(self.table.cell(row, target)) {
                Ok(Some(label)) => drop(labels.insert(target.clone(), label)),
                Ok(None) => {}
                Err(message) => wrong.push(format!("{target}: {message}")),
            }
        }
        wrong.into_iter().for_each(|message| self.report(row.line, message));
        labels
    }
}

/// The file that a path leads to from a folder, and what is wrong with it.
fn look_for(path: &str, folder: &Path) -> (Arc<Path>, Option<String>) {
    let file = folder.join(path);
    let problem = match std::fs::metadata(&file) {
        _ if path.is_empty() => Some("the path is empty".to_string()),
        Ok(about) if about.is_file() => None,
        Ok(_) => Some(format!("{} is not a file", file.display())),
        Err(e) => Some(format!("missing file {}: {e}", file.display())),
    };
    (file.canonicalize().unwrap_or(file).into(), problem)
}
