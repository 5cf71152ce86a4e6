//! Which corpus is meant: what a suite's YAML or the command line says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::etudes_corpus::EtudesCorpus;
use super::expected::{Expected, Silence};
use super::{Corpus, check_targets};
use crate::data::dataset::{self, Dataset, Place, PublishedCorpus};
use crate::data::etudes::Etudes;
use crate::data::manifest::Manifest;
use crate::data::target::Kind;
use crate::error::{Error, Result, nearest};
use crate::settings;

/// A corpus, composed or in files: exactly one of `etudes`, `manifest` and `dataset` is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorpusSpec {
    /// Settings of the built-in pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etudes: Option<Etudes>,
    /// Path of a manifest; `${NAME}` stands for a variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Name of a published data set (`bench list datasets`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The data set's folder, as its card describes it; `${NAME}` stands for a variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The folder of published lists, for a data set with splits that are lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lists: Option<String>,
    /// Up to so many of the data set's items may be missing; every table then says which.
    #[serde(skip_serializing_if = "is_zero")]
    pub missing: usize,
    /// Kinds of the targets that the tasks do not declare.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, Kind>,
    /// What the recordings are and where they come from, for whoever lacks them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// What the manifest or data set holds, to judge what a suite takes where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

/// Looks up a variable's value.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl CorpusSpec {
    /// Opens the corpus as `name`; `declared` are the targets tasks need, beside those given here.
    ///
    /// # Errors
    /// When it is not there, or anything is wrong with it; then with every problem.
    pub fn open(
        &self,
        name: &str,
        declared: &BTreeMap<String, Kind>,
        variables: Variables<'_>,
    ) -> Result<Box<dyn Corpus>> {
        let kinds = self.kinds(name, declared)?;
        let place = self.place(name, variables)?;
        match (&self.etudes, &self.manifest, self.set(name)?, place) {
            (Some(etudes), None, None, None) => {
                Ok(Box::new(EtudesCorpus::new(name, etudes, &kinds)?))
            }
            (None, Some(_), None, None) => {
                let path = self.manifest_path(name, variables)?.unwrap_or_default();
                Ok(Box::new(Manifest::read(name, &path, &kinds)?))
            }
            (None, None, Some(set), Some(place)) => {
                Ok(Box::new(PublishedCorpus::open(name, set, &place, &kinds, self.missing)?))
            }
            _ => {
                let message = "give one of etudes, manifest, and dataset with its folder";
                Err(Error::settings(format!("corpus {name}"), message))
            }
        }
    }

    /// The data set it is, if it is one.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn set(&self, name: &str) -> Result<Option<&'static dyn Dataset>> {
        let set = self.dataset.as_deref().map(dataset::find).transpose();
        set.map_err(|e| Error::settings(format!("corpus {name}"), e.to_string()))
    }

    /// Checks what can be checked of it where it is not there: the data set's name, its targets and
    /// the published `splits` that are asked for.
    ///
    /// # Errors
    /// With the first that is unknown.
    pub fn check(
        &self,
        name: &str,
        declared: &BTreeMap<String, Kind>,
        splits: &[&str],
    ) -> Result<()> {
        let kinds = self.kinds(name, declared)?;
        let wrong = |message: String| Error::settings(format!("corpus {name}"), message);
        let Some(card) = self.set(name)?.map(|set| set.card()) else { return Ok(()) };
        check_targets(&kinds, &card.kinds()).map_err(wrong)?;
        splits.iter().try_for_each(|split| {
            dataset::split_card(card, split).map(|_| ()).map_err(|e| wrong(e.to_string()))
        })
    }

    /// Where the data set lies, with the variables filled in.
    fn place(&self, name: &str, variables: Variables<'_>) -> Result<Option<Place>> {
        let wrong = |message: String| Error::settings(format!("corpus {name}"), message);
        if self.dataset.is_none() && (self.lists.is_some() || self.missing > 0) {
            return Err(wrong("lists and missing are for a dataset".into()));
        }
        let filled = |text: &Option<String>| -> Result<Option<PathBuf>> {
            let text = text.as_ref().map(|text| expand(text, variables)).transpose();
            Ok(text.map_err(wrong)?.map(PathBuf::from))
        };
        let (folder, lists) = (filled(&self.folder)?, filled(&self.lists)?);
        Ok(folder.map(|folder| Place { folder, lists }))
    }

    /// The first variable in its paths that has no value.
    pub fn unset(&self, variables: Variables<'_>) -> Option<&str> {
        self.paths().into_iter().find_map(|path| unset(path, variables))
    }

    /// Why its files are not on this machine: a variable without a value, a folder that is not
    /// there. `None` where they are, or there is no telling without opening them.
    pub fn absence(&self, variables: Variables<'_>) -> Option<String> {
        if let Some(name) = self.unset(variables) {
            return Some(format!("the variable {name} has no value ({})", self.paths().join(", ")));
        }
        self.paths().into_iter().find_map(|text| {
            let path = PathBuf::from(expand(text, variables).ok()?);
            let manifest = self.manifest.is_some();
            let folder = if manifest { path.parent() } else { None };
            let folder = folder.unwrap_or(&path);
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let filled =
                folder.read_dir().is_ok_and(|mut files| manifest || files.next().is_some());
            (!filled).then(|| match folder.is_dir() {
                true => format!("the folder {} is empty", folder.display()),
                false => format!("there is no folder {}", folder.display()),
            })
        })
    }

    /// What to do where it is absent: what it is, where it comes from, how its folder must look.
    pub fn remedy(&self) -> String {
        let set = self.dataset.as_deref().and_then(|name| dataset::find(name).ok());
        let Some(card) = set.map(|set| set.card()) else { return self.about.clone() };
        let name = card.name;
        let about = if self.about.is_empty() { card.title } else { self.about.as_str() };
        format!(
            "{about}\nfrom: {}\nfolder: {}\nby hand: {}\n`bench data fetch {name} DIR` downloads what \
             is free, `bench data verify {name} DIR` compares a copy",
            card.source, card.layout, card.by_hand
        )
    }

    /// Its paths as they are written.
    fn paths(&self) -> Vec<&str> {
        [&self.manifest, &self.folder, &self.lists]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// Silence in the place of a corpus that is not there, with `declared` as in
    /// [`CorpusSpec::open`].
    ///
    /// # Errors
    /// When the spec does not say what is expected.
    pub fn silence(
        &self,
        name: &str,
        declared: &BTreeMap<String, Kind>,
    ) -> Result<Box<dyn Corpus>> {
        let unknown = || Error::settings(format!("corpus {name}"), "does not say what is expected");
        let expected = self.expected.ok_or_else(unknown)?;
        let card = self.set(name)?.map(|set| set.card());
        Ok(Box::new(Silence::new(name, expected, &self.kinds(name, declared)?, card)?))
    }

    /// Where its manifest lies, with the variables filled in; `None` for a composed corpus.
    ///
    /// # Errors
    /// When a variable has no value or the file is not there.
    pub fn manifest_path(&self, name: &str, variables: Variables<'_>) -> Result<Option<PathBuf>> {
        let Some(text) = &self.manifest else { return Ok(None) };
        let place = format!("corpus {name}");
        let path = PathBuf::from(expand(text, variables).map_err(|m| Error::settings(&place, m))?);
        if !path.is_file() {
            let written = if text.contains("${") { format!(" ({text})") } else { String::new() };
            let hint = meant(&path).map(|near| format!("did you mean {near:?}? "));
            let message = format!(
                "no manifest at {}{written}; {}\
                 expected a CSV file with the columns id, path and the targets",
                path.display(),
                hint.unwrap_or_default()
            );
            return Err(Error::data(place, message));
        }
        Ok(Some(path))
    }

    fn kinds(
        &self,
        name: &str,
        declared: &BTreeMap<String, Kind>,
    ) -> Result<BTreeMap<String, Kind>> {
        let mut kinds = self.targets.clone();
        for (target, kind) in declared {
            let given = *kinds.entry(target.clone()).or_insert(*kind);
            let compatible = given == *kind || (given == Kind::Key && *kind == Kind::Class);
            if !compatible {
                let message = format!(
                    "target {target:?} is declared as {given:?} here and as {kind:?} by a task"
                );
                return Err(Error::settings(format!("corpus {name}"), message.to_lowercase()));
            }
        }
        Ok(kinds)
    }
}

/// What was probably meant by a path that leads nowhere: the built-in pieces, or a file beside it.
fn meant(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let word = name.split(':').next()?;
    if nearest(word, &["etudes"]).is_some() {
        return Some(name.replacen(word, "etudes", 1));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let files = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let files: Vec<String> = files.collect();
    nearest(name, &files.iter().map(String::as_str).collect::<Vec<_>>()).map(str::to_string)
}

/// The variables in a text; none where their braces are not closed.
fn names(text: &str) -> Vec<&str> {
    text.split("${").skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
}

/// The first variable in a text that has no value.
pub fn unset<'a>(text: &'a str, variables: Variables<'_>) -> Option<&'a str> {
    names(text).into_iter().find(|name| variables(name).is_none())
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Fills in `${NAME}`.
///
/// # Errors
/// With the variable that has no value, or what is wrong with the text.
pub fn expand(text: &str, variables: Variables<'_>) -> Result<String, String> {
    let mut parts = text.split("${");
    let mut expanded = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (name, rest) =
            part.split_once('}').ok_or_else(|| format!("{text:?} lacks a closing brace"))?;
        let value = variables(name).ok_or_else(|| {
            format!(
                "the variable {name} has no value: \
                 set it in the environment or with --set variables.{name}=…"
            )
        })?;
        expanded += &value;
        expanded += rest;
    }
    Ok(expanded)
}

impl FromStr for CorpusSpec {
    type Err = Error;

    /// Reads `etudes:600`, `etudes:600,seed=3,seconds=10`, or the path of a manifest.
    fn from_str(text: &str) -> Result<CorpusSpec> {
        let Some(rest) =
            text.strip_prefix("etudes").filter(|rest| rest.is_empty() || rest.starts_with(':'))
        else {
            let path = Path::new(text);
            let file = if path.is_dir() { path.join("manifest.csv") } else { path.to_path_buf() };
            return Ok(CorpusSpec {
                manifest: Some(file.display().to_string()),
                ..CorpusSpec::default()
            });
        };
        let words = rest.trim_start_matches(':').split(',').filter(|word| !word.is_empty());
        let fields: Vec<String> = words
            .map(|word| match word.split_once('=') {
                Some((field, value)) => format!("{field}: {value}"),
                None => format!("pieces: {word}"),
            })
            .collect();
        let etudes =
            settings::parse(&format!("{{{}}}", fields.join(", ")), text).map_err(without_line)?;
        Ok(CorpusSpec { etudes: Some(etudes), ..CorpusSpec::default() })
    }
}

/// Drops the line number from a place that is one line anyway.
fn without_line(error: Error) -> Error {
    match error {
        Error::Settings { place, message } => {
            Error::Settings { place: place.trim_end_matches(":1").to_string(), message }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_sets_pieces_and_fields() {
        let spec: CorpusSpec = "etudes:24,seed=3".parse().unwrap();
        let etudes = spec.etudes.unwrap();
        assert_eq!((etudes.pieces, etudes.seed), (24, 3));
    }

    #[test]
    fn a_misspelt_field_of_the_short_form_is_named_with_the_nearest() {
        let error = "etudes:24,sed=3".parse::<CorpusSpec>().unwrap_err().to_string();
        assert!(error.contains("did you mean `seed`?"), "{error}");
    }

    #[test]
    fn a_variable_without_a_value_is_named() {
        let spec: CorpusSpec = "${MUSIC}/tunes/manifest.csv".parse().unwrap();
        let error = spec.manifest_path("tunes", &|_| None).unwrap_err().to_string();
        assert!(error.contains("MUSIC"), "{error}");
    }
}
