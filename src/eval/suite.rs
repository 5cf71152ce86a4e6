//! What a suite file says: corpora, tasks, rows, budget and seeds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use super::claim::Expected;
use super::comparisons::Comparisons;
use super::corruption::{Corruption, Corruptions};
use super::finetune::Finetune;
use super::metric;
use super::probe::{EncoderMode, Grid, Neighbours, Part, Probe};
use super::quotation::Quotation;
use super::similarity::Similarity;
use super::unit::Unit;
use super::version::{first, is_first};
use crate::data::{CorpusSpec, Division, Kind};
use crate::error::{Error, Result, unknown};
use crate::train::{Budget, Precision};

pub use super::kind::TaskKind;

/// A suite: one YAML file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Its name, `snake_case`.
    pub name: String,
    /// Raised whenever a change of the file changes a number.
    pub version: u32,
    /// One line: what it asks.
    pub title: String,
    /// What a reader of the table must know: how sizes and budgets were settled.
    #[serde(default)]
    pub notes: String,
    /// Values of `${NAME}` in paths; one without a value is taken from the environment.
    #[serde(default)]
    pub variables: BTreeMap<String, Option<String>>,
    /// Runs of every row that involves chance: seeds 1 to this.
    pub seeds: u64,
    /// The row the others are compared with.
    pub baseline: String,
    /// The corpora by name.
    pub corpora: BTreeMap<String, CorpusSpec>,
    /// What methods are pre-trained on.
    pub pretrain: Pretrain,
    /// How much pre-training every row gets that has no budget of its own.
    pub budget: Budget,
    /// Arithmetic of pre-training; overrides the methods' own where given.
    #[serde(default)]
    pub precision: Option<Precision>,
    /// The questions.
    pub tasks: Vec<Task>,
    /// The methods compared.
    pub rows: Vec<Row>,
    /// Pairs of rows the report compares besides those with the baseline.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// How rows are compared, and what is corrected for.
    #[serde(default, skip_serializing_if = "Comparisons::is_default")]
    pub comparisons: Comparisons,
    /// What is expected to come out, each claim by itself; it decides on nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<Expected>,
}

/// A pair of rows compared on every task's first metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The row in question.
    pub row: String,
    /// The row it is compared with.
    pub against: String,
    /// What the comparison tells, in a few words; may be empty.
    #[serde(default)]
    pub about: String,
}

/// What methods are pre-trained on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pretrain {
    /// Names of corpora; their items are put together.
    pub corpora: Vec<String>,
    /// Leaves out items that share a work or group with a valid or test item of a task; without it
    /// such an item is an error.
    #[serde(default)]
    pub exclude_held_out: bool,
    /// Keeps items that a task's published split has in train although they share a group, work or
    /// sound with its valid or test items; the report then says how many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_overlap: bool,
    /// Where methods that learn from labels take them; a row may name another source.
    #[serde(default)]
    pub labels: Option<LabelSource>,
}

/// Labels handed to methods that learn from them: those of the items of a corpus that share nothing
/// with valid or test items of any task; of a task's own corpus only train items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSource {
    /// The corpus.
    pub corpus: String,
    /// The column with the label.
    pub target: String,
    /// What kind of label that is; numbers are none.
    pub kind: Kind,
}

/// One question asked of every encoder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its name, `snake_case`.
    pub name: String,
    /// Raised whenever a change of the task changes a number.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
    /// The corpus it is asked about.
    pub corpus: String,
    /// The columns with the answer: several only for numbers.
    pub targets: Vec<String>,
    /// What kind of answer that is.
    pub kind: TaskKind,
    /// Which items are train, valid and test.
    pub split: Division,
    /// The probes tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Grid>,
    /// The neighbours asked, in the place of probes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knn: Option<Neighbours>,
    /// How the whole network is trained, in the place of probes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finetune: Option<Finetune>,
    /// The rows it is asked of; all if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
    /// What embeddings are compared by where items are retrieved; the cosine by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<Similarity>,
    /// What is measured; the first decides on valid.
    pub metrics: Vec<String>,
    /// What the test items are heard through as well; probes are fitted and chosen on clean sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corruptions: Option<Corruptions>,
    /// Published numbers that its table shows beside its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Quotation>,
}

/// One row of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name in the table; the method's by default.
    #[serde(default)]
    pub name: String,
    /// The method.
    pub method: String,
    /// Which of the method's settings files; the only one by default.
    #[serde(default)]
    pub config: Option<String>,
    /// Changes to those settings: `method:` and `train:`.
    #[serde(default)]
    pub set: Value,
    /// The file it is made of, where its method takes one; `${NAME}` stands for a variable.
    #[serde(default)]
    pub file: Option<String>,
    /// The row whose trained weights are that file.
    #[serde(default)]
    pub from: Option<String>,
    /// Where it takes labels from, if not where the suite says.
    #[serde(default)]
    pub labels: Option<LabelSource>,
    /// Evaluates the network as initialised, without training.
    #[serde(default)]
    pub untrained: bool,
    /// How much pre-training it gets, where that is what rows are compared by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// What a reader must know of it, such as a departure from its paper.
    #[serde(default)]
    pub note: String,
}

impl Suite {
    /// Fills in row names and checks that names are unique and known.
    ///
    /// # Errors
    /// With the first wrong name and the nearest right one.
    pub fn check(mut self, place: &str) -> Result<Suite> {
        for row in &mut self.rows {
            if row.name.is_empty() {
                row.name = row.method.clone();
            }
        }
        self.budget.check()?;
        self.rows.iter().filter_map(|row| row.budget.as_ref()).try_for_each(Budget::check)?;
        self.check_names()
            .and_then(|()| self.check_rows())
            .and_then(|()| self.check_questions())
            .and_then(|()| self.check_corpora())
            .and_then(|()| self.comparisons.check())
            .map_err(|message| Error::settings(place, message))?;
        self.tasks.iter().try_for_each(|task| task.check(place))?;
        Ok(self)
    }

    /// Names become those of files and must be unique.
    fn check_names(&self) -> Result<(), String> {
        let tasks = self.tasks.iter().map(|task| task.name.as_str());
        let rows = self.rows.iter().map(|row| row.name.as_str());
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let good = |name: &str| !name.starts_with('.') && name.chars().all(plain);
        let mut all = std::iter::once(self.name.as_str()).chain(tasks.clone()).chain(rows.clone());
        if let Some(name) = all.find(|name| name.is_empty() || !good(name)) {
            let allowed = "letters, digits, _, - and . can";
            return Err(format!("{name:?} cannot be the name of a file; {allowed}"));
        }
        if let Some(name) = twice(rows) {
            return Err(format!("two rows are called {name:?}; give one a `name:`"));
        }
        // The predictions of a draw of labels are in a file of that name.
        let mut draws = self.tasks.iter().flat_map(|task| {
            (2..=task.part().draws.min(100)).map(move |draw| format!("{}.{draw}", task.name))
        });
        match draws.find(|draw| tasks.clone().any(|name| name == draw)) {
            Some(name) => Err(format!("the task {name} is called as a draw of another is")),
            None => {
                twice(tasks).map_or(Ok(()), |name| Err(format!("two tasks are called {name:?}")))
            }
        }
    }

    /// There is something to do, and rows that others name are there.
    fn check_rows(&self) -> Result<(), String> {
        if self.seeds == 0 || self.tasks.is_empty() || self.rows.is_empty() {
            return Err("seeds, tasks and rows must not be empty".into());
        }
        let questions = self.questions.iter().flat_map(|q| [&q.row, &q.against]);
        let origins = self.rows.iter().filter_map(|row| row.from.as_ref());
        let asked = self.tasks.iter().flat_map(|task| &task.rows);
        let named = std::iter::once(("baseline", &self.baseline))
            .chain(asked.map(|name| ("row of a task", name)))
            .chain(questions.map(|name| ("row in questions", name)))
            .chain(origins.map(|name| ("row in from", name)));
        let rows: Vec<&str> = self.rows.iter().map(|row| row.name.as_str()).collect();
        for (what, name) in named {
            if !rows.contains(&name.as_str()) {
                return Err(unknown(what, name, rows));
            }
        }
        Ok(())
    }

    /// No comparison is asked for twice.
    fn check_questions(&self) -> Result<(), String> {
        let mut asked = BTreeSet::new();
        for Question { row, against, .. } in &self.questions {
            let in_table = row == against || [row, against].contains(&&self.baseline);
            if in_table || !asked.insert([row.min(against), row.max(against)]) {
                return Err(format!(
                    "the question {row} against {against} repeats a comparison, \
                     which would count it twice"
                ));
            }
        }
        Ok(())
    }

    /// Corpora that are named are there, and labels are no numbers.
    fn check_corpora(&self) -> Result<(), String> {
        let labels = self.label_sources().map(|source| &source.corpus);
        let corpora = self.tasks.iter().map(|task| &task.corpus).chain(&self.pretrain.corpora);
        for name in corpora.chain(labels) {
            if !self.corpora.contains_key(name) {
                return Err(unknown("corpus", name, self.corpora.keys().map(String::as_str)));
            }
        }
        match self.label_sources().find(|source| source.kind == Kind::Number) {
            None => Ok(()),
            Some(LabelSource { target, .. }) => {
                Err(format!("labels {target} are numbers; classes, keys or tags are needed"))
            }
        }
    }

    /// A suite that says which variables it has is believed: another one is misspelt.
    ///
    /// # Errors
    /// With the known ones and the nearest.
    pub fn check_variable(&self, name: &str) -> Result<(), String> {
        match self.variables.is_empty() || self.variables.contains_key(name) {
            true => Ok(()),
            false => Err(unknown("variable", name, self.variables.keys().map(String::as_str))),
        }
    }

    /// Every source of labels, the suite's and the rows'.
    pub fn label_sources(&self) -> impl Iterator<Item = &LabelSource> {
        self.pretrain.labels.iter().chain(self.rows.iter().filter_map(|row| row.labels.as_ref()))
    }
}

impl Task {
    fn check(&self, place: &str) -> Result<()> {
        let wrong =
            |message: String| Err(Error::settings(format!("{place}, task {}", self.name), message));
        if self.metrics.is_empty() {
            return wrong("name at least one metric; the first decides on valid".into());
        }
        if let Some(name) = twice(self.metrics.iter().chain(&self.targets).map(String::as_str)) {
            return wrong(format!("{name} is named twice"));
        }
        if self.targets.is_empty() || (self.targets.len() > 1 && self.kind != TaskKind::Number) {
            return wrong("one target column is needed; several are for numbers only".into());
        }
        for name in &self.metrics {
            match metric::by_name(name) {
                Ok(metric) if metric.labels() == self.kind.labels() => {}
                Ok(_) => {
                    return wrong(
                        format!("{name} cannot measure a task of kind {:?}", self.kind)
                            .to_lowercase(),
                    );
                }
                Err(e) => return wrong(e.to_string()),
            }
        }
        if let Some(Err(message)) = self.corruptions.as_ref().map(|c| c.check(self.kind)) {
            return wrong(message);
        }
        let clean_alone = match (&self.finetune, self.embedding().1) {
            (Some(_), _) => Some("finetune"),
            (None, drift) => drift.map(|_| "encoder_mode: train"),
        };
        if let (Some(what), Some(_)) = (clean_alone, &self.corruptions) {
            return wrong(format!("{what} is for clean sound alone; leave out `corruptions`"));
        }
        let labels = self.kind.labels();
        match self.protocol().map_err(|e| e.told()) {
            Ok(Protocol::Probe(probe)) => probe.check(labels).or_else(|e| wrong(e.to_string())),
            Ok(Protocol::Finetune(finetune)) => {
                finetune.check(labels).or_else(|e| wrong(e.to_string()))
            }
            Ok(Protocol::Retrieval(_)) => Ok(()),
            Err(message) => wrong(message),
        }
    }

    /// What the test items are heard through besides clean.
    pub fn corrupted(&self) -> Vec<Corruption> {
        self.corruptions.as_ref().map(Corruptions::list).unwrap_or_default()
    }

    /// What an embedding is made of, and the clips in a batch where train items are embedded in
    /// train mode.
    pub fn embedding(&self) -> (Unit, Option<usize>) {
        let drifts = |grid: &Grid| grid.encoder_mode == EncoderMode::Train;
        let batch = |grid: &Grid| drifts(grid).then_some(grid.batch[0]);
        self.probe.as_ref().map_or((Unit::Item, None), |grid| (grid.unit, batch(grid)))
    }

    /// What answers it.
    ///
    /// # Errors
    /// When the suite says none, or several.
    pub fn protocol(&self) -> Result<Protocol<'_>> {
        let wrong = |message: &str| Err(Error::Invalid(message.into()));
        let retrieves = self.kind == TaskKind::Retrieval;
        match (&self.probe, &self.knn, &self.finetune) {
            (None, None, None) if retrieves => {
                Ok(Protocol::Retrieval(self.similarity.unwrap_or_default()))
            }
            _ if retrieves => wrong(
                "items are retrieved without a probe; leave out `probe`, `knn` and `finetune`",
            ),
            _ if self.similarity.is_some() => {
                wrong("`similarity` is for tasks of kind retrieval only")
            }
            (Some(grid), None, None) => Ok(Protocol::Probe(Probe::Grid(grid))),
            (None, Some(neighbours), None) => Ok(Protocol::Probe(Probe::Neighbours(neighbours))),
            (None, None, Some(finetune)) => Ok(Protocol::Finetune(finetune)),
            _ => wrong("give one of `probe`, `knn` and `finetune`"),
        }
    }

    /// The part of train whose labels are seen.
    pub fn part(&self) -> Part {
        match self.protocol() {
            Ok(Protocol::Probe(probe)) => probe.part(),
            Ok(Protocol::Finetune(finetune)) => finetune.part(),
            Ok(Protocol::Retrieval(_)) | Err(_) => Part::WHOLE,
        }
    }
}

/// How a task is answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Protocol<'a> {
    /// By what is fitted on train and chosen on valid.
    Probe(Probe<'a>),
    /// By the whole network, trained on train and chosen on valid.
    Finetune(&'a Finetune),
    /// By the most similar test items.
    Retrieval(Similarity),
}

/// The first name that is there twice.
pub(super) fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}
