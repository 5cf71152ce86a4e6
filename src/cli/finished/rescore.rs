//! `bench rescore DIR`: scores again from the stored predictions, and all that is made of them.

use std::io::Write;
use std::path::Path;

use super::report;
use crate::Result;
use crate::cli::print;
use crate::report::grid::untitled;
use crate::report::{Rescored, rescore};

/// Computes a results folder's scores again, says what changed, and remakes its tables.
///
/// # Errors
/// When a file of the folder is missing or wrong, or it cannot be written.
pub fn run(folder: &Path, out: &mut dyn Write) -> Result<()> {
    let told = rescore(folder)?;
    let header = ["task", "metric", "version", "scores", "changed", "largest change"];
    let header = std::iter::once(header.map(String::from).to_vec());
    let table = untitled(header.chain(told.iter().map(line)).collect());
    print(out, &format!("{table}\n"))?;
    report::run(folder, out)
}

fn line(rescored: &Rescored) -> Vec<String> {
    let Rescored { task, metric, before, after, scores, changed, largest } = rescored;
    let version =
        if before == after { format!("v{after}") } else { format!("v{before} to v{after}") };
    let largest = largest.filter(|_| *changed > 0).map(|change| format!("{change:.3}"));
    let counts = [scores, changed].map(usize::to_string);
    let names = [task.clone(), metric.clone(), version];
    names.into_iter().chain(counts).chain([largest.unwrap_or_default()]).collect()
}
