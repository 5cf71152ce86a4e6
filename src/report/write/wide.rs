//! `wide.csv`: a line per row of the table, each metric of each task in columns of its own.

use crate::Result;
use crate::report::csv;
use crate::report::words::{decimals, fixed};
use crate::report::{Line, Report, Row, published};
use crate::stats::{Estimate, Verdict};

/// What stands behind `<task>.<metric>` in the header.
const PARTS: [&str; 6] =
    ["", ".half_width", ".difference", ".difference_low", ".difference_high", ".verdict"];

/// The table, figures to the digits that their intervals support.
pub(in crate::report) fn wide(report: &Report) -> Result<Vec<u8>> {
    let asked: Vec<(&str, &str)> = report
        .facts
        .asked()
        .flat_map(|(task, metrics)| metrics.iter().map(move |metric| (task, metric.as_str())))
        .collect();
    let titles = |(task, metric): &(&str, &str)| PARTS.map(|part| format!("{task}.{metric}{part}"));
    let used = ["seeds", "steps", "clips", "flops", "parameters"].map(String::from);
    let quoted = published::lines(report, &asked, PARTS.len(), used.len());
    let mark = (!quoted.is_empty()).then(|| "published".to_string());
    let header = std::iter::once("method".into()).chain(asked.iter().flat_map(titles)).chain(used);
    let mut table = vec![header.chain(mark.clone()).collect::<Vec<String>>()];
    for row in &report.rows {
        let line = |(task, metric): &(&str, &str)| report.line_of(task, metric, &row.name);
        let lines: Vec<Option<&Line>> = asked.iter().map(line).collect();
        let figures = lines.iter().flat_map(|line| line.map_or_else(Default::default, figures));
        let cells = std::iter::once(row.name.clone()).chain(figures).chain(used_by(row, &lines));
        table.push(cells.chain(mark.as_ref().map(|_| String::new())).collect());
    }
    table.extend(quoted);
    csv::bytes(&table)
}

/// The cells of [`PARTS`].
fn figures(line: &Line) -> [String; 6] {
    let mean = line.mean.as_ref();
    let half = mean.and_then(Estimate::half_width);
    let digits = |value: Option<f64>, half| {
        value.map(|value| fixed(value, decimals(half))).unwrap_or_default()
    };
    let difference = line.comparison.as_ref().map(|comparison| &comparison.difference);
    let wide = difference.and_then(Estimate::half_width);
    let verdict = line.verdict().map_or("", Verdict::name);
    [
        digits(mean.map(|mean| mean.point), half),
        digits(half, half),
        digits(difference.map(|d| d.point), wide),
        digits(difference.and_then(|d| d.low), wide),
        digits(difference.and_then(|d| d.high), wide),
        verdict.into(),
    ]
}

fn used_by(row: &Row, lines: &[Option<&Line>]) -> [String; 5] {
    let seeds = lines.iter().flatten().find_map(|line| line.mean.as_ref()?.seeds);
    let count = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
    [
        count(seeds.map(|seeds| seeds as u64)),
        count(row.steps),
        count(row.clips),
        row.flops.map(|flops| format!("{flops:.5e}")).unwrap_or_default(),
        count(row.parameters),
    ]
}
