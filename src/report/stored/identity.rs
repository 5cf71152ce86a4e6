//! What a run's identity is made of, from `run.yaml` of its results folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde_yaml::Value;

use crate::error::unknown;
use crate::files::read_text;
use crate::{Error, Result, settings};

/// Parts of a suite that decide on no single run.
const ASIDE: [&str; 8] =
    ["rows", "questions", "comparisons", "expected", "title", "notes", "baseline", "seeds"];

/// What was settled for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// How it was asked for: `results/key:ROW:1`.
    pub name: String,
    /// Each setting and hash by its path: `settings.frames` is `96`.
    pub parts: BTreeMap<String, String>,
}

impl Identity {
    /// Reads that of `FOLDER:ROW:SEED`, or of `FOLDER:ROW` for a row with one run.
    ///
    /// # Errors
    /// When there is no such run, or the folder has no `run.yaml`.
    pub fn read(run: &str) -> Result<Identity> {
        let Some((folder, Some(row), seed)) = address(run) else {
            let message = format!("{run}: there is no such run; write FOLDER:ROW:SEED");
            return Err(Error::Invalid(message));
        };
        let path = Path::new(folder).join("run.yaml");
        let all: Value = settings::parse(&read_text(&path)?, &path.display().to_string())?;
        let mut parts = BTreeMap::new();
        for part in ["program", "libtorch", "device"] {
            flatten(part, &all[part], &mut parts);
        }
        let suite = all["suite"].as_mapping().into_iter().flatten();
        for (key, value) in suite.filter_map(|(key, value)| Some((key.as_str()?, value))) {
            if !ASIDE.contains(&key) {
                flatten(&format!("suite.{key}"), value, &mut parts);
            }
        }
        let entry = all["runs"].as_sequence().map_or(&[][..], Vec::as_slice);
        let entry = chosen(entry, row, seed).map_err(|e| Error::Invalid(format!("{run}: {e}")))?;
        for (key, value) in entry.as_mapping().into_iter().flatten() {
            flatten(key.as_str().unwrap_or_default(), value, &mut parts);
        }
        Ok(Identity { name: run.into(), parts })
    }

    /// The parts that are not the same in `other`, with both values; empty where one lacks a part.
    pub fn differing<'a>(&'a self, other: &'a Identity) -> Vec<[&'a str; 3]> {
        let mut paths: Vec<&String> = self.parts.keys().chain(other.parts.keys()).collect();
        paths.sort_unstable();
        paths.dedup();
        let value = |of: &'a Identity, path: &String| of.parts.get(path).map_or("", String::as_str);
        let line = |path: &'a String| [path.as_str(), value(self, path), value(other, path)];
        paths.into_iter().map(line).filter(|[_, a, b]| a != b).collect()
    }
}

/// `FOLDER`, `FOLDER:ROW` or `FOLDER:ROW:SEED`, whose folder exists.
pub(in crate::report) fn address(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    let folder = |path: &str| Path::new(path).is_dir();
    if folder(text) {
        return Some((text, None, None));
    }
    let (before, last) = text.rsplit_once(':')?;
    if folder(before) {
        return Some((before, Some(last), None));
    }
    let (before, row) = before.rsplit_once(':')?;
    folder(before).then_some((before, Some(row), Some(last)))
}

/// The run of a row with this seed, or its only one.
fn chosen<'a>(runs: &'a [Value], row: &str, seed: Option<&str>) -> Result<&'a Value, String> {
    let text = |run: &'a Value, key: &str| run[key].as_str().unwrap_or_default();
    let of_row: Vec<&Value> = runs.iter().filter(|run| text(run, "row") == row).collect();
    if of_row.is_empty() {
        let mut rows: Vec<&str> = runs.iter().map(|run| text(run, "row")).collect();
        rows.dedup();
        return Err(unknown("row", row, rows));
    }
    let seeds: Vec<String> = of_row.iter().map(|run| scalar(&run["seed"])).collect();
    match (seed, of_row.as_slice()) {
        (None, [one]) => Ok(*one),
        (None, _) => Err(format!("it has several runs; add a seed: {}", seeds.join(", "))),
        (Some(seed), _) => {
            let place = seeds.iter().position(|known| known == seed);
            let known = seeds.join(", ");
            let message = || format!("there is no run with seed {seed}; known: {known}");
            place.map(|place| of_row[place]).ok_or_else(message)
        }
    }
}

/// Every value below `path`; lists of named parts by their names, other lists on one line.
fn flatten(path: &str, value: &Value, parts: &mut BTreeMap<String, String>) {
    match value {
        Value::Mapping(fields) => {
            for (key, value) in fields {
                flatten(&format!("{path}.{}", scalar(key)), value, parts);
            }
        }
        Value::Sequence(items) if items.iter().any(Value::is_mapping) => {
            for (place, item) in items.iter().enumerate() {
                let name = item.get("task").or_else(|| item.get("name")).map(scalar);
                let name = name.unwrap_or_else(|| place.to_string());
                flatten(&format!("{path}.{name}"), item, parts);
            }
        }
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(scalar).collect();
            parts.insert(path.into(), items.join(", "));
        }
        value => {
            parts.insert(path.into(), scalar(value));
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(scalar).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Mapping(_) | Value::Tagged(_) => format!("{value:?}"),
    }
}
