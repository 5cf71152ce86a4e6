//! From a suite's text to everything that is needed to run it: names resolved, corpora opened,
//! splits drawn.

mod corrupted;
mod labels;
mod row;
mod suite;
mod task;

use std::collections::BTreeMap;

use tch::Device;

use self::corrupted::add_corrupted;
use self::row::{resolve, with_files};
use self::suite::{command, read};
use super::corpora::{Absent, Lacking, LeftOut, Opened, Supplies, nothing_left};
use crate::cli::RunArgs;
use crate::data::Corpora;
use crate::data::split::Leak;
use crate::error::{Error, Result};
use crate::eval::suite::{Row, Suite};
use crate::eval::version;
use crate::registry::Registry;
use crate::seed::Seed;

pub use self::corrupted::{CorruptedTest, Sound};
pub use self::labels::on_curve;
pub use self::row::{Origin, PlannedRow};
pub use self::suite::lookup;
pub use self::task::PlannedTask;

/// A suite ready to run.
pub struct Plan<'a> {
    /// The suite as it will be reported.
    pub suite: Suite,
    /// Its corpora, open, by name, those of corrupted items among them.
    pub corpora: Corpora,
    /// Its rows with their methods.
    pub rows: Vec<PlannedRow<'a>>,
    /// Its tasks with their splits.
    pub tasks: Vec<PlannedTask>,
    /// What is not there.
    pub absent: Vec<Absent>,
    /// What is not done for want of it.
    pub left_out: LeftOut<'a>,
    /// What a reader must be told.
    pub warnings: Vec<String>,
    /// Items of corpora that are not trained on because their recording is tested, by corpus and
    /// place.
    pub heard_again: BTreeMap<String, BTreeMap<usize, Leak>>,
    /// The command that makes these results.
    pub command: String,
    /// Whether the command line asks for another table than the suite's.
    pub changed: bool,
}

impl<'a> Plan<'a> {
    /// Reads a suite with its command-line changes and checks everything that can be checked
    /// without computing.
    ///
    /// # Errors
    /// With what is wrong, where, and what is allowed.
    pub fn new(registry: &'a Registry, args: &RunArgs, lacking: Lacking) -> Result<Plan<'a>> {
        let (suite, place, changed) = read(registry, args)?;
        let wrong =
            |row: &Row, e: Error| Error::settings(format!("{place}, row {}", row.name), e.told());
        let resolved =
            |row| resolve(registry, row, suite.precision).map_err(|error| wrong(row, error));
        let rows = suite.rows.iter().map(resolved).collect::<Result<Vec<_>>>()?;
        let mut opened = Opened::new(&suite, lacking, &args.store)?;
        let (mut left_out, mut warnings) = (LeftOut::default(), Vec::new());
        let mut tasks = asked(&suite, &opened, &mut left_out, &mut warnings)?;
        if tasks.is_empty() {
            return Err(nothing_left(&place, &opened.absent, &suite));
        }
        let rows = with_files(&suite, rows, &wrong)?;
        let rows = made(rows, lacking, &mut left_out, &mut opened.absent);
        let Opened { mut corpora, absent, gone } = opened;
        let supplies = Supplies {
            suite: &suite,
            corpora: &corpora,
            tasks: &tasks,
            gone: &gone,
            place: &place,
        };
        let rows = supplies.hand_out(rows, &mut left_out, &mut warnings)?;
        tasks.iter_mut().try_for_each(|planned| planned.spare(&suite, &rows))?;
        if rows.is_empty() {
            return Err(nothing_left(&place, &absent, &suite));
        }
        check_corruptions(&tasks, &rows, &place)?;
        warnings.extend(only_trained_on(&suite, &corpora));
        add_corrupted(&mut corpora, &mut tasks);
        let (command, heard_again) = (command(args), BTreeMap::new());
        Ok(Plan {
            suite,
            corpora,
            rows,
            tasks,
            absent,
            left_out,
            warnings,
            heard_again,
            command,
            changed,
        })
    }
}

/// The tasks whose corpus is there; the others are left out.
fn asked(
    suite: &Suite,
    opened: &Opened,
    left_out: &mut LeftOut<'_>,
    warnings: &mut Vec<String>,
) -> Result<Vec<PlannedTask>> {
    let mut tasks = Vec::new();
    for task in &suite.tasks {
        if let Some(why) = opened.gone.get(&task.corpus) {
            left_out.tasks.push((task.clone(), why.clone()));
        } else {
            let corpus = opened.corpora[&task.corpus].as_ref();
            tasks.push(PlannedTask::new(task, corpus, warnings)?);
        }
    }
    Ok(tasks)
}

/// The rows whose file is there, or which may stand without; the others are left out.
fn made<'a>(
    rows: Vec<(PlannedRow<'a>, Option<String>)>,
    lacking: Lacking,
    left_out: &mut LeftOut<'a>,
    absent: &mut Vec<Absent>,
) -> Vec<PlannedRow<'a>> {
    let mut kept = Vec::new();
    for (planned, why) in rows {
        if let Some(why) = &why {
            let (row, about) = (&planned.row.name, planned.row.note.clone());
            absent.push(Absent { why: format!("row {row}: {why}"), about });
        }
        match why {
            Some(why) if lacking == Lacking::LeftOut => left_out.rows.push((planned, why)),
            _ => kept.push(planned),
        }
    }
    kept
}

/// What is known without any sound cannot be heard through a corruption.
fn check_corruptions(tasks: &[PlannedTask], rows: &[PlannedRow<'_>], place: &str) -> Result<()> {
    for planned in rows.iter().filter(|planned| planned.recipe.is_none()) {
        let row = &planned.row.name;
        let mut asked = tasks.iter().filter(|task| !task.spared.contains(row));
        let Some(PlannedTask { task, .. }) = asked.find(|task| task.task.corruptions.is_some())
        else {
            continue;
        };
        let network = planned.network(None, Seed::new(0), Device::Cpu)?;
        if network.encoder().recall("", &[])?.is_some() {
            let message = format!(
                "the embeddings of row {row} are stored, and cannot be heard through `corruptions`; leave \
                 these out, or name the `rows` that are asked"
            );
            return Err(Error::settings(format!("{place}, task {}", task.name), message));
        }
    }
    Ok(())
}

/// What must be told of corpora that no task asks about.
fn only_trained_on(suite: &Suite, corpora: &Corpora) -> Vec<String> {
    let asked = |name: &String| suite.tasks.iter().any(|task| task.corpus == *name);
    let others = corpora.iter().filter(|(name, _)| !asked(name));
    others.flat_map(|(_, corpus)| corpus.remarks().to_vec()).collect()
}

impl<'a> Plan<'a> {
    /// The tasks that are asked of a row.
    pub fn tasks_of(&self, row: &str) -> impl Iterator<Item = &PlannedTask> {
        self.tasks.iter().filter(move |planned| !planned.spared.contains(row))
    }

    /// The version of the task that is asked under a name, clean or through a corruption.
    pub fn version_of(&self, asked: &str) -> u32 {
        let asks = |planned: &&PlannedTask| planned.names().any(|name| name == asked);
        let planned = self.tasks.iter().find(asks).map(|planned| &planned.task);
        let left_out =
            || self.left_out.tasks.iter().map(|(task, _)| task).find(|t| t.name == asked);
        planned.or_else(left_out).map_or(version::first(), |task| task.version)
    }

    /// The row of that name.
    ///
    /// # Errors
    /// When it is left out of this run.
    pub fn row(&self, name: &str) -> Result<&PlannedRow<'a>> {
        let found = self.rows.iter().find(|planned| planned.row.name == name);
        found.ok_or_else(|| Error::Invalid(format!("the row {name} is left out of this run")))
    }

    /// Of every corpus the items that are not trained on because their recording is tested,
    /// counted.
    pub fn not_trained_on(&self) -> Vec<String> {
        let told = |(corpus, leaks): (&String, &BTreeMap<usize, Leak>)| {
            let Leak { trained, tested, shared, .. } = leaks.values().next()?;
            let items = if leaks.len() == 1 { "item is" } else { "items are" };
            Some(format!(
                "corpus {corpus}: {} {items} not trained on, since valid or test has the recording: \
                 {trained} shares {shared} with {tested}",
                leaks.len()
            ))
        };
        self.heard_again.iter().filter_map(told).collect()
    }

    /// All that a reader must be told.
    pub fn told(&self) -> Vec<String> {
        self.warnings.iter().cloned().chain(self.not_trained_on()).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use tch::Tensor;

    use super::*;
    use crate::cli::suites;
    use crate::tensors::{self, Named};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RunArgs,
    }

    #[test]
    fn every_suite_that_comes_along_can_be_planned_without_recordings() {
        let registry = Registry::builtin();
        for (name, _) in suites::BUILT_IN {
            let args = Line::parse_from(["bench", name]).args;
            let plan = Plan::new(&registry, &args, Lacking::Expected);
            let needs_music = ["recordings"].contains(name) && std::env::var_os("MUSIC").is_none();
            match plan {
                Ok(plan) => assert_eq!(plan.rows.len(), plan.suite.rows.len(), "{name}"),
                Err(e) => {
                    assert!(needs_music && e.told().contains("MUSIC"), "{name}: {}", e.told())
                }
            }
        }
    }

    #[test]
    fn a_probe_needs_items_of_every_part() {
        let registry = Registry::builtin();
        for part in ["train", "valid", "test"] {
            let set = format!("tasks.key.split.{part}=0");
            let args = Line::parse_from(["bench", "smoke", "--set", &set]).args;
            let refused = Plan::new(&registry, &args, Lacking::LeftOut).err().map(|e| e.told());
            let words = format!("task key: split has no item of {part} with an answer");
            assert!(refused.as_ref().is_some_and(|told| told.contains(&words)), "{refused:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_refused_unless_only_its_size_is_wanted() {
        let registry = Registry::builtin();
        let args = Line::parse_from(["bench", "paper/keymyna"]).args;
        let refused = Plan::new(&registry, &args, Lacking::LeftOut).err().map(|e| e.told());
        assert!(refused.is_some_and(|told| told.contains("the variable GIANTSTEPS has no value")));
        let plan = Plan::new(&registry, &args, Lacking::Expected).expect("a plan");
        let absent: Vec<bool> =
            plan.absent.iter().map(|lacking| lacking.why.contains("MYNA_VERTICAL")).collect();
        assert_eq!(absent, [false, true, true]);
        assert_eq!(plan.corpora["giantsteps"].items().len(), 2090);
    }

    #[test]
    fn a_severity_that_the_rate_of_the_pieces_cannot_hold_is_refused_by_the_plan() {
        let registry = Registry::builtin();
        let set = "corpora.labelled.etudes.rate=8000";
        let args = Line::parse_from(["bench", "robustness", "--set", set]).args;
        let refused = Plan::new(&registry, &args, Lacking::LeftOut).err().expect("a refusal");
        let words = "task style: corruptions: severity_1 cannot be at the 8000 Hz of labelled";
        assert!(refused.is_usage() && refused.told().contains(words), "{}", refused.told());
    }

    #[test]
    fn stored_embeddings_are_asked_nothing_through_corruptions() {
        let registry = Registry::builtin();
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("known.safetensors");
        let ids = Tensor::from_slice(br#"["a"]"#);
        let known = Tensor::zeros([1, 2], (tch::Kind::Float, Device::Cpu));
        let named = Named::from([("ids".into(), ids), ("embeddings".into(), known)]);
        tensors::save(&file, &named, None).expect("a file");
        let set = format!(
            "rows=[{{method: log_mel}}, {{method: embeddings, file: '{}'}}]",
            file.display()
        );
        let line = ["bench", "robustness", "--set", &set, "--set", "questions=[]"];
        let args = Line::parse_from(line).args;
        let refused = Plan::new(&registry, &args, Lacking::LeftOut).err().expect("a refusal");
        let words = "task key: the embeddings of row embeddings are stored";
        assert!(refused.is_usage() && refused.told().contains(words), "{}", refused.told());
    }
}
