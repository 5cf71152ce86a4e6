//! One row by one metric with its comparison, and a row as a whole.

use super::{Cost, FEW_STEPS, Facts, Record, RowFacts};
use crate::stats::beside::{Beside, EffectSize};
use crate::stats::{Comparison, Estimate, Verdict};

/// How the reason ends of a comparison that is kept out of the verdicts.
pub(super) const NO_VERDICT: &str = "no verdict";

/// One row by one metric, compared with another row.
#[derive(Clone, Debug)]
pub struct Line {
    /// Name of the task in the suite.
    pub task: String,
    /// Name of the metric: `accuracy`.
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
    pub effects: Vec<EffectSize>,
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
    /// `ok`, or what is wrong with it.
    pub(super) fn status(&self) -> String {
        match (self.failures.as_slice(), self.barely_trained) {
            ([], false) => Record::OK.into(),
            ([], true) => "barely trained".into(),
            (failures, _) => failures.join("; "),
        }
    }
}

/// The rows of a suite in its order.
pub(super) fn rows(facts: &Facts, records: &[(u64, Record)], costs: &[Cost]) -> Vec<Row> {
    let row = |row: &RowFacts| {
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
