//! The suite that is asked for: a file or a built-in one, changed as the command line says.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;

use crate::cli::{RunArgs, suites};
use crate::error::{Error, Result, unknown};
use crate::eval::suite::Suite;
use crate::registry::Registry;
use crate::report::{Misquoted, Quoted};
use crate::settings;

/// The suite with its rows' names and methods checked, its place for messages, and whether the
/// command line asks for another table than the suite's.
///
/// # Errors
/// With what is wrong, where, and the nearest name.
pub fn read(registry: &Registry, args: &RunArgs) -> Result<(Suite, String, bool)> {
    let (text, file) = suites::find(&args.suite)?;
    let written: Suite = settings::parse(&text, &file)?;
    let mut value: Value = settings::parse(&text, &file)?;
    for assignment in &args.set {
        settings::set(&mut value, assignment)?;
    }
    let changes = if args.set.is_empty() { "" } else { ", changed by --set" };
    let place = format!("{file}{changes}");
    let mut suite: Suite = settings::from_value(value, &place)?;
    suite.seeds = args.seeds.unwrap_or(suite.seeds);
    let mut changed = hash_of_table(&suite)? != hash_of_table(&written)?;
    for row in &suite.rows {
        let name = if row.name.is_empty() { &row.method } else { &row.name };
        let place = || format!("{place}, row {name}");
        registry.find(&row.method).map_err(|e| Error::settings(place(), e.told()))?;
    }
    let mut suite = suite.check(&place)?;
    check_claims(&suite, &file, &text)?;
    let rows = suite.rows.len();
    keep_only(&mut suite, &args.only)?;
    changed |= suite.rows.len() < rows;
    Ok((suite, place, changed))
}

/// Whether what a suite expects and quotes is there; what is not is told with its line in the
/// suite's text.
fn check_claims(suite: &Suite, file: &str, text: &str) -> Result<()> {
    let wrong = |words: &str, message: String| {
        Err(Error::settings(settings::line_of(file, text, words), message))
    };
    suite.check_expected().or_else(|(claim, message)| wrong(claim.text(), message))?;
    for task in &suite.tasks {
        let quoted = Quoted::all(task).map(|_| ());
        quoted.or_else(|Misquoted { words, message }| wrong(&words, message))?;
    }
    Ok(())
}

/// Leaves the rows that are asked for, the baseline, and those whose weights they are made of.
fn keep_only(suite: &mut Suite, only: &[String]) -> Result<()> {
    if only.is_empty() {
        return Ok(());
    }
    let known: Vec<&str> = suite.rows.iter().map(|row| row.name.as_str()).collect();
    if let Some(name) = only.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Error::settings("--only", unknown("row", name, known)));
    }
    let mut kept: BTreeSet<String> = only.iter().cloned().collect();
    kept.insert(suite.baseline.clone());
    let origins = suite.rows.iter().filter(|row| kept.contains(&row.name));
    kept.extend(origins.filter_map(|row| row.from.clone()).collect::<Vec<_>>());
    suite.rows.retain(|row| kept.contains(&row.name));
    Ok(())
}

/// The hash of what decides a suite's table: all but where on this machine its corpora lie.
fn hash_of_table(suite: &Suite) -> Result<String> {
    settings::hash(&Suite { variables: BTreeMap::new(), ..suite.clone() })
}

/// A variable's value: the suite's, or that of the environment.
pub fn lookup(suite: &Suite, variable: &str) -> Option<String> {
    suite.variables.get(variable).cloned().flatten().or_else(|| std::env::var(variable).ok())
}

/// The command that makes these results.
pub fn command(args: &RunArgs) -> String {
    let mut words = vec!["bench run".to_string(), quoted(&args.suite.display().to_string())];
    words.extend(args.seeds.map(|seeds| format!("--seeds {seeds}")));
    words.extend(
        (!args.only.is_empty()).then(|| format!("--only {}", quoted(&args.only.join(",")))),
    );
    words.extend(args.set.iter().map(|assignment| format!("--set {}", quoted(assignment))));
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./,=:+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
