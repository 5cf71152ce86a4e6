//! `published.csv`: the published rows that a suite's tables show.

use serde::Serialize;

use crate::Result;
use crate::report::{Report, csv};

/// One figure; the order of the fields is the order of the columns.
#[derive(Serialize)]
struct Cells<'a> {
    task: &'a str,
    metric: &'a str,
    method: &'a str,
    encoder: &'a str,
    value: &'a str,
    n: Option<usize>,
    printed_metric: &'a str,
    printed: &'a str,
    parameters: &'a str,
    pretrain_data: &'a str,
    protocol: &'a str,
    dataset: &'a str,
    source: &'a str,
    table: &'a str,
}

/// A line per figure; none where nothing published is shown.
pub(in crate::report) fn csv(report: &Report) -> Result<Option<Vec<u8>>> {
    let mut cells: Vec<Cells> = Vec::new();
    for task in &report.facts.tasks {
        for row in &task.published {
            cells.extend(row.figures.iter().map(|figure| Cells {
                task: &task.name,
                metric: &figure.metric,
                method: &row.method,
                encoder: &row.encoder,
                value: &figure.value,
                n: row.n,
                printed_metric: &figure.printed_metric,
                printed: &figure.printed,
                parameters: &row.parameters,
                pretrain_data: &row.pretrain_data,
                protocol: &row.protocol,
                dataset: &row.dataset,
                source: &row.source,
                table: &row.table,
            }));
        }
    }
    if cells.is_empty() { Ok(None) } else { csv::bytes(&cells).map(Some) }
}
