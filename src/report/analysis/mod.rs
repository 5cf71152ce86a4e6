//! From the files of a results folder to the lines of its table.

mod tested;

use std::collections::BTreeSet;
use std::path::Path;

use super::claims;
use super::csv::at;
use super::family;
use super::keys::Keys;
use super::line::NO_VERDICT;
use super::ranks::RankedTask;
use super::{Claimed, Facts, LeftOutTask, Line, Ranks, Record, Row};
use crate::data::parallel::{available_threads, in_order_at_once};
use crate::error::unknown;
use crate::eval::comparisons::Family;
use crate::eval::metric::{self, Metric};
use crate::stats::{Comparison, Difference, Estimate, judge_family};
use crate::{Error, Result};

pub(super) use tested::{Outcomes, Tested, agree};

/// What is made of a results folder.
pub(super) struct Analysed {
    /// The table's lines, compared and judged.
    pub lines: Vec<Line>,
    /// How keys were estimated.
    pub keys: Vec<Keys>,
    /// How the rows rank, where there are several tasks.
    pub ranks: Option<Ranks>,
    /// What became of the suite's claims.
    pub claims: Vec<Claimed>,
}

/// Computes every figure of a results folder again from its predictions, and compares the rows.
pub(super) fn analyse(
    folder: &Path,
    facts: &Facts,
    records: &[(u64, Record)],
    rows: &[Row],
) -> Result<Analysed> {
    check(folder, facts, records)?;
    current(folder, records)?;
    let (mut lines, mut keys, mut ranked) = (Vec::new(), Vec::new(), Vec::new());
    let mut claimed = Vec::new();
    for task in &facts.tasks {
        let tested = Tested::read(folder, task, records)?;
        let methods = facts.rows.iter().map(|row| row.name.as_str());
        keys.extend(Keys::of(task, methods, &tested.runs, &tested.groups)?);
        for (place, name) in task.metrics.iter().enumerate() {
            let metric = metric::by_name(name)?;
            let outcomes = tested.outcomes(folder, facts, metric, records)?;
            if place == 0 && facts.tasks.len() > 1 {
                let draws = || tested.draws(facts, metric);
                ranked.push(RankedTask::new(&task.name, metric, &outcomes, draws)?);
            }
            let names = (task.name.as_str(), metric.name());
            let barred = |row: &str| bar(names, row, rows, records);
            claimed.extend(claims::judged(facts, names, (&outcomes, &tested.clusters), barred));
            let asked = family::pairings(facts, place == 0);
            let line = |at: usize| tested.line(&facts.suite, metric, &outcomes, &asked[at]);
            let mut keep = |_, line| {
                lines.push(line);
                Ok(())
            };
            in_order_at_once(asked.len(), available_threads(), &line, &mut keep)?;
        }
    }
    let mut lines = judged(facts, lines, rows, records);
    let spares =
        |line: &Line| facts.task(&line.task).is_some_and(|t| t.spared.contains(&line.method));
    lines.iter_mut().filter(|line| spares(line)).for_each(|line| line.reason = "not asked".into());
    for task in &facts.left_out {
        for name in &task.metrics {
            let metric = metric::by_name(name)?;
            lines.extend(facts.rows.iter().map(|row| empty(facts, task, metric, &row.name)));
        }
    }
    let ranks = Ranks::new(facts, &ranked, rows, records);
    let claims = claims::whole(facts, &claimed);
    Ok(Analysed { lines, keys, ranks, claims })
}

/// The line of a row on a task that was not asked.
fn empty(facts: &Facts, task: &LeftOutTask, metric: &dyn Metric, row: &str) -> Line {
    Line {
        task: task.name.clone(),
        metric: metric.name().into(),
        higher_is_better: metric.higher_is_better(),
        method: row.into(),
        mean: None,
        against: (row != facts.baseline).then(|| facts.baseline.clone()),
        question: false,
        pair: false,
        comparison: None,
        tests: Vec::new(),
        effects: Vec::new(),
        reason: format!("left out: {}", task.why),
    }
}

/// Every record must be of this version of the suite and of a row, task and metric of it, and there
/// only once.
pub(super) fn check(folder: &Path, facts: &Facts, records: &[(u64, Record)]) -> Result<()> {
    let path = folder.join("scores.csv");
    let rows: Vec<&str> = facts.rows.iter().map(|row| row.name.as_str()).collect();
    let asked = facts.questions.iter().flat_map(|q| [&q.row, &q.against]).chain([&facts.baseline]);
    if let Some(name) = asked.into_iter().find(|name| !rows.contains(&name.as_str())) {
        return Err(Error::data(folder.join("suite.yaml").display(), unknown("row", name, rows)));
    }
    claims::check(facts).map_err(|e| Error::data(folder.join("suite.yaml").display(), e))?;
    let mut seen = BTreeSet::new();
    for (line, record) in records {
        versions(facts, record).map_err(|message| at(&path, *line, message))?;
        let task = facts.scored().find(|(name, _)| *name == record.task);
        let tasks = facts.scored().map(|(name, _)| name);
        let (_, metrics) =
            task.ok_or_else(|| at(&path, *line, unknown("task", &record.task, tasks)))?;
        if !rows.contains(&record.method.as_str()) {
            return Err(at(&path, *line, unknown("row", &record.method, rows)));
        }
        if !metrics.contains(&record.metric) {
            let metrics = metrics.iter().map(String::as_str);
            return Err(at(&path, *line, unknown("metric", &record.metric, metrics)));
        }
        if !seen.insert((&record.task, &record.metric, &record.method, record.seed)) {
            return Err(at(&path, *line, "this score of this run is there twice"));
        }
    }
    Ok(())
}

/// A score must be of the suite's version and of its task's.
fn versions(facts: &Facts, record: &Record) -> Result<(), String> {
    let (task, asked) = (&record.task, facts.version_of(&record.task));
    let pairs = [
        ((&record.suite, record.version.suite), (&facts.suite, facts.version)),
        ((task, record.version.task), (task, asked.unwrap_or(record.version.task))),
    ];
    match pairs.into_iter().find(|(found, wanted)| found != wanted) {
        None => Ok(()),
        Some(((found, version), (name, wanted))) => {
            Err(format!("a score of {found} v{version} among those of {name} v{wanted}"))
        }
    }
}

/// Every score must be by this program's version of its metric.
pub(super) fn current(folder: &Path, records: &[(u64, Record)]) -> Result<()> {
    for (line, record) in records {
        let (found, known) = (record.version.metric, metric::by_name(&record.metric)?.version());
        if found != known {
            let (name, place) = (&record.metric, folder.display());
            let message = format!(
                "a score by {name} v{found}, which this program has as v{known}; `bench rescore {place}` \
                 computes all scores again from the predictions"
            );
            return Err(at(&folder.join("scores.csv"), *line, message));
        }
    }
    Ok(())
}

/// Settles which lines enter the verdicts, and judges those of a family together.
fn judged(
    facts: &Facts,
    lines: Vec<(Line, Option<Estimate>)>,
    rows: &[Row],
    records: &[(u64, Record)],
) -> Vec<Line> {
    let outside = |line: &Line| {
        let names = [Some(line.method.as_str()), line.against.as_deref()];
        let asked = (line.task.as_str(), line.metric.as_str());
        names.into_iter().flatten().find_map(|name| bar(asked, name, rows, records))
    };
    let enter = |(line, estimate): &(Line, Option<Estimate>)| {
        let (enters, higher_is_better) = (outside(line).is_none(), line.higher_is_better);
        estimate.clone().map(|estimate| Difference { estimate, higher_is_better, enters })
    };
    let options = facts.comparisons;
    let apart = |(a, _): &(Line, _), (b, _): &(Line, _)| {
        options.family == Family::Suite || (&a.task, &a.metric) == (&b.task, &b.metric)
    };
    let family = |lines: &[(Line, Option<Estimate>)]| {
        judge_family(lines.iter().filter_map(enter).collect(), options.correction)
    };
    let comparisons: Vec<Comparison> = lines.chunk_by(apart).flat_map(family).collect();
    let mut comparisons = comparisons.into_iter();
    let settle = |(mut line, estimate): (Line, Option<Estimate>)| {
        line.reason = reason(&line, estimate.as_ref(), outside(&line));
        line.comparison = estimate.and_then(|_| comparisons.next());
        line
    };
    lines.into_iter().map(settle).collect()
}

/// Why a row's comparisons on this task by this metric have no verdict; none where they may.
pub(super) fn bar(
    (task, metric): (&str, &str),
    name: &str,
    rows: &[Row],
    records: &[(u64, Record)],
) -> Option<String> {
    if rows.iter().any(|row| row.name == name && row.barely_trained) {
        return Some(format!("{name} is barely trained: {NO_VERDICT}"));
    }
    let of_row = |r: &Record| r.method == name && r.task == task && r.metric == metric;
    let scores: Vec<&Record> = records.iter().map(|(_, r)| r).filter(|r| of_row(r)).collect();
    // The runs that failed may be those that would have done badly.
    let lost = scores.iter().filter(|record| !record.finished()).count();
    (lost > 0).then(|| format!("{name} lacks {lost} of {} scores: {NO_VERDICT}", scores.len()))
}

fn reason(line: &Line, difference: Option<&Estimate>, outside: Option<String>) -> String {
    match (difference, &line.against, outside) {
        _ if line.mean.is_none() => "no finished run".into(),
        (_, None, _) => String::new(),
        (None, Some(against), _) => format!("no finished run of {against} to pair with"),
        (_, _, Some(why)) => why,
        (Some(difference), _, None) => difference.gap().unwrap_or_default().into(),
    }
}
