//! `bench explain METHOD`, `bench explain DATASET`, `bench explain results`.

use std::io::Write;

use super::print;
use crate::data::dataset;
use crate::error::Result;
use crate::method::Supervision;
use crate::registry::Registry;

/// What the files of a results folder and their columns are.
const RESULTS: &str = include_str!("../../results/README.md");

/// Prints a method's README, its source and its settings files; what a published data set is and where
/// it comes from; or what the columns of `results` are.
///
/// # Errors
/// When there is no such method or data set.
pub fn run(registry: &Registry, name: &str, out: &mut dyn Write) -> Result<()> {
    if name == "results" {
        return print(out, RESULTS);
    }
    if let Ok(dataset) = dataset::find(name) {
        return print(out, &dataset.card().to_string());
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
