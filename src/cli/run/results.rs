//! The results folder of a suite: filled run by run.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_yaml::Value;

use super::Outcome;
use super::absent::LeftOut;
use super::answered::{Answered, Chance, Drawn};
use super::labels::on_curve;
use super::plan::{Plan, PlannedTask};
use super::row::PlannedRow;
use super::stages::{Bench, LIBTORCH};
use crate::data::Split;
use crate::data::split::cluster_names;
use crate::error::{Error, Result};
use crate::eval::metric::{self, Labels};
use crate::eval::suite::{Row, Suite};
use crate::eval::version::Versions;
use crate::report::{
    Cost, Facts, LeftOutTask, Record, Report, RowFacts, Stretch, TaskFacts, TestItems,
    prediction_path, write_predictions,
};
use crate::train::Precision;
use crate::{PROGRAM, device, files, settings};

/// What has come out so far.
pub struct Results<'a> {
    bench: &'a Bench<'a>,
    folder: PathBuf,
    facts: Facts,
    records: Vec<Record>,
    costs: Vec<Cost>,
    training: Vec<Stretch>,
    runs: Vec<RunFacts>,
    /// Runs that failed.
    pub failed: usize,
    /// When everything was last written, and how long that took.
    written: Option<(Instant, Duration)>,
}

/// One run in `run.yaml`.
#[derive(Serialize)]
struct RunFacts {
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

impl<'a> Results<'a> {
    /// Nothing yet, to be written to `folder`.
    pub fn new(bench: &'a Bench<'a>, folder: &Path) -> Results<'a> {
        let facts = facts(bench.plan);
        let (records, costs, training, runs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (folder, failed, written) = (folder.to_path_buf(), 0, None);
        Results { bench, folder, facts, records, costs, training, runs, failed, written }
    }

    /// Adds a run that finished.
    ///
    /// # Errors
    /// When a prediction cannot be scored or written.
    pub fn add(
        &mut self,
        planned: &PlannedRow<'_>,
        seed: Option<u64>,
        outcome: &Outcome,
    ) -> Result<()> {
        for answered in &outcome.tasks {
            let task = self.task(&answered.task)?;
            self.write_predictions(planned, seed, task, answered)?;
            let split = self.split(task)?;
            if answered.task == task.task.name {
                self.write_labelled(seed, task)?;
            }
            for name in &task.task.metrics {
                let score = metric::mean_score(metric::by_name(name)?, &answered.predictions)?;
                let status = Record::status_of(&score).to_string();
                let mut record =
                    self.record(planned, seed, (answered.task.as_str(), split.as_str()), name)?;
                let choice = answered.choice()?;
                record.protocol = choice.protocol().into();
                let first = Chance { seed: seed.unwrap_or(1), draw: 1 };
                record.fraction = choice.learned().then(|| task.share(first));
                record.value = score.value;
                record.n = Some(score.n);
                record.status = status;
                record.run = answered.run()?;
                self.records.push(record);
            }
        }
        self.training.extend(Stretch::all(&planned.row.name, seed, &outcome.losses));
        self.costs.push(cost(planned, seed, outcome, device::name(self.bench.device)));
        self.runs.push(run_facts(planned, seed, outcome, &self.bench.plan.tasks)?);
        Ok(())
    }

    /// Adds a run that failed.
    ///
    /// # Errors
    /// When a metric is unknown.
    pub fn add_failure(
        &mut self,
        planned: &PlannedRow<'_>,
        seed: Option<u64>,
        error: &Error,
    ) -> Result<()> {
        self.failed += 1;
        self.add_status(planned, seed, &error.told())
    }

    /// Adds what is not done on this machine, with the reasons.
    ///
    /// # Errors
    /// When a metric is unknown.
    pub fn leave_out(&mut self, left_out: &LeftOut<'_>) -> Result<()> {
        for (planned, why) in &left_out.rows {
            self.add_status(planned, None, &format!("left out: {why}"))?;
        }
        let rows = left_out.rows.iter().map(|(planned, _)| planned);
        for planned in self.bench.plan.rows.iter().chain(rows) {
            for (task, why) in &left_out.tasks {
                for name in &task.metrics {
                    let mut record = self.record(planned, None, (task.name.as_str(), ""), name)?;
                    record.status = format!("left out: {why}");
                    self.records.push(record);
                }
            }
        }
        Ok(())
    }

    /// Adds why a run has no scores.
    fn add_status(
        &mut self,
        planned: &PlannedRow<'_>,
        seed: Option<u64>,
        status: &str,
    ) -> Result<()> {
        for task in self.bench.plan.tasks_of(&planned.row.name) {
            let split = self.split(task)?;
            for asked in task.names() {
                for name in &task.task.metrics {
                    let mut record = self.record(planned, seed, (asked, split.as_str()), name)?;
                    record.status = status.to_string();
                    self.records.push(record);
                }
            }
        }
        Ok(())
    }

    /// Writes what there is of `all` runs, unless that would take more than a tenth of the time.
    ///
    /// # Errors
    /// As [`Results::write`].
    pub fn write_some(&mut self, all: usize) -> Result<()> {
        if self.written.is_some_and(|(at, took)| at.elapsed() < 9 * took) {
            return Ok(());
        }
        let started = Instant::now();
        let done = self.runs.len() + self.failed;
        self.facts.warnings.push(format!("not finished: {done} of {all} runs"));
        self.write()?;
        self.facts.warnings.pop();
        self.written = Some((Instant::now(), started.elapsed()));
        Ok(())
    }

    /// Writes everything there is and gives the report on it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self) -> Result<Report> {
        self.facts.write(&self.folder)?;
        Record::write_all(&self.folder, &self.records)?;
        Cost::write_all(&self.folder, &self.costs)?;
        Stretch::write_all(&self.folder, &self.training)?;
        for task in &self.bench.plan.tasks {
            let items = self.bench.plan.corpora[&task.task.corpus].items();
            task.split.write(
                &self.folder.join("splits").join(format!("{}.csv", task.task.name)),
                items,
            )?;
        }
        let run = serde_json::json!({
            "program": PROGRAM,
            "libtorch": LIBTORCH,
            "device": device::name(self.bench.device),
            "suite": self.bench.plan.suite,
            "runs": self.runs,
        });
        files::write_atomically(
            &self.folder.join("run.yaml"),
            format!("# {}\n{}", self.bench.plan.command, settings::to_text(&run)?).as_bytes(),
        )?;
        let report = Report::read(&self.folder)?;
        report.write(&self.folder)?;
        Ok(report)
    }

    fn task(&self, name: &str) -> Result<&'a PlannedTask> {
        let asks = |planned: &&PlannedTask| planned.names().any(|asked| asked == name);
        let found = self.bench.plan.tasks.iter().find(asks);
        found.ok_or_else(|| Error::Failed(format!("there is no task {name}")))
    }

    fn write_predictions(
        &self,
        planned: &PlannedRow<'_>,
        seed: Option<u64>,
        task: &PlannedTask,
        answered: &Answered,
    ) -> Result<()> {
        let items = self.bench.plan.corpora[&task.task.corpus].items();
        let tested = &task.split.test;
        let test = TestItems {
            ids: tested.iter().map(|item| items[*item].id.clone()).collect(),
            groups: cluster_names(items, tested).into_iter().map(Some).collect(),
        };
        let path = prediction_path(&self.folder, &planned.row.name, seed, &answered.task);
        write_predictions(&path, &test, &answered.predictions)
    }

    /// The hash of a task's split.
    fn split(&self, task: &PlannedTask) -> Result<String> {
        let items = self.bench.plan.corpora[&task.task.corpus].items();
        Ok(task.split.hash(items)?[..16].to_string())
    }

    /// Writes which train items' labels a run saw, by every draw, where it saw only some.
    fn write_labelled(&self, seed: Option<u64>, planned: &PlannedTask) -> Result<()> {
        let PlannedTask { task, split, .. } = planned;
        let (Some(seed), true) = (seed, task.part().is_part()) else { return Ok(()) };
        let items = self.bench.plan.corpora[&task.corpus].items();
        for chance in Chance::of(seed, planned) {
            let draw = if chance.draw == 1 { String::new() } else { format!(".{}", chance.draw) };
            let name = format!("{}.{seed}{draw}.csv", task.name);
            let train = planned.labelled(chance);
            let part = Split { train, ..split.clone() };
            part.write(&self.folder.join("splits").join(name), items)?;
        }
        Ok(())
    }

    fn record(
        &self,
        planned: &PlannedRow<'_>,
        seed: Option<u64>,
        (task, split): (&str, &str),
        metric: &str,
    ) -> Result<Record> {
        let suite = &self.bench.plan.suite;
        let precision = planned.recipe.as_ref().map_or(Precision::F32, |recipe| recipe.precision);
        Ok(Record {
            suite: suite.name.clone(),
            version: Versions {
                suite: suite.version,
                task: self.bench.plan.version_of(task),
                metric: metric::by_name(metric)?.version(),
            },
            task: task.to_string(),
            metric: metric.to_string(),
            higher_is_better: metric::by_name(metric)?.higher_is_better(),
            method: planned.row.name.clone(),
            seed,
            value: None,
            n: None,
            protocol: String::new(),
            split: split.to_string(),
            fraction: None,
            device: device::kind(self.bench.device).into(),
            precision: precision.name().into(),
            status: String::new(),
            run: String::new(),
        })
    }
}

fn facts(plan: &Plan<'_>) -> Facts {
    let suite = &plan.suite;
    let place =
        |planned: &&PlannedRow<'_>| suite.rows.iter().position(|row| row.name == planned.row.name);
    let mut all: Vec<&PlannedRow<'_>> =
        plan.rows.iter().chain(plan.left_out.rows.iter().map(|(planned, _)| planned)).collect();
    all.sort_by_key(place);
    let rows = all.iter().map(|planned| RowFacts {
        name: planned.row.name.clone(),
        trained: planned.recipe.is_some(),
        note: planned.row.note.clone(),
    });
    let tasks = plan.tasks.iter().map(|planned| TaskFacts {
        name: planned.task.name.clone(),
        version: planned.task.version,
        corpus: planned.task.corpus.clone(),
        labels: planned.task.kind.labels(),
        outputs: outputs(planned),
        metrics: planned.task.metrics.clone(),
        train: planned.split.train.len(),
        valid: planned.split.valid.len(),
        test: planned.split.test.len(),
        split: planned.origin.clone(),
        draws: planned.task.part().draws as usize,
        spared: planned.spared.iter().cloned().collect(),
        place: on_curve(plan, planned),
        published: planned.published.clone(),
        warnings: planned.warnings.clone(),
    });
    let left_out = plan.left_out.tasks.iter().map(|(task, why)| LeftOutTask {
        name: task.name.clone(),
        metrics: task.metrics.clone(),
        why: why.clone(),
    });
    let known = |name: &str| all.iter().any(|planned| planned.row.name == name);
    let kept = |name: &String| known(name);
    Facts {
        suite: suite.name.clone(),
        version: suite.version,
        title: suite.title.clone(),
        notes: suite.notes.clone(),
        budget: budget(suite),
        baseline: suite.baseline.clone(),
        rows: rows.collect(),
        tasks: tasks.collect(),
        heard: plan.tasks.iter().flat_map(PlannedTask::heard_facts).collect(),
        left_out: left_out.collect(),
        questions: suite
            .questions
            .iter()
            .filter(|q| kept(&q.row) && kept(&q.against))
            .cloned()
            .collect(),
        comparisons: suite.comparisons,
        expected: suite.expected.iter().filter(|e| e.claim.rows().all(known)).cloned().collect(),
        warnings: plan.warnings.clone(),
    }
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

fn cost(planned: &PlannedRow<'_>, seed: Option<u64>, outcome: &Outcome, device: String) -> Cost {
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

fn run_facts(
    planned: &PlannedRow<'_>,
    seed: Option<u64>,
    outcome: &Outcome,
    tasks: &[PlannedTask],
) -> Result<RunFacts> {
    let mut probes = Vec::new();
    let is_task = |answered: &Answered| tasks.iter().any(|t| t.task.name == answered.task);
    // A probe that also answers corrupted items stands there once.
    for answered in outcome.tasks.iter().filter(|answered| is_task(answered)) {
        for Drawn { stage, choice } in &answered.draws {
            let facts =
                serde_json::json!({ "task": answered.task, "stage": stage, "choice": choice });
            probes.push(settings::to_value(&facts)?);
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
