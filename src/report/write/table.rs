//! `table.csv`: one row by one metric, and its comparison, per line.

use serde::Serialize;

use crate::Result;
use crate::report::csv::{self, six_digits};
use crate::report::{Line, Report, Row, correction};
use crate::stats::Verdict;

/// A line of `table.csv`; the order of the fields is the order of the columns.
#[derive(Serialize)]
struct Cells<'a> {
    task: &'a str,
    metric: &'a str,
    higher_is_better: bool,
    method: &'a str,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    seeds: Option<usize>,
    n: Option<usize>,
    sd_seeds: Option<f64>,
    se_items: Option<f64>,
    against: Option<&'a str>,
    difference: Option<f64>,
    difference_low: Option<f64>,
    difference_high: Option<f64>,
    difference_sd_seeds: Option<f64>,
    difference_se_items: Option<f64>,
    p: Option<f64>,
    p_holm: Option<f64>,
    verdict: Option<Verdict>,
    reason: &'a str,
    status: String,
    steps: Option<u64>,
    clips: Option<u64>,
    flops: Option<f64>,
    parameters: Option<u64>,
}

/// The lines as CSV, figures to six significant digits; `p_holm` is named after the correction.
pub(in crate::report) fn table(report: &Report) -> Result<Vec<u8>> {
    let cells: Vec<Cells> = report.lines.iter().map(|line| cells(line, &report.rows)).collect();
    let text = String::from_utf8_lossy(&csv::bytes(&cells)?).into_owned();
    let column = correction::named(report.facts.comparisons.correction).column;
    Ok(text.replacen("p_holm", column, 1).into_bytes())
}

fn cells<'a>(line: &'a Line, rows: &[Row]) -> Cells<'a> {
    let row = rows.iter().find(|row| row.name == line.method);
    let mean = line.mean.as_ref();
    let comparison = line.comparison.as_ref();
    let difference = comparison.map(|comparison| &comparison.difference);
    Cells {
        task: &line.task,
        metric: &line.metric,
        higher_is_better: line.higher_is_better,
        method: &line.method,
        mean: six_digits(mean.map(|m| m.point)),
        low: six_digits(mean.and_then(|m| m.low)),
        high: six_digits(mean.and_then(|m| m.high)),
        seeds: mean.and_then(|m| m.seeds),
        n: mean.map(|m| m.n),
        sd_seeds: six_digits(mean.and_then(|m| m.sd_seeds)),
        se_items: six_digits(mean.and_then(|m| m.se_items)),
        against: line.against.as_deref(),
        difference: six_digits(difference.map(|d| d.point)),
        difference_low: six_digits(difference.and_then(|d| d.low)),
        difference_high: six_digits(difference.and_then(|d| d.high)),
        difference_sd_seeds: six_digits(difference.and_then(|d| d.sd_seeds)),
        difference_se_items: six_digits(difference.and_then(|d| d.se_items)),
        p: six_digits(comparison.and_then(|c| c.p)),
        p_holm: six_digits(comparison.and_then(|c| c.p_corrected)),
        verdict: line.verdict(),
        reason: &line.reason,
        status: row.map(Row::status).unwrap_or_default(),
        steps: row.and_then(|row| row.steps),
        clips: row.and_then(|row| row.clips),
        flops: row.and_then(|row| row.flops),
        parameters: row.and_then(|row| row.parameters),
    }
}
