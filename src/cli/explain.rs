//! `bench explain METHOD`, `bench explain DATASET`, `bench explain COLUMN`, `bench explain results`.

use std::io::Write;

use super::print;
use crate::data::dataset;
use crate::error::Result;
use crate::method::Supervision;
use crate::registry::Registry;

/// What the files of a results folder and their columns are.
const RESULTS: &str = include_str!("../../results/README.md");

/// Prints a method's README, its source and its settings files; what a published data set is and where
/// it comes from; or what the columns of `results`, or one of them, are.
///
/// # Errors
/// When there is no such method, data set or column.
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
    let entry = registry.find(name)?;
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

/// What a column or word is said to mean, each time below the heading of its file; empty where it is nowhere.
fn meanings(name: &str) -> String {
    let (mut heading, mut found) = ("", String::new());
    for line in RESULTS.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title;
        }
        let Some((names, meaning)) = line.strip_prefix("| ").and_then(|row| row.split_once(" | "))
        else {
            continue;
        };
        let is_name = |word: &str| word.trim_matches('`') == name;
        if names.split(", ").any(is_name) {
            found += &format!("{name} ({heading}): {}\n", meaning.trim_end_matches([' ', '|']));
        }
    }
    found.replace(" ():", ":")
}
