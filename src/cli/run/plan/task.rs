//! A task with its split and answers.

use std::collections::{BTreeMap, BTreeSet};

use tch::Device;

use super::corrupted::CorruptedTest;
use super::row::PlannedRow;
use crate::data::split::{Divided, PublishedSpec};
use crate::data::{Corpus, Division, Item, Split};
use crate::error::{Error, Result};
use crate::eval::answers::Answers;
use crate::eval::finetune::can_learn;
use crate::eval::probe::Probe;
use crate::eval::suite::{Protocol, Suite, Task, TaskKind};
use crate::report::Quoted;
use crate::seed::Seed;

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
    /// The same asked of its test items through each corruption.
    pub corrupted: Vec<CorruptedTest>,
    /// The published rows that its table shows besides.
    pub published: Vec<Quoted>,
}

impl PlannedTask {
    /// Divides the items that have an answer; what all readers must be told is added to `warnings`.
    ///
    /// # Errors
    /// When the corpus has no such answers or split, or not enough items of a part.
    pub fn new(
        task: &Task,
        corpus: &dyn Corpus,
        warnings: &mut Vec<String>,
    ) -> Result<PlannedTask> {
        let place = format!("task {}", task.name);
        let wrong = |message: String| Error::settings(&place, message);
        let answers = Answers::new(&task.targets, task.kind.target(), corpus.items())
            .map_err(|e| Error::data(format!("{place}, corpus {}", task.corpus), e.told()))?;
        let single = matches!(task.kind, TaskKind::Key | TaskKind::Class);
        let target = single.then_some(task.targets[0].as_str());
        let Divided { mut split, origin } =
            task.split.of(corpus, target).map_err(|e| wrong(e.told()))?;
        for part in [&mut split.train, &mut split.valid, &mut split.test] {
            part.retain(|item| answers.has(*item));
        }
        check_sizes(task, &split).map_err(wrong)?;
        check_rate(task, corpus).map_err(wrong)?;
        if task.kind == TaskKind::Retrieval {
            warnings.extend(alone(task, corpus.items(), &split.test)?);
        } else {
            let lacking = split.lacking(corpus.items(), &task.targets[0]);
            warnings.extend(lacking.into_iter().map(|warning| format!("{place}: {warning}")));
        }
        let mut told = corpus.remarks().to_vec();
        if !origin.is_empty() {
            told.extend(split.overlaps(corpus.items()));
        }
        let published = Quoted::all(task).map_err(|misquoted| wrong(misquoted.message))?;
        let (task, spared, warnings, corrupted) = (task.clone(), BTreeSet::new(), told, Vec::new());
        Ok(PlannedTask { task, split, origin, answers, spared, warnings, corrupted, published })
    }

    /// The items of valid and test.
    pub fn held_out(&self) -> Vec<usize> {
        self.split.valid.iter().chain(&self.split.test).copied().collect()
    }

    /// Whether a published split has the item in train.
    pub fn publishes(&self, item: usize) -> bool {
        !self.origin.is_empty() && self.split.train.binary_search(&item).is_ok()
    }

    /// Settles which rows it is not asked of, and says why: those that the suite leaves out, and
    /// those that have nothing to fine-tune.
    ///
    /// # Errors
    /// When a row's network cannot be made.
    pub fn spare(&mut self, suite: &Suite, rows: &[PlannedRow<'_>]) -> Result<()> {
        let PlannedTask { task, spared, warnings, .. } = self;
        if !task.rows.is_empty() {
            let others =
                suite.rows.iter().map(|row| &row.name).filter(|row| !task.rows.contains(row));
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
}

/// Every part has items, and train as many as the protocol asks for.
fn check_sizes(task: &Task, split: &Split) -> Result<(), String> {
    let parts = &split.parts()[if task.kind == TaskKind::Retrieval { 2 } else { 0 }..];
    check_parts(&task.split, parts)?;
    let train = split.train.len();
    if let Ok(Protocol::Probe(Probe::Neighbours(neighbours))) = task.protocol()
        && neighbours.most() > train
    {
        let most = neighbours.most();
        return Err(format!("knn: k is {most}, but train has only {train} items"));
    }
    task.part().check_size(train)
}

/// The corpus's rate, where it is known before any sound is read, holds every corruption.
fn check_rate(task: &Task, corpus: &dyn Corpus) -> Result<(), String> {
    let Some(rate) = corpus.rate() else { return Ok(()) };
    for corruption in task.corrupted() {
        let wrong = |e: Error| {
            let (name, corpus) = (corruption.name(), &task.corpus);
            format!("corruptions: {name} cannot be at the {rate} Hz of {corpus}: {}", e.told())
        };
        corruption.check(rate).map_err(wrong)?;
    }
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
