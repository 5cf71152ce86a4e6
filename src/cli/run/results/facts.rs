//! What a report needs to know of a suite and its runs.

use serde::Serialize;
use serde_yaml::Value;

use crate::cli::run::RunOutcome;
use crate::cli::run::plan::{Plan, PlannedRow, PlannedTask, on_curve};
use crate::cli::run::stages::{Answered, Drawn};
use crate::error::Result;
use crate::eval::claim::Expected;
use crate::eval::metric::Labels;
use crate::eval::suite::{Question, Row, Suite, Task};
use crate::report::{Cost, Facts, LeftOutTask, RowFacts, TaskFacts};
use crate::{PROGRAM, settings};

/// What a report needs to know of a suite.
pub fn facts(plan: &Plan<'_>) -> Facts {
    let suite = &plan.suite;
    let rows = every_row(plan);
    let asked_of = |name: &str| rows.iter().any(|planned| planned.row.name == name);
    let all = |expected: &&Expected| expected.claim.rows().all(asked_of);
    let both = |question: &&Question| asked_of(&question.row) && asked_of(&question.against);
    Facts {
        suite: suite.name.clone(),
        version: suite.version,
        title: suite.title.clone(),
        notes: suite.notes.clone(),
        budget: budget(suite),
        baseline: suite.baseline.clone(),
        rows: rows.iter().map(|planned| row_facts(planned)).collect(),
        tasks: plan.tasks.iter().map(|planned| task_facts(plan, planned)).collect(),
        heard: plan.tasks.iter().flat_map(PlannedTask::corrupted_facts).collect(),
        left_out: plan.left_out.tasks.iter().map(left_out).collect(),
        questions: suite.questions.iter().filter(both).cloned().collect(),
        comparisons: suite.comparisons,
        expected: suite.expected.iter().filter(all).cloned().collect(),
        warnings: plan.told(),
    }
}

/// The rows in the suite's order, those that are left out among them.
fn every_row<'p, 'a>(plan: &'p Plan<'a>) -> Vec<&'p PlannedRow<'a>> {
    let place = |planned: &&PlannedRow<'_>| {
        plan.suite.rows.iter().position(|row| row.name == planned.row.name)
    };
    let left_out = plan.left_out.rows.iter().map(|(planned, _)| planned);
    let mut rows: Vec<_> = plan.rows.iter().chain(left_out).collect();
    rows.sort_by_key(place);
    rows
}

fn row_facts(planned: &PlannedRow<'_>) -> RowFacts {
    let Row { name, note, .. } = &planned.row;
    RowFacts { name: name.clone(), trained: planned.recipe.is_some(), note: note.clone() }
}

fn task_facts(plan: &Plan<'_>, planned: &PlannedTask) -> TaskFacts {
    let PlannedTask { task, split, origin, spared, warnings, published, .. } = planned;
    TaskFacts {
        name: task.name.clone(),
        version: task.version,
        corpus: task.corpus.clone(),
        labels: task.kind.labels(),
        outputs: outputs(planned),
        metrics: task.metrics.clone(),
        train: split.train.len(),
        valid: split.valid.len(),
        test: split.test.len(),
        split: origin.clone(),
        draws: task.part().draws as usize,
        spared: spared.iter().cloned().collect(),
        place: on_curve(plan, planned),
        published: published.clone(),
        warnings: warnings.clone(),
    }
}

fn left_out((task, why): &(Task, String)) -> LeftOutTask {
    LeftOutTask { name: task.name.clone(), metrics: task.metrics.clone(), why: why.clone() }
}

/// What a task's scores are of; works, of which there may be thousands, have none.
fn outputs(planned: &PlannedTask) -> Vec<String> {
    match planned.task.kind.labels() {
        Labels::Works => Vec::new(),
        Labels::Classes | Labels::Tags | Labels::Values => planned.answers.names.clone(),
    }
}

/// The limit of every row in words.
fn budget(suite: &Suite) -> String {
    let own = |row: &Row| Some(format!("{} {}", row.name, row.budget.as_ref()?.words()));
    let words = std::iter::once(suite.budget.words()).chain(suite.rows.iter().filter_map(own));
    words.collect::<Vec<_>>().join("; ")
}

/// What a run used, as far as it was trained.
pub fn cost(
    planned: &PlannedRow<'_>,
    seed: Option<u64>,
    outcome: &RunOutcome,
    device: String,
) -> Cost {
    let used = outcome.cost.as_ref();
    Cost {
        method: planned.row.name.clone(),
        seed,
        steps: used.map(|cost| cost.steps),
        clips: used.map(|cost| cost.clips),
        flops: used.map(|cost| cost.flops as f64),
        seconds: used.map(|cost| cost.seconds),
        peak_memory_bytes: used.and_then(|cost| cost.peak_memory_bytes),
        parameters: Some(outcome.parameters).filter(|count| *count > 0),
        samples_per_second: used.map(|cost| cost.samples_per_second),
        device: used.map_or(device, |cost| cost.device.clone()),
        program: used.map_or(PROGRAM.to_string(), |cost| cost.program.clone()),
    }
}

/// One run in `run.yaml`.
#[derive(Serialize)]
pub struct RunFacts {
    row: String,
    seed: Option<u64>,
    method: String,
    settings: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    train: Value,
    train_stage: String,
    weights: String,
    probes: Vec<Value>,
}

impl RunFacts {
    /// Of a run of a row that finished.
    ///
    /// # Errors
    /// Never for settings that were read.
    pub fn new(
        planned: &PlannedRow<'_>,
        seed: Option<u64>,
        outcome: &RunOutcome,
        tasks: &[PlannedTask],
    ) -> Result<RunFacts> {
        let mut probes = Vec::new();
        let is_task = |answered: &Answered| tasks.iter().any(|t| t.task.name == answered.task);
        // A probe that also answers corrupted items stands there once.
        for answered in outcome.tasks.iter().filter(|answered| is_task(answered)) {
            for Drawn { stage, choice } in &answered.draws {
                let probe =
                    serde_json::json!({ "task": answered.task, "stage": stage, "choice": choice });
                probes.push(settings::to_value(&probe)?);
            }
        }
        Ok(RunFacts {
            row: planned.row.name.clone(),
            seed,
            method: planned.entry.name.into(),
            settings: planned.config.clone(),
            train: planned.recipe.as_ref().map_or(Ok(Value::Null), settings::to_value)?,
            train_stage: outcome.run.clone(),
            weights: outcome.weights.clone(),
            probes,
        })
    }
}
