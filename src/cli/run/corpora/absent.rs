//! What a suite needs and this machine lacks, and what is left out for it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::run::plan::{PlannedRow, lookup};
use crate::data::{Corpora, CorpusSpec, Division, Kind};
use crate::error::{Error, Result};
use crate::eval::suite::{Suite, Task};

/// A corpus or a file that a suite needs and this machine lacks.
pub struct Absent {
    /// Which, and why it was not found.
    pub why: String,
    /// What it is, where it comes from and how it must look.
    pub about: String,
}

/// What stands in the place of a corpus or file that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// Nothing: tasks and rows that need it are left out.
    LeftOut,
    /// Silence or untrained weights, as far as the suite says what is expected.
    Expected,
}

/// What is not done, each with what it lacks.
#[derive(Default)]
pub struct LeftOut<'a> {
    /// Tasks that ask about a corpus that is not there.
    pub tasks: Vec<(Task, String)>,
    /// Rows that are trained on one, or made of a file that is not there.
    pub rows: Vec<(PlannedRow<'a>, String)>,
}

/// The corpora of a suite.
#[derive(Default)]
pub struct Opened {
    /// Those that are there, or what stands for them, by name.
    pub corpora: Corpora,
    /// All that are not there.
    pub absent: Vec<Absent>,
    /// Why, by the name of those for which nothing stands.
    pub gone: BTreeMap<String, String>,
}

impl Opened {
    /// Opens what is there, with what the `store` knows of its sound.
    ///
    /// # Errors
    /// When anything is wrong with what is there, or misspelt.
    pub fn new(suite: &Suite, lacking: Lacking, store: &Path) -> Result<Opened> {
        let variables = |variable: &str| lookup(suite, variable);
        let mut opened = Opened::default();
        for (name, spec) in &suite.corpora {
            let declared = declared(suite, name);
            let Some(why) = spec.absence(&variables) else {
                let mut corpus = spec.open(name, &declared, &variables)?;
                corpus.note_hashes(store);
                opened.corpora.insert(name.clone(), corpus.into());
                continue;
            };
            spec.check(name, &declared, &splits(suite, name))?;
            if let Some(unset) = spec.unset(&variables) {
                let wrong = |message| Error::settings(format!("corpus {name}"), message);
                suite.check_variable(unset).map_err(wrong)?;
            }
            let why = format!("corpus {name}: {why}");
            opened.absent.push(Absent { why: why.clone(), about: spec.remedy() });
            if lacking == Lacking::Expected && spec.expected.is_some() {
                opened.corpora.insert(name.clone(), spec.silence(name, &declared)?.into());
            } else {
                opened.gone.insert(name.clone(), why);
            }
        }
        Ok(opened)
    }
}

/// The targets that tasks and rows want of a corpus.
fn declared(suite: &Suite, corpus: &str) -> BTreeMap<String, Kind> {
    let of_corpus = suite.tasks.iter().filter(|task| task.corpus == *corpus);
    let asked = of_corpus.flat_map(|task| task.targets.iter().map(|t| (t, task.kind.target())));
    let taught = suite.label_sources().filter(|source| source.corpus == *corpus);
    let all = asked.chain(taught.map(|source| (&source.target, source.kind)));
    all.map(|(target, kind)| (target.clone(), kind)).collect()
}

/// The published splits that tasks want of a corpus.
fn splits<'a>(suite: &'a Suite, corpus: &str) -> Vec<&'a str> {
    let of_corpus = suite.tasks.iter().filter(|task| task.corpus == *corpus);
    let published = of_corpus.filter_map(|task| match &task.split {
        Division::Published(spec) => Some(spec.published.as_str()),
        Division::Drawn(_) => None,
    });
    published.collect()
}

/// Why nothing of a suite can be done, with what to do.
pub fn nothing_left(place: &str, absent: &[Absent], suite: &Suite) -> Error {
    let told: String = absent.iter().map(Absent::told).collect();
    let message = format!("nothing of it can be done on this machine\n{}", told.trim_end());
    let unset = |spec: &CorpusSpec| spec.unset(&|variable| lookup(suite, variable)).is_some();
    match suite.corpora.values().any(unset) {
        true => Error::settings(place, message),
        false => Error::data(place, message),
    }
}

impl Absent {
    /// What is not there, and below it what to do.
    pub fn told(&self) -> String {
        let about: String =
            self.about.lines().map(|line| format!("    {}\n", line.trim_end())).collect();
        format!("not there: {}\n{about}", self.why)
    }
}

impl LeftOut<'_> {
    /// Each task and row with the reason.
    pub fn told(&self) -> Vec<String> {
        let tasks = self.tasks.iter().map(|(task, why)| format!("task {}: {why}", task.name));
        let rows = self.rows.iter().map(|(row, why)| format!("row {}: {why}", row.row.name));
        tasks.chain(rows).collect()
    }
}
