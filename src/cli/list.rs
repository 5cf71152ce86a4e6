//! `bench list methods|tasks|corpora|suites|datasets|protocols|results|published`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{print, suites};
use crate::data::CorpusSpec;
use crate::data::dataset::{Card, DATASETS};
use crate::error::{Error, Result};
use crate::eval::suite::{Suite, Task};
use crate::eval::{finetune, probe};
use crate::registry::{Entry, Registry};
use crate::report::grid::{Grid, untitled};
use crate::report::{Facts, Published};
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
    /// Published data sets that can be read
    Datasets,
    /// Ways of probing that have a name
    Protocols,
    /// Results folders below results/
    Results,
    /// Numbers of papers and public code, with their protocols
    Published,
}

/// Prints the list, one line each.
///
/// # Errors
/// When a built-in suite or a results folder is wrong, or there is no `results/` to list.
pub fn run(registry: &Registry, what: What, out: &mut dyn Write) -> Result<()> {
    let lines = match what {
        What::Methods => registry.entries().iter().map(method).collect::<Vec<_>>(),
        What::Datasets => DATASETS.iter().map(|dataset| dataset_line(dataset.card())).collect(),
        What::Results => results(Path::new("results"))?,
        What::Published => Published::all()?.into_iter().map(published).collect(),
        What::Protocols => {
            let presets = probe::PRESETS.iter().chain(finetune::PRESETS);
            presets.map(|(name, text)| protocol(name, text)).collect()
        }
        What::Suites => each(|name, suite| Ok(vec![[name.into(), suite.title.clone()].to_vec()]))?,
        What::Tasks => each(|name, suite| {
            let line = |task: &Task| {
                let asked = [task.targets.join(", "), task.metrics.join(", ")].join(" · ");
                vec![name.to_string(), task.name.clone(), asked]
            };
            Ok(suite.tasks.iter().map(line).collect())
        })?,
        What::Corpora => each(|name, suite| {
            let line = |(corpus, spec): (&String, &CorpusSpec)| {
                let spec = settings::to_value(spec)?;
                let spec =
                    serde_json::to_string(&spec).map_err(|e| Error::Failed(e.to_string()))?;
                Ok(vec![name.to_string(), corpus.clone(), spec])
            };
            suite.corpora.iter().map(line).collect()
        })?,
    };
    print(out, &untitled(lines))
}

/// The folders that hold results, with what they asked.
fn results(folder: &Path) -> Result<Grid> {
    let entries = std::fs::read_dir(folder).map_err(Error::io("read", folder))?;
    let paths: std::io::Result<Vec<PathBuf>> = entries.map(|e| e.map(|e| e.path())).collect();
    let mut paths = paths.map_err(Error::io("read", folder))?;
    paths.retain(|path| path.join("suite.yaml").is_file());
    paths.sort();
    let line = |path: &PathBuf| {
        let facts = Facts::read(path)?;
        let (suite, rows) = (format!("{} v{}", facts.suite, facts.version), facts.rows.len());
        let tasks: Vec<&str> = facts.tasks.iter().map(|task| task.name.as_str()).collect();
        let held = format!("{rows} rows · {}", tasks.join(", "));
        Ok(vec![path.display().to_string(), suite, held, facts.title])
    };
    paths.iter().map(line).collect()
}

fn published(number: Published) -> Vec<String> {
    let Published { method, task, dataset, metric, value, protocol, source, table, .. } = number;
    vec![method, task, dataset, metric, value, protocol, format!("{source}, {table}")]
}

fn dataset_line(card: &Card) -> Vec<String> {
    let splits: Vec<&str> = card.splits.iter().map(|split| split.name).collect();
    vec![card.name.into(), card.title.into(), splits.join(", ")]
}

/// A protocol with the first sentence of its file.
fn protocol(name: &str, text: &str) -> Vec<String> {
    let comment = text.lines().map_while(|line| line.strip_prefix("# "));
    let text = comment.collect::<Vec<_>>().join(" ");
    let ends = [": ", "; ", " (<"].iter().filter_map(|end| text.find(end));
    let end = ends.min().unwrap_or(text.len());
    vec![name.to_string(), text[..end].to_string()]
}

fn method(entry: &Entry) -> Vec<String> {
    let configs: Vec<&str> = entry.configs.iter().map(|(name, _)| *name).collect();
    vec![entry.name.into(), format!("{} ({})", entry.card.title, configs.join(", "))]
}

/// Lines of cells of every built-in suite, by the name under which it is found.
fn each(lines: impl Fn(&str, &Suite) -> Result<Grid>) -> Result<Grid> {
    let mut all = Vec::new();
    for (name, text) in suites::BUILT_IN {
        let suite: Suite = settings::parse(text, name)?;
        all.extend(lines(name, &suite)?);
    }
    Ok(all)
}
