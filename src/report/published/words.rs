//! Published rows in tables, and below these what must be known of them.

use super::Quoted;
use crate::report::words::{count, spoken};
use crate::report::write::markdown::protocols;
use crate::report::{Report, TaskFacts};

/// What stands above or below published rows.
pub(in crate::report) const LEAD: &str = "† published elsewhere: without an interval, and neither compared, tested \
                                          nor ranked here";

/// The rows of a task's tables by `metrics`: each one's name and number of test items, and its
/// figures as text, empty where there is none; none of rows without any.
pub(in crate::report) fn rows<'a>(
    task: &'a TaskFacts,
    metrics: &'a [String],
) -> impl Iterator<Item = (String, String, Vec<String>)> + 'a {
    let row = move |row: &'a Quoted| {
        let figure = |metric: &String| row.figure(metric).map(|figure| figure.value.clone());
        let figures: Vec<Option<String>> = metrics.iter().map(figure).collect();
        figures.iter().any(Option::is_some).then(|| {
            let figures = figures.into_iter().map(Option::unwrap_or_default).collect();
            (marked(task, row), items(row), figures)
        })
    };
    task.published.iter().filter_map(row)
}

/// `† PEMR, FCN-4 (published 1)`.
fn marked(task: &TaskFacts, row: &Quoted) -> String {
    let note = notes_of(task).iter().position(|first| first.shares_note(row)).unwrap_or(0) + 1;
    format!("† {} (published {note})", row.name())
}

fn items(row: &Quoted) -> String {
    row.n.map(|n| count(Some(n as u64))).unwrap_or_default()
}

impl Quoted {
    /// The method with its network.
    pub(in crate::report) fn name(&self) -> String {
        match self.encoder.is_empty() || self.encoder == self.method {
            true => self.method.clone(),
            false => format!("{}, {}", self.method, self.encoder),
        }
    }

    fn shares_note(&self, other: &Quoted) -> bool {
        (&self.source, &self.table) == (&other.source, &other.table)
            && (&self.dataset, &self.protocol) == (&other.dataset, &other.protocol)
    }
}

/// The first row of each note, in the notes' order.
fn notes_of(task: &TaskFacts) -> Vec<&Quoted> {
    let mut firsts: Vec<&Quoted> = Vec::new();
    for row in &task.published {
        if !firsts.iter().any(|first| first.shares_note(row)) {
            firsts.push(row);
        }
    }
    firsts
}

/// What of published rows differs from ours: the data, how methods were evaluated, the metric and
/// the pre-training.
pub(in crate::report) fn notes(report: &Report, task: &TaskFacts) -> Vec<String> {
    let note = |(place, first): (usize, &Quoted)| {
        let rows: Vec<&Quoted> =
            task.published.iter().filter(|row| first.shares_note(row)).collect();
        let (data, metric) = (data(task, first), metrics(&rows));
        let ours = protocols(report, task).join(", ");
        format!(
            "Published {}: {}, {}. Data: {data}. Evaluated by: {}; here {ours}. Metric: {metric}. Pre-trained on: {}; \
             here with {}.",
            place + 1,
            first.source,
            first.table,
            first.protocol,
            pretrained(&rows),
            report.facts.budget,
        )
    };
    notes_of(task).into_iter().enumerate().map(note).collect()
}

fn data(task: &TaskFacts, theirs: &Quoted) -> String {
    let n = items(theirs);
    let n = if n.is_empty() { n } else { format!(", {n} test items") };
    let split = if task.split.is_empty() { "drawn from a seed" } else { &task.split };
    let ours = count(Some(task.test as u64));
    format!("{}{n}; here {}, split {split}, {ours} test items", theirs.dataset, task.corpus)
}

/// `ROC-AUC in per cent, here macro roc auc`.
fn metrics(rows: &[&Quoted]) -> String {
    let mut said: Vec<String> = Vec::new();
    for figure in rows.iter().flat_map(|row| &row.figures) {
        let mean = if figure.printed.contains(';') { "the mean of " } else { "" };
        let unit = if figure.printed == figure.value { "" } else { " in per cent" };
        let words =
            format!("{mean}{}{unit}, here {}", figure.printed_metric, spoken(&figure.metric));
        if !said.contains(&words) {
            said.push(words);
        }
    }
    said.join("; ")
}

/// `MSD (MusiCNN), AudioSet (Myna-Base, Myna-Hybrid)`.
fn pretrained(rows: &[&Quoted]) -> String {
    let mut data: Vec<(&str, Vec<String>)> = Vec::new();
    for row in rows {
        let on = if row.pretrain_data.is_empty() { "what is not said" } else { &row.pretrain_data };
        match data.iter_mut().find(|(known, _)| *known == on) {
            Some((_, names)) => names.push(row.name()),
            None => data.push((on, vec![row.name()])),
        }
    }
    if let [(on, _)] = data.as_slice() {
        return on.to_string();
    }
    let each = data.iter().map(|(on, names)| format!("{on} ({})", names.join("; ")));
    each.collect::<Vec<_>>().join(", ")
}
