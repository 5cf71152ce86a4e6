//! `report.md`: the table, what it says, what was compared, and what went wrong.

use std::collections::BTreeSet;

use super::text::{legend, notes, quoted, tables};
use crate::eval::metric::Labels;
use crate::report::grid::markdown;
use crate::report::words::{chance, count, spoken, statement, versioned};
use crate::report::{CorruptedFacts, Line, Record, Report, TaskFacts};
use crate::report::{claims, family, keys, ranks, robustness};

pub(in crate::report) fn report(report: &Report) -> String {
    let facts = &report.facts;
    let mut text =
        format!("# {} v{}: {}\n\n{}\n", facts.suite, facts.version, facts.title, report.sentence());
    for task in &facts.tasks {
        text += &format!("\n## {}\n", task.name);
        task.warnings.iter().for_each(|warning| text += &format!("\nWarning: {warning}.\n"));
        for table in tables(report, &task.name, &task.metrics) {
            text += &format!("\n{}\n", markdown(table));
        }
        text += &listed(quoted(report, task));
        if let Some(pairs) = family::pairs(report, task) {
            let metric = spoken(&task.metrics[0]);
            text += &format!("\n### {}: every row against every other by {metric}\n", task.name);
            text += &format!("\n{}\n", markdown(pairs));
        }
        let keys = report.keys.iter().filter(|keys| keys.task == task.name);
        text += &keys.map(keys::markdown).collect::<String>();
        text += &report.robust(task).map(robustness::markdown).unwrap_or_default();
    }
    for task in &facts.left_out {
        text += &format!("\n## {}\n\nLeft out: {}.\n", task.name, task.why);
        for table in tables(report, &task.name, &task.metrics) {
            text += &format!("\n{}\n", markdown(table));
        }
    }
    text += &report.ranks.as_ref().map(ranks::markdown).unwrap_or_default();
    if let Some(table) = claims::table(report) {
        text += &format!("\n## Expected\n\n{}\n\n{}\n", markdown(table), claims::summary(report));
    }
    let (legend, family) = (legend(report), family::named(report));
    text += &format!("\n{legend} {family} Every column is explained by `bench explain results`.\n");
    text += &section("Reading", reading(report));
    text += &section("What was compared", compared(report));
    text += &section("Notes", notes(report));
    text += &section("Warnings", facts.warnings.clone());
    if !facts.notes.is_empty() {
        text += &format!("\n## About this suite\n\n{}\n", facts.notes.trim_end());
    }
    text
}

fn section(title: &str, points: Vec<String>) -> String {
    if points.is_empty() {
        return String::new();
    }
    format!("\n## {title}\n{}", listed(points))
}

/// A list; nothing of no points.
fn listed(points: Vec<String>) -> String {
    let blank = if points.is_empty() { "" } else { "\n" };
    let points: String = points.iter().map(|point| format!("- {point}\n")).collect();
    format!("{blank}{points}")
}

/// Every comparison by the tasks' first metrics as a sentence; the suite's own questions last.
pub(in crate::report) fn reading(report: &Report) -> Vec<String> {
    let first = |line: &&Line| {
        let task = report.facts.task(&line.task);
        !line.pair && task.is_some_and(|task| task.metrics.first() == Some(&line.metric))
    };
    report.lines.iter().filter(first).filter_map(|line| said(report, line)).collect()
}

fn said(report: &Report, line: &Line) -> Option<String> {
    let statement = statement(line)?;
    let p = line.comparison.as_ref().and_then(|comparison| comparison.p_corrected);
    let p = p.map(|p| format!("; corrected p {}", chance(p, 3))).unwrap_or_default();
    let asked = report.facts.questions.iter().find(|q| {
        line.question && q.row == line.method && Some(&q.against) == line.against.as_ref()
    });
    let about = asked.filter(|q| !q.about.is_empty()).map(|q| format!("{}: ", q.about));
    let why = if line.reason.is_empty() { String::new() } else { format!("; {}", line.reason) };
    Some(format!("{}{statement}{p}{why}.", about.unwrap_or_default()))
}

/// On what terms the rows were compared.
pub(in crate::report) fn compared(report: &Report) -> Vec<String> {
    let facts = &report.facts;
    let mut points = vec![format!("Budget: {}.", facts.budget.trim_end_matches('.'))];
    points.extend(facts.tasks.iter().map(|task| asked(report, task)));
    points.extend(facts.tasks.iter().filter_map(|task| heard(report, task)));
    let of = |field: fn(&Record) -> &str| {
        let mut found: Vec<&str> = report.records.iter().map(field).collect();
        found.sort_unstable();
        found.dedup();
        found.join(", ")
    };
    let (device, precision) = (of(|record| &record.device), of(|record| &record.precision));
    points.push(format!("Device: {device}; arithmetic of pre-training: {precision}."));
    points.push(family::point(report));
    for (row, facts) in
        report.rows.iter().zip(&facts.rows).filter(|(_, facts)| !facts.note.is_empty())
    {
        points.push(format!("{}: {}.", row.name, facts.note.trim_end_matches('.')));
    }
    let parameters = report.rows.iter().filter(|row| row.parameters.is_some());
    let sizes: Vec<String> =
        parameters.map(|row| format!("{} {}", row.name, count(row.parameters))).collect();
    if !sizes.is_empty() {
        points.push(format!("Parameters: {}.", sizes.join("; ")));
    }
    points.push("Seconds, memory and samples per second: [costs.csv](costs.csv).".into());
    points
}

/// What a task's test items were heard through.
fn heard(report: &Report, task: &TaskFacts) -> Option<String> {
    let heard = report.facts.heard.iter().filter(|heard| heard.of == task.name);
    let name = |heard: &CorruptedFacts| {
        let name = heard.name.split('@').nth(1)?;
        let p = heard.probability;
        Some(if p < 1.0 { format!("{name} (with probability {p})") } else { name.to_string() })
    };
    let names: Vec<String> = heard.filter_map(name).collect();
    if names.is_empty() {
        return None;
    }
    Some(format!(
        "{}: the same test items through {}; the same draws for every row, the probes of clean sound.",
        task.name,
        names.join(", "),
    ))
}

/// How encoders were probed on a task.
pub(in crate::report) fn protocols<'a>(report: &'a Report, task: &TaskFacts) -> Vec<&'a str> {
    let of = |record: &&Record| record.task == task.name;
    let mut protocols: Vec<&str> =
        report.records.iter().filter(of).map(|record| record.protocol.as_str()).collect();
    protocols.retain(|protocol| !["", "none"].contains(protocol));
    protocols.sort_unstable();
    protocols.dedup();
    protocols
}

fn asked(report: &Report, task: &TaskFacts) -> String {
    let protocols = protocols(report, task);
    let name = versioned(&task.name, task.version);
    let metrics: Vec<String> = task.metrics.iter().map(|metric| spoken(metric)).collect();
    let split =
        if task.split.is_empty() { String::new() } else { format!("; split {}", task.split) };
    if task.labels == Labels::Works {
        return format!(
            "{}: corpus {}; each of {} items looks for the others of its work among the rest ({}); measured by {}.",
            name,
            task.corpus,
            task.test,
            protocols.join(", "),
            metrics.join(", "),
        );
    }
    format!(
        "{}: corpus {}, {} outputs; probes ({}) fitted on {}, chosen on {}, tested on {}; measured by {}{split}.",
        name,
        task.corpus,
        task.outputs.len(),
        protocols.join(", "),
        fitted_on(report, task),
        task.valid,
        task.test,
        metrics.join(", "),
    )
}

/// `240 items`, or `12 of 240 items, drawn 2 times in every run`.
fn fitted_on(report: &Report, task: &TaskFacts) -> String {
    let of = |record: &&Record| record.task == task.name;
    let part = |record: &Record| {
        let fraction = record.fraction.filter(|fraction| *fraction < 1.0)?;
        Some((fraction * task.train as f64).round() as usize)
    };
    let parts: BTreeSet<usize> = report.records.iter().filter(of).filter_map(part).collect();
    let parts: Vec<String> = parts.iter().map(usize::to_string).collect();
    let parts =
        if parts.is_empty() { String::new() } else { format!("{} of ", parts.join(" or ")) };
    let drawn = match task.draws {
        1 => String::new(),
        draws => format!(", drawn {draws} times in every run"),
    };
    format!("{parts}{} items{drawn}", task.train)
}
