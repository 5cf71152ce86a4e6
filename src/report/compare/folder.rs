//! A results folder, or rows or one run of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use super::run::Run;
use crate::error::unknown;
use crate::eval::metric;
use crate::report::csv::at;
use crate::report::{
    Cost, Facts, Record, Row, TaskFacts, analysis, line, prediction_path, read_predictions,
};
use crate::{Error, Result};

/// A results folder and what of it is meant.
pub(super) struct Folder {
    path: PathBuf,
    /// What its suite says.
    pub facts: Facts,
    /// The row that is meant; none for all.
    pub row: Option<String>,
    /// The run that is meant; none for all of the row.
    seed: Option<u64>,
    records: Vec<(u64, Record)>,
    used: Vec<Row>,
}

impl Folder {
    /// Reads all of a folder but its predictions.
    pub fn open(path: &Path) -> Result<Folder> {
        let facts = Facts::read(path)?;
        let records = Record::read_all(path)?;
        analysis::check(path, &facts, &records)?;
        analysis::current(path, &records)?;
        let used = line::rows(&facts, &records, &Cost::read_all(path)?);
        Ok(Folder { path: path.to_path_buf(), facts, row: None, seed: None, records, used })
    }

    /// The same folder, of which one row or one run is meant.
    pub fn chosen(mut self, row: Option<&str>, seed: Option<&str>) -> Result<Folder> {
        let Some(row) = row else { return Ok(self) };
        let rows = self.rows();
        if !rows.iter().any(|known| known == row) {
            let message = unknown("row", row, rows.iter().map(String::as_str));
            return Err(Error::Invalid(format!("{}: {message}", self.path.display())));
        }
        self.row = Some(row.into());
        let Some(seed) = seed else { return Ok(self) };
        let mut seeds: Vec<u64> = self.of_row(row).filter_map(|(_, r)| r.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        self.seed = seed.parse().ok().filter(|seed| seeds.contains(seed));
        if self.seed.is_none() {
            let known: Vec<String> = seeds.iter().map(u64::to_string).collect();
            let (name, known) = (self.name(row), known.join(", "));
            let message = format!("{name}: there is no run with seed {seed}; known: {known}");
            return Err(Error::Invalid(message));
        }
        Ok(self)
    }

    /// The rows that are meant.
    pub fn rows(&self) -> Vec<String> {
        match &self.row {
            Some(row) => vec![row.clone()],
            None => self.facts.rows.iter().map(|row| row.name.clone()).collect(),
        }
    }

    /// What to call a row.
    pub fn name(&self, row: &str) -> String {
        let row = if row.is_empty() { String::new() } else { format!(":{row}") };
        let seed = self.seed.map(|seed| format!(":{seed}")).unwrap_or_default();
        format!("{}{row}{seed}", self.path.display())
    }

    /// The finished runs of a row on a task, by their seeds.
    pub fn runs(&self, row: &str, task: &TaskFacts) -> Result<Vec<Run>> {
        let mut runs: BTreeMap<Option<u64>, Run> = BTreeMap::new();
        let finished = self.of_row(row).filter(|(_, r)| r.task == task.name && r.finished());
        for (line, record) in finished.filter(|(_, record)| self.meant(record)) {
            let run = match runs.entry(record.seed) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(self.run(record.seed, row, task)?),
            };
            let metric = metric::by_name(&record.metric)?;
            let again = metric::mean_score(metric, &run.predictions)?.value;
            analysis::agree(record, again)
                .map_err(|message| at(&self.path.join("scores.csv"), *line, message))?;
        }
        let chosen = self.seed.is_some();
        let alone = |run: Run| if chosen { Run { seed: None, ..run } } else { run };
        Ok(runs.into_values().map(alone).collect())
    }

    /// Why a row's comparisons have no verdict; none where they may.
    pub fn bar(&self, row: &str, task: &str, metric: &str) -> Option<String> {
        let meant = self.records.iter().filter(|(_, record)| self.meant(record));
        let records: Vec<(u64, Record)> = meant.cloned().collect();
        analysis::bar((task, metric), row, &self.used, &records)
    }

    /// Whether a score is of the run that is meant, if one is.
    fn meant(&self, record: &Record) -> bool {
        self.seed.is_none() || record.seed == self.seed
    }

    fn of_row(&self, row: &str) -> impl Iterator<Item = &(u64, Record)> {
        self.records.iter().filter(move |(_, record)| record.method == row)
    }

    fn run(&self, seed: Option<u64>, row: &str, task: &TaskFacts) -> Result<Run> {
        let path = prediction_path(&self.path, row, seed, &task.name);
        // Another folder's task of this name may list its classes otherwise.
        let own = self.facts.task(&task.name).unwrap_or(task);
        let (items, predictions) = read_predictions(&path, own)?;
        let (place, chance) = (path.display().to_string(), seed.is_some());
        Run { place, seed, chance, items, predictions, ranked: true }.sorted()
    }
}
