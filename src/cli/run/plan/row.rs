//! A row of a suite with everything it needs: method, settings, what it is made of and trained on.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;
use serde_yaml::Value;
use sha2::{Digest, Sha256};
use tch::Device;

use super::lookup;
use crate::cli::run::corpora::{ByCorpus, Labelled};
use crate::data::spec::{expand, unset};
use crate::error::{Error, Result};
use crate::eval::suite::{LabelSource, Row, Suite};
use crate::method::Supervision;
use crate::registry::{Entry, Registry};
use crate::seed::Seed;
use crate::settings::{self, hex};
use crate::train::{Budget, Network, Precision, Recipe, Seen, Source};

/// A row with everything resolved.
pub struct PlannedRow<'a> {
    /// As the suite says.
    pub row: Row,
    /// The method.
    pub entry: &'a Entry,
    /// Its `method:` settings with every default.
    pub config: Value,
    /// Its `train:` settings, if it will be trained.
    pub recipe: Option<Recipe>,
    /// Items it is trained on without their labels, by corpus.
    pub unlabelled: ByCorpus,
    /// What it learns from labels.
    pub labelled: Option<Labelled>,
    /// What its network is made of besides its settings.
    pub origin: Option<Origin>,
}

/// Where a row's file comes from.
pub enum Origin {
    /// A file of the suite's, read.
    File {
        /// Where it lies.
        path: PathBuf,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Their SHA-256.
        hash: String,
    },
    /// The trained weights of the row of that name.
    Row(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections {
    #[serde(default)]
    method: Value,
    #[serde(default)]
    train: Option<Value>,
}

/// Finds a row's method and its settings.
///
/// # Errors
/// When there are none such, or they contradict each other.
pub fn resolve<'a>(
    registry: &'a Registry,
    row: &Row,
    precision: Option<Precision>,
) -> Result<PlannedRow<'a>> {
    let entry = registry.find(&row.method)?;
    let name = entry.meant(row.config.as_deref())?;
    let mut value: Value =
        settings::parse(entry.config(name)?, &format!("{name} of {}", entry.name))?;
    if !row.set.is_null() {
        settings::merge(&mut value, row.set.clone());
    }
    let place = format!("settings of {}", row.name);
    let Sections { method, train } = settings::from_value(value, &place)?;
    check(row, entry).map_err(Error::Invalid)?;
    let trained = entry.trains && !row.untrained;
    let train = train.filter(|_| trained);
    let recipe = train.map(|train| settings::from_value::<Recipe>(train, "train")).transpose()?;
    if trained && recipe.is_none() {
        let message = format!("config {name} of {} has no `train:` section", row.method);
        return Err(Error::Invalid(message));
    }
    let recipe =
        recipe.map(|recipe| Recipe { precision: precision.unwrap_or(recipe.precision), ..recipe });
    recipe.iter().try_for_each(Recipe::check)?;
    let config = entry.resolve(method)?;
    let (unlabelled, labelled, origin) = (Vec::new(), None, None);
    Ok(PlannedRow { row: row.clone(), entry, config, recipe, unlabelled, labelled, origin })
}

/// A row asks nothing of its method that it never does.
fn check(row: &Row, entry: &Entry) -> Result<(), String> {
    if row.untrained && !entry.trains {
        return Err(format!("{} is never trained; leave out `untrained`", row.method));
    }
    if row.budget.is_some() && (row.untrained || !entry.trains) {
        return Err(format!("{} is not trained here; leave out `budget`", row.name));
    }
    if row.labels.is_some() && entry.card.supervision == Supervision::None {
        return Err(format!("{} sees no labels; leave out `labels`", row.method));
    }
    Ok(())
}

/// Reads the files that rows are made of; beside each row why its file is not there, if it is not.
///
/// # Errors
/// When a file cannot be read or a row should name none; as `wrong` tells it of a row.
pub fn with_files<'a>(
    suite: &Suite,
    rows: Vec<PlannedRow<'a>>,
    wrong: &dyn Fn(&Row, Error) -> Error,
) -> Result<Vec<(PlannedRow<'a>, Option<String>)>> {
    let mut found = Vec::new();
    for planned in &rows {
        let fail = |e| wrong(&planned.row, e);
        let why = planned.absence(suite).map_err(fail)?;
        let origin = match why {
            None => origin(suite, &rows, planned).map_err(fail)?,
            Some(_) => None,
        };
        found.push((origin, why));
    }
    let rows = rows.into_iter().zip(found);
    Ok(rows.map(|(planned, (origin, why))| (PlannedRow { origin, ..planned }, why)).collect())
}

/// Reads the file a row names, if its method takes one.
///
/// # Errors
/// When it cannot be read, or the row should name none.
fn origin(
    suite: &Suite,
    rows: &[PlannedRow<'_>],
    planned: &PlannedRow<'_>,
) -> Result<Option<Origin>> {
    let Row { method, file, from, .. } = &planned.row;
    match (planned.entry.card.file, file, from) {
        (None, None, None) => Ok(None),
        (None, ..) => {
            Err(Error::Invalid(format!("{method} is made of no file; leave out `file` and `from`")))
        }
        (Some(_), Some(path), None) => {
            let path = PathBuf::from(
                expand(path, &|variable| lookup(suite, variable)).map_err(Error::Invalid)?,
            );
            let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
            Ok(Some(Origin::File { hash: hex(&Sha256::digest(&bytes)), bytes, path }))
        }
        (Some(_), None, Some(row)) => match rows.iter().find(|other| other.row.name == *row) {
            Some(other) if other.recipe.is_some() && other.row.from.is_none() => {
                Ok(Some(Origin::Row(row.clone())))
            }
            _ => Err(Error::Invalid(format!(
                "from: {row} is not trained in this suite, so it has no weights to give"
            ))),
        },
        (Some(what), ..) => Err(Error::Invalid(format!(
            "{method} is made of {what}: give `file: PATH`, or `from: ROW` for the weights of a row"
        ))),
    }
}

impl PlannedRow<'_> {
    /// Why the file that the suite names for it is not on this machine; `None` where it is, or none
    /// is wanted.
    ///
    /// # Errors
    /// When the suite has no such variable.
    pub fn absence(&self, suite: &Suite) -> Result<Option<String>> {
        let Some(text) = self.row.file.as_ref().filter(|_| self.wants_file()) else {
            return Ok(None);
        };
        let variables = |name: &str| lookup(suite, name);
        if let Some(name) = unset(text, &variables) {
            suite.check_variable(name).map_err(Error::Invalid)?;
            return Ok(Some(format!("the variable {name} has no value ({text})")));
        }
        let path = PathBuf::from(expand(text, &variables).map_err(Error::Invalid)?);
        Ok((!path.exists()).then(|| format!("there is no file {}", path.display())))
    }

    /// The network as `seed` initialises it, of the file it is made of or, where that is yet to be
    /// trained, of `file`.
    ///
    /// # Errors
    /// When the settings are wrong, or the file does not fit them.
    pub fn network(&self, file: Option<&[u8]>, seed: Seed, device: Device) -> Result<Network> {
        let silence = self.silence();
        let seen = Seen { file: self.file(file), ..silence.seen() };
        let network = Network::new(self.entry, &self.config, seen, seed, device);
        network.map_err(|e| Error::settings(self.place(), e.told()))
    }

    /// The row, and the file it is made of, for messages.
    fn place(&self) -> String {
        match &self.origin {
            Some(Origin::File { path, .. }) => {
                format!("row {}, {}", self.row.name, path.display())
            }
            Some(Origin::Row(_)) | None => format!("row {}", self.row.name),
        }
    }

    /// What it is made of: the suite's file, or the weights that another row gave.
    pub fn file<'b>(&'b self, given: Option<&'b [u8]>) -> Option<&'b [u8]> {
        match &self.origin {
            Some(Origin::File { bytes, .. }) => Some(bytes),
            Some(Origin::Row(_)) | None => given,
        }
    }

    /// Whether it is rightly made of a file that the suite names.
    pub fn wants_file(&self) -> bool {
        self.entry.card.file.is_some() && self.row.file.is_some() && self.row.from.is_none()
    }

    /// How much pre-training it gets.
    pub fn budget<'b>(&'b self, suite: &'b Suite) -> &'b Budget {
        self.row.budget.as_ref().unwrap_or(&suite.budget)
    }

    /// As many items as it is trained on, with as many labels, and no sound.
    pub fn silence(&self) -> Source {
        let free: usize = self.unlabelled.iter().map(|(_, items)| items.len()).sum();
        let labels = self.labelled.as_ref().map(|Labelled { items, answers, .. }| {
            let marks = vec![0.0; self.labels_used(items.len()) * answers.names.len()];
            answers.labels(marks)
        });
        let labelled = self.labelled.as_ref().map_or(0, |l| self.labels_used(l.items.len()));
        Source { stores: Vec::new(), items: vec![(0, 0); free + labelled], labels }
    }

    /// The corpora it is trained on.
    pub fn trained_on(&self) -> BTreeSet<&str> {
        let labelled = self.recipe.as_ref().and(self.labelled.as_ref());
        let names = self.unlabelled.iter().map(|(name, _)| name);
        names.chain(labelled.map(|labelled| &labelled.source.corpus)).map(String::as_str).collect()
    }

    /// How many of so many labelled items a run uses.
    pub fn labels_used(&self, items: usize) -> usize {
        self.recipe.as_ref().map_or(0, |recipe| recipe.labels.used(items))
    }

    /// Whether a batch has items without labels.
    pub fn fills_up(&self) -> bool {
        let labelled = |recipe: &Recipe| {
            self.labelled.as_ref().map_or(0, |_| recipe.labels.in_batch(recipe.batch))
        };
        self.recipe.as_ref().is_some_and(|recipe| labelled(recipe) < recipe.batch)
    }

    /// Where the labels are that it learns from.
    ///
    /// # Errors
    /// When it needs labels and the suite has none for it.
    pub fn label_source<'b>(&'b self, suite: &'b Suite) -> Result<Option<&'b LabelSource>> {
        let (method, share) = (&self.row.method, self.recipe.as_ref().map(|r| r.labels.share));
        match (self.entry.card.supervision, share) {
            (Supervision::None, _) | (Supervision::Partial, None) => return Ok(None),
            (Supervision::Partial, Some(0.0)) => return Ok(None),
            (Supervision::Full, Some(share)) if share < 1.0 => {
                return Err(Error::Invalid(format!(
                    "{method} learns from labels alone; train.labels.share must be 1"
                )));
            }
            (Supervision::Partial | Supervision::Full, _) => {}
        }
        let source = self.row.labels.as_ref().or(suite.pretrain.labels.as_ref());
        source.map(Some).ok_or_else(|| {
            Error::Invalid(format!(
                "{method} learns from labels; say which: pretrain.labels: {{corpus, target, kind}}"
            ))
        })
    }
}
