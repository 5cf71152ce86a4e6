//! The results folder of a suite: filled run by run.

mod facts;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::facts::{RunFacts, cost, facts};
use super::RunOutcome;
use super::corpora::LeftOut;
use super::plan::{PlannedRow, PlannedTask};
use super::stages::{Answered, Bench, Chance, LIBTORCH};
use crate::data::Split;
use crate::data::split::cluster_names;
use crate::error::{Error, Result};
use crate::eval::metric;
use crate::eval::version::Versions;
use crate::report::{
    Cost, Facts, Record, Report, Stretch, TestItems, prediction_path, write_predictions,
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

impl<'a> Results<'a> {
    /// Nothing yet, to be written to `folder`.
    pub fn new(bench: &'a Bench<'a>, folder: &Path) -> Results<'a> {
        let facts = facts(bench.plan);
        let (records, costs, training, runs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (folder, failed, written) = (folder.to_path_buf(), 0, None);
        Results { bench, folder, facts, records, costs, training, runs, failed, written }
    }

    /// Adds a run that finished, with the loss of each of its training steps.
    ///
    /// # Errors
    /// When a prediction cannot be scored or written.
    pub fn add(
        &mut self,
        planned: &PlannedRow<'_>,
        seed: Option<u64>,
        outcome: &RunOutcome,
        losses: &[f64],
    ) -> Result<()> {
        for answered in &outcome.tasks {
            let task = self.task(&answered.task)?;
            self.write_predictions(planned, seed, task, answered)?;
            if answered.task == task.task.name {
                self.write_labelled(seed, task)?;
            }
            for name in &task.task.metrics {
                let scored = self.scored((planned, seed), task, answered, name)?;
                self.records.push(scored);
            }
        }
        self.training.extend(Stretch::all(&planned.row.name, seed, losses));
        self.costs.push(cost(planned, seed, outcome, device::name(self.bench.device)));
        self.runs.push(RunFacts::new(planned, seed, outcome, &self.bench.plan.tasks)?);
        Ok(())
    }

    /// The score of an answer by one metric.
    fn scored(
        &self,
        (planned, seed): (&PlannedRow<'_>, Option<u64>),
        task: &PlannedTask,
        answered: &Answered,
        metric: &str,
    ) -> Result<Record> {
        let score = metric::mean_score(metric::by_name(metric)?, &answered.predictions)?;
        let choice = answered.choice()?;
        let first = Chance { seed: seed.unwrap_or(1), draw: 1 };
        let split = self.split(task)?;
        let place = (answered.task.as_str(), split.as_str());
        Ok(Record {
            protocol: choice.protocol().into(),
            fraction: choice.learned().then(|| task.share(first)),
            value: score.value,
            n: Some(score.n),
            status: Record::status_of(&score).into(),
            run: answered.run()?,
            ..self.record(planned, seed, place, metric)?
        })
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
        let measured = metric::by_name(metric)?;
        Ok(Record {
            suite: suite.name.clone(),
            version: Versions {
                suite: suite.version,
                task: self.bench.plan.version_of(task),
                metric: measured.version(),
            },
            task: task.to_string(),
            metric: metric.to_string(),
            higher_is_better: measured.higher_is_better(),
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
