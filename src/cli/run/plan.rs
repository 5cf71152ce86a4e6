//! From a suite's text to everything that is needed to run it: names resolved, corpora opened,
//! splits drawn.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;
use tch::Device;

use super::absent::{Absent, Lacking, LeftOut, Opened, nothing_left};
use super::heard::{Heard, listen};
use super::row::{PlannedRow, resolve, with_files};
use super::supplies::Supplies;
use crate::cli::{RunArgs, suites};
use crate::data::split::{Divided, PublishedSpec};
use crate::data::{Corpora, Corpus, Division, Item, Split};
use crate::error::{Error, Result, unknown};
use crate::eval::answers::Answers;
use crate::eval::finetune::can_learn;
use crate::eval::probe::Probe;
use crate::eval::suite::{Protocol, Row, Suite, Task, TaskKind};
use crate::eval::version;
use crate::registry::Registry;
use crate::report::{Misquoted, Quoted};
use crate::seed::Seed;
use crate::settings;

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
    /// The command that makes these results.
    pub command: String,
    /// Whether the command line asks for another table than the suite's.
    pub changed: bool,
}

/// A task with its split and answers.
pub struct PlannedTask {
    /// As the suite says.
    pub task: Task,
    /// Items of train, valid and test that have an answer.
    pub split: Split,
    /// Where a published split comes from; empty for a drawn one.
    pub origin: String,
    /// The answers of the whole corpus.
    pub answers: Answers,
    /// Rows it is not asked of.
    pub spared: BTreeSet<String>,
    /// What a reader of its table must be told.
    pub warnings: Vec<String>,
    /// Its test items, heard through corruptions.
    pub heard: Vec<Heard>,
    /// The published rows that its table shows besides.
    pub published: Vec<Quoted>,
}

impl PlannedTask {
    /// The items of valid and test.
    pub fn held_out(&self) -> Vec<usize> {
        self.split.valid.iter().chain(&self.split.test).copied().collect()
    }

    /// Whether a published split has the item in train.
    pub fn publishes(&self, item: usize) -> bool {
        !self.origin.is_empty() && self.split.train.binary_search(&item).is_ok()
    }
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
        let mut rows = Vec::new();
        for row in &suite.rows {
            rows.push(resolve(registry, row, suite.precision).map_err(|e| wrong(row, e))?);
        }
        let Opened { mut corpora, mut absent, gone } = Opened::new(&suite, lacking, &args.store)?;
        let mut warnings = Vec::new();
        let mut left_out = LeftOut::default();
        let mut tasks = Vec::new();
        for task in &suite.tasks {
            match gone.get(&task.corpus) {
                Some(why) => left_out.tasks.push((task.clone(), why.clone())),
                None => {
                    tasks.push(plan_task(task, corpora[&task.corpus].as_ref(), &mut warnings)?);
                }
            }
        }
        if tasks.is_empty() {
            return Err(nothing_left(&place, &absent, &suite));
        }
        let mut kept = Vec::new();
        for (planned, why) in with_files(&suite, rows, &wrong)? {
            if let Some(why) = &why {
                let (row, about) = (&planned.row.name, planned.row.note.clone());
                absent.push(Absent { why: format!("row {row}: {why}"), about });
            }
            match why {
                Some(why) if lacking == Lacking::LeftOut => left_out.rows.push((planned, why)),
                _ => kept.push(planned),
            }
        }
        let supplies = Supplies {
            suite: &suite,
            corpora: &corpora,
            tasks: &tasks,
            gone: &gone,
            place: &place,
        };
        let rows = supplies.hand_out(kept, &mut left_out, &mut warnings)?;
        tasks.iter_mut().try_for_each(|planned| spare(planned, &suite, &rows))?;
        if rows.is_empty() {
            return Err(nothing_left(&place, &absent, &suite));
        }
        warnings.extend(only_trained_on(&suite, &corpora));
        listen(&mut corpora, &mut tasks);
        let command = command(args);
        Ok(Plan { suite, corpora, rows, tasks, absent, left_out, warnings, command, changed })
    }
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
        let name = asked.split('@').next().unwrap_or(asked);
        let task = self.suite.tasks.iter().find(|task| task.name == name);
        task.map_or(version::first(), |task| task.version)
    }

    /// The row of that name.
    ///
    /// # Errors
    /// When it is left out of this run.
    pub fn row(&self, name: &str) -> Result<&PlannedRow<'a>> {
        let found = self.rows.iter().find(|planned| planned.row.name == name);
        found.ok_or_else(|| Error::Invalid(format!("the row {name} is left out of this run")))
    }
}

fn command(args: &RunArgs) -> String {
    let mut words = vec!["bench run".to_string(), quoted(&args.suite.display().to_string())];
    words.extend(args.seeds.map(|seeds| format!("--seeds {seeds}")));
    words.extend(
        (!args.only.is_empty()).then(|| format!("--only {}", quoted(&args.only.join(",")))),
    );
    words.extend(args.set.iter().map(|assignment| format!("--set {}", quoted(assignment))));
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./,=:+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn read(registry: &Registry, args: &RunArgs) -> Result<(Suite, String, bool)> {
    let (text, file) = suites::find(&args.suite)?;
    let written: Suite = settings::parse(&text, &file)?;
    let mut value: Value = settings::parse(&text, &file)?;
    for assignment in &args.set {
        settings::set(&mut value, assignment)?;
    }
    let changes = if args.set.is_empty() { "" } else { ", changed by --set" };
    let place = format!("{file}{changes}");
    let mut suite: Suite = settings::from_value(value, &place)?;
    suite.seeds = args.seeds.unwrap_or(suite.seeds);
    let mut changed = hash_of_table(&suite)? != hash_of_table(&written)?;
    for row in &suite.rows {
        let name = if row.name.is_empty() { &row.method } else { &row.name };
        let place = || format!("{place}, row {name}");
        registry.find(&row.method).map_err(|e| Error::settings(place(), e.told()))?;
    }
    let mut suite = suite.check(&place)?;
    check_claims(&suite, &file, &text)?;
    if !args.only.is_empty() {
        let known: Vec<&str> = suite.rows.iter().map(|row| row.name.as_str()).collect();
        if let Some(name) = args.only.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(Error::settings("--only", unknown("row", name, known)));
        }
        let mut kept: BTreeSet<String> = args.only.iter().cloned().collect();
        kept.insert(suite.baseline.clone());
        let origins = suite.rows.iter().filter(|row| kept.contains(&row.name));
        kept.extend(origins.filter_map(|row| row.from.clone()).collect::<Vec<_>>());
        let rows = suite.rows.len();
        suite.rows.retain(|row| kept.contains(&row.name));
        changed |= suite.rows.len() < rows;
    }
    Ok((suite, place, changed))
}

/// Whether what a suite expects and quotes is there; what is not is told with its line in the suite's text.
fn check_claims(suite: &Suite, place: &str, text: &str) -> Result<()> {
    let wrong = |words: &str, message: String| {
        Err(Error::settings(settings::line_of(place, text, words), message))
    };
    suite.check_expected().or_else(|(claim, message)| wrong(claim.text(), message))?;
    for task in &suite.tasks {
        let quoted = Quoted::all(task);
        quoted.map(|_| ()).or_else(|Misquoted { words, message }| wrong(&words, message))?;
    }
    Ok(())
}

/// The hash of what decides a suite's table: all but where on this machine its corpora lie.
fn hash_of_table(suite: &Suite) -> Result<String> {
    settings::hash(&Suite { variables: BTreeMap::new(), ..suite.clone() })
}

/// A variable's value: the suite's, or that of the environment.
pub fn lookup(suite: &Suite, variable: &str) -> Option<String> {
    suite.variables.get(variable).cloned().flatten().or_else(|| std::env::var(variable).ok())
}

fn plan_task(task: &Task, corpus: &dyn Corpus, warnings: &mut Vec<String>) -> Result<PlannedTask> {
    let place = format!("task {}", task.name);
    let answers = Answers::new(&task.targets, task.kind.target(), corpus.items())
        .map_err(|e| Error::data(format!("{place}, corpus {}", task.corpus), e.told()))?;
    let single = matches!(task.kind, TaskKind::Key | TaskKind::Class);
    let target = single.then_some(task.targets[0].as_str());
    let Divided { mut split, origin } =
        task.split.of(corpus, target).map_err(|e| Error::settings(&place, e.told()))?;
    for part in [&mut split.train, &mut split.valid, &mut split.test] {
        part.retain(|item| answers.has(*item));
    }
    let parts = &split.parts()[if task.kind == TaskKind::Retrieval { 2 } else { 0 }..];
    check_parts(&task.split, parts).map_err(|e| Error::settings(&place, e))?;
    if task.kind == TaskKind::Retrieval {
        warnings.extend(alone(task, corpus.items(), &split.test)?);
    } else {
        for warning in split.lacking(corpus.items(), &task.targets[0]) {
            warnings.push(format!("{place}: {warning}"));
        }
    }
    if let Protocol::Probe(Probe::Neighbours(neighbours)) = task.protocol()?
        && neighbours.most() > split.train.len()
    {
        let (most, train) = (neighbours.most(), split.train.len());
        let message = format!("knn: k is {most}, but train has only {train} items");
        return Err(Error::settings(&place, message));
    }
    task.part().check_size(split.train.len()).map_err(|e| Error::settings(&place, e))?;
    let mut told = corpus.remarks().to_vec();
    if !origin.is_empty() {
        told.extend(split.overlaps(corpus.items()));
    }
    let published = Quoted::all(task).map_err(|e| Error::settings(&place, e.message))?;
    let (task, spared, heard) = (task.clone(), BTreeSet::new(), Vec::new());
    Ok(PlannedTask { task, split, origin, answers, spared, warnings: told, heard, published })
}

/// Settles which rows a task is not asked of, and says why: those that the suite leaves out, and
/// those that have nothing to fine-tune.
fn spare(planned: &mut PlannedTask, suite: &Suite, rows: &[PlannedRow<'_>]) -> Result<()> {
    let PlannedTask { task, spared, warnings, .. } = planned;
    if !task.rows.is_empty() {
        let others = suite.rows.iter().map(|row| &row.name).filter(|row| !task.rows.contains(row));
        spared.extend(others.cloned());
        warnings.push(format!("asked of {} alone", task.rows.join(", ")));
    }
    if task.finetune.is_none() {
        return Ok(());
    }
    let mut rigid = Vec::new();
    for row in rows.iter().filter(|row| !spared.contains(&row.row.name)) {
        if !can_learn(&row.network(None, Seed::new(0), Device::Cpu)?)? {
            rigid.push(row.row.name.clone());
        }
    }
    if !rigid.is_empty() {
        warnings.push(format!("not asked of {}: no weights to fine-tune", rigid.join(", ")));
    }
    spared.extend(rigid);
    Ok(())
}

/// A probe is fitted on train, chosen on valid and scored on test; retrieval is of test alone.
fn check_parts(division: &Division, parts: &[(&str, &[usize])]) -> Result<(), String> {
    let Some((part, _)) = parts.iter().find(|(_, items)| items.is_empty()) else { return Ok(()) };
    Err(match (division, *part) {
        (Division::Published(PublishedSpec { published, valid: None, .. }), "valid") => format!(
            "split {published} leaves valid empty, so that nothing could be chosen; `split: \
             {{published: {published}, valid: 0.2, seed: 1}}` draws valid from train"
        ),
        (Division::Published(spec), part) => {
            format!("split {} has no item of {part} with an answer", spec.published)
        }
        (Division::Drawn(_), part) => format!(
            "split has no item of {part} with an answer; train, valid and test each need some"
        ),
    })
}

/// A warning where some test items have no other of their class to find.
fn alone(task: &Task, items: &[Item], test: &[usize]) -> Result<Option<String>> {
    let (place, target) = (format!("task {}", task.name), &task.targets[0]);
    let mut sizes: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    test.iter().for_each(|item| *sizes.entry(items[*item].class(target)).or_default() += 1);
    match (sizes.values().filter(|size| **size == 1).count(), test.len()) {
        (0, _) => Ok(None),
        (alone, all) if alone == all => {
            let message = format!("no two of the {all} test items share {target}: nothing to find");
            Err(Error::data(format!("{place}, corpus {}", task.corpus), message))
        }
        (alone, all) => Ok(Some(format!(
            "{place}: {alone} of {all} test items have no other of the same {target} to find; \
             they count 0 in map and mr1, and are left out where the metric says without_empty"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

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
}
