//! `bench explain METHOD`, `bench explain DATASET`, `bench explain COLUMN`, `bench explain
//! results`.

use std::collections::BTreeSet;
use std::io::Write;

use super::print;
use crate::data::dataset::{self, DATASETS};
use crate::error::{Error, Result, unknown};
use crate::method::Supervision;
use crate::registry::Registry;

/// What the files of a results folder and their columns are.
const RESULTS: &str = include_str!("../../results/README.md");

/// Prints a method's README, its source and its settings files; what a published data set is and
/// where it comes from; or what the columns of `results`, or one of them, are.
///
/// # Errors
/// When there is no such method, data set or column; the nearest name is suggested.
pub fn run(registry: &Registry, name: &str, out: &mut dyn Write) -> Result<()> {
    if name == "results" {
        return print(out, RESULTS);
    }
    if let Ok(dataset) = dataset::find(name) {
        return print(out, &dataset.card().to_string());
    }
    let meanings = meanings(name);
    if registry.find(name).is_err() && !meanings.is_empty() {
        return print(out, &meanings);
    }
    let wrong = |_| Error::Invalid(unknown("name", name, known(registry)));
    let entry = registry.find(name).map_err(wrong)?;
    let labels = match entry.card.supervision {
        Supervision::None => "sees no labels",
        Supervision::Partial => "sees the labels of some train items",
        Supervision::Full => "sees the labels of every train item",
    };
    let paper = entry.card.paper.map(|paper| format!(" · {paper}")).unwrap_or_default();
    print(
        out,
        &format!(
            "{name}: {} · {labels}{paper}\n\n{}\n",
            entry.card.title,
            entry.card.readme.trim_end()
        ),
    )?;
    for (config, text) in entry.configs {
        print(out, &format!("\n## Settings `{config}`\n\n```yaml\n{}\n```\n", text.trim_end()))?;
    }
    Ok(())
}

/// All that can be explained.
fn known(registry: &Registry) -> BTreeSet<&str> {
    let methods = registry.entries().iter().map(|entry| entry.name);
    let datasets = DATASETS.iter().map(|dataset| dataset.card().name);
    let words = rows().into_iter().flat_map(|[_, words, _]| words_of(words));
    methods.chain(datasets).chain(words).chain(["results"]).collect()
}

/// What a column or word is said to mean, each time below the heading of its file; empty where it
/// is nowhere.
fn meanings(name: &str) -> String {
    let rows = rows().into_iter().filter(|[_, words, _]| words_of(words).any(|word| word == name));
    let said = rows.map(|[heading, _, meaning]| format!("{name} ({heading}): {meaning}\n"));
    said.collect::<String>().replace(" ():", ":")
}

fn words_of(words: &'static str) -> impl Iterator<Item = &'static str> {
    words.split(", ").map(|word| word.trim_matches('`'))
}

/// The rows of the tables of [`RESULTS`]: the heading above, the words, and what they mean.
fn rows() -> Vec<[&'static str; 3]> {
    let (mut heading, mut below_header, mut rows) = ("", false, Vec::new());
    for line in RESULTS.lines() {
        heading = line.strip_prefix("## ").unwrap_or(heading);
        match line.strip_prefix("| ").and_then(|row| row.split_once(" | ")) {
            Some((words, meaning)) if below_header => {
                rows.push([heading, words, meaning.trim_end_matches([' ', '|'])]);
            }
            _ => below_header = line.starts_with("|---"),
        }
    }
    rows
}
