//! `bench list methods|tasks|corpora|suites`.

use std::io::Write;

use clap::ValueEnum;

use super::{print, suites};
use crate::error::Result;
use crate::eval::suite::Suite;
use crate::registry::Registry;
use crate::settings;

/// What can be listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum What {
    /// Methods with their settings files
    Methods,
    /// Tasks of the built-in suites with their metrics
    Tasks,
    /// Corpora of the built-in suites
    Corpora,
    /// Built-in suites
    Suites,
}

/// Prints the list, one line each.
///
/// # Errors
/// When a built-in suite is wrong.
pub fn run(registry: &Registry, what: What, out: &mut dyn Write) -> Result<()> {
    let lines = match what {
        What::Methods => registry.entries().iter().map(method).collect(),
        What::Suites => each(|suite| Ok(vec![format!("{:12} {}", suite.name, suite.title)]))?,
        What::Tasks => each(|suite| {
            let line = |task: &crate::eval::suite::Task| {
                format!(
                    "{:12} {:12} {} · {}",
                    suite.name,
                    task.name,
                    task.targets.join(", "),
                    task.metrics.join(", ")
                )
            };
            Ok(suite.tasks.iter().map(line).collect())
        })?,
        What::Corpora => each(|suite| {
            let mut lines = Vec::new();
            for (name, spec) in &suite.corpora {
                let spec = serde_json::to_string(&settings::to_value(spec)?).unwrap_or_default();
                lines.push(format!("{:12} {name:12} {spec}", suite.name));
            }
            Ok(lines)
        })?,
    };
    print(out, &(lines.join("\n") + "\n"))
}

fn method(entry: &crate::registry::Entry) -> String {
    let configs: Vec<&str> = entry.configs.iter().map(|(name, _)| *name).collect();
    format!("{:16} {} ({})", entry.name, entry.card.title, configs.join(", "))
}

fn each(lines: impl Fn(&Suite) -> Result<Vec<String>>) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for (name, text) in suites::BUILT_IN {
        let suite: Suite = settings::parse(text, &format!("suites/{name}.yaml"))?;
        all.extend(lines(&suite)?);
    }
    Ok(all)
}
