//! `table.csv`: one row by one metric, and its comparison, per line.

use serde::Serialize;

use super::{Cost, FEW_STEPS, Facts, Record, csv};
use crate::Result;
use crate::eval::comparisons::Correction;
use crate::stats::beside::{Beside, Effect};
use crate::stats::{Comparison, Estimate, Verdict};

/// How the reason ends of a comparison that is kept out of the verdicts.
pub(super) const NO_VERDICT: &str = "no verdict";

/// One row by one metric, compared with another row.
#[derive(Clone, Debug)]
pub struct Line {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// Whether a larger figure is a better one.
    pub higher_is_better: bool,
    /// The row.
    pub method: String,
    /// The mean over its runs; none where no run finished.
    pub mean: Option<Estimate>,
    /// What it is compared with: the baseline, or the other row of a question; none for the
    /// baseline itself.
    pub against: Option<String>,
    /// Whether it answers a question of the suite rather than stands in the main table.
    pub question: bool,
    /// Whether it is one of all pairs of rows that neither the main table nor a question compares.
    pub pair: bool,
    /// The paired difference and what follows from it; none where no runs pair.
    pub comparison: Option<Comparison>,
    /// Tests that stand beside the verdict.
    pub tests: Vec<Beside>,
    /// Effect sizes.
    pub effects: Vec<Effect>,
    /// Why there is no verdict, or why it is undecided without a test; empty otherwise.
    pub reason: String,
}

impl Line {
    /// Whether its p value is corrected with others.
    pub(super) fn tested(&self) -> bool {
        self.comparison.as_ref().is_some_and(|comparison| comparison.p_corrected.is_some())
    }

    /// Whether it stands in the main table.
    pub(super) fn leads(&self) -> bool {
        !self.question && !self.pair
    }

    /// The verdict, where the comparison entered them.
    pub fn verdict(&self) -> Option<Verdict> {
        self.comparison.as_ref()?.verdict
    }
}

/// A row as a whole.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Mean steps of its runs.
    pub steps: Option<u64>,
    /// Mean clips of its runs.
    pub clips: Option<u64>,
    /// Mean counted floating-point operations of its runs.
    pub flops: Option<f64>,
    /// Trainable parameters.
    pub parameters: Option<u64>,
    /// Whether it was trained for fewer than [`FEW_STEPS`] steps.
    pub barely_trained: bool,
    /// Runs that failed, with the reason: `seed 3: diverged at step 12`.
    pub failures: Vec<String>,
}

impl Row {
    fn status(&self) -> String {
        match (self.failures.as_slice(), self.barely_trained) {
            ([], false) => Record::OK.into(),
            ([], true) => "barely trained".into(),
            (failures, _) => failures.join("; "),
        }
    }
}

/// The rows of a suite in its order.
pub(super) fn rows(facts: &Facts, records: &[(u64, Record)], costs: &[Cost]) -> Vec<Row> {
    let row = |row: &super::RowFacts| {
        let costs: Vec<&Cost> = costs.iter().filter(|cost| cost.method == row.name).collect();
        let few = |cost: &&Cost| cost.steps.is_some_and(|steps| steps < FEW_STEPS);
        let whole = |field: fn(&Cost) -> Option<u64>| {
            mean(costs.iter().filter_map(|cost| Some(field(cost)? as f64)))
                .map(|mean| mean.round() as u64)
        };
        Row {
            name: row.name.clone(),
            steps: whole(|cost| cost.steps),
            clips: whole(|cost| cost.clips),
            flops: mean(costs.iter().filter_map(|cost| cost.flops)),
            parameters: whole(|cost| cost.parameters),
            barely_trained: row.trained && costs.iter().any(few),
            failures: failures(facts, records, &row.name),
        }
    };
    facts.rows.iter().map(row).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Why a row lacks scores of tasks that were asked.
fn failures(facts: &Facts, records: &[(u64, Record)], method: &str) -> Vec<String> {
    let mut failures: Vec<String> = Vec::new();
    let lost = |r: &Record| r.method == method && !r.finished() && facts.task(&r.task).is_some();
    for (_, record) in records.iter().filter(|(_, r)| lost(r)) {
        let run = record.seed.map_or("the run".into(), |seed| format!("seed {seed}"));
        let failure = format!("{run}: {}", record.status);
        if !failures.contains(&failure) {
            failures.push(failure);
        }
    }
    failures
}

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
pub(super) fn to_csv(lines: &[Line], rows: &[Row], correction: Correction) -> Result<Vec<u8>> {
    let cells: Vec<Cells> = lines.iter().map(|line| cells(line, rows)).collect();
    let bytes = csv::bytes(&cells)?;
    let name = match correction {
        Correction::Holm => return Ok(bytes),
        Correction::BenjaminiHochberg => ",p_benjamini_hochberg,",
        Correction::Bonferroni => ",p_bonferroni,",
        Correction::None => ",p_uncorrected,",
    };
    Ok(String::from_utf8_lossy(&bytes).replacen(",p_holm,", name, 1).into_bytes())
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

/// Rounded so that the last bits of another machine's mathematics do not show.
pub(super) fn six_digits(value: Option<f64>) -> Option<f64> {
    let rounded = value.and_then(|value| format!("{value:.5e}").parse::<f64>().ok());
    // A difference that cancels to -0 is 0; one that cancels to rounding errors is as well.
    rounded.map(|value| if value.abs() < 1e-14 { 0.0 } else { value })
}
