//! Published rows of the table with a line per row.

use std::iter::{once, repeat_n};

use super::Quoted;
use crate::report::{Report, TaskFacts};

/// A line per published row: its name, `parts` cells for each task and metric `asked` of which the
/// first holds the figure, the `used` cells of what a row used, and where it is published.
pub(in crate::report) fn lines(
    report: &Report,
    asked: &[(&str, &str)],
    parts: usize,
    used: usize,
) -> Vec<Vec<String>> {
    let empty = |count: usize| repeat_n(String::new(), count);
    let line = |rows: Vec<(&Quoted, &TaskFacts)>| {
        let figure = |(task, metric): &(&str, &str)| {
            let own = rows.iter().find(|(_, of)| of.name == *task);
            let figure = own.and_then(|(row, _)| row.figure(metric)).map(|f| f.value.clone());
            once(figure.unwrap_or_default()).chain(empty(parts - 1))
        };
        let (first, _) = rows[0];
        let said = format!("published: {}, {}; {}", first.source, first.table, first.protocol);
        let name = format!("† {}", first.name());
        let cells = once(name).chain(asked.iter().flat_map(figure));
        cells.chain(empty(used)).chain([said]).collect()
    };
    together(report).into_iter().map(line).collect()
}

/// The published rows with their tasks, those of one method in one table together.
fn together(report: &Report) -> Vec<Vec<(&Quoted, &TaskFacts)>> {
    let mut all: Vec<Vec<(&Quoted, &TaskFacts)>> = Vec::new();
    for task in &report.facts.tasks {
        for row in &task.published {
            let same = |(other, of): &(&Quoted, &TaskFacts)| {
                let table = (&other.source, &other.table) == (&row.source, &row.table);
                let asked = other.protocol == row.protocol && of.name != task.name;
                table && asked && other.name() == row.name()
            };
            match all.iter_mut().find(|rows| rows.iter().all(same)) {
                Some(rows) => rows.push((row, task)),
                None => all.push(vec![(row, task)]),
            }
        }
    }
    all
}
