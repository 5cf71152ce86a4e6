//! Tasks asked once more: of their test items through corruptions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::PlannedTask;
use crate::data::{Corpora, Split};
use crate::eval::corruption::{Corrupted, Corruption};
use crate::eval::unit::Unit;
use crate::report::CorruptedFacts;

/// A task's test items through a corruption.
pub struct CorruptedTest {
    /// What the task is called then: `style@severity_2`.
    pub name: String,
    /// The corpus of corrupted items.
    pub corpus: String,
    /// What is done to the sound.
    pub corruption: Corruption,
    /// Places of the task's test items in that corpus.
    pub places: Vec<usize>,
}

/// What is embedded in one go.
#[derive(Clone, Copy)]
pub struct Sound<'b> {
    /// Name of the corpus it is in.
    pub corpus: &'b str,
    /// What a row is made of.
    pub unit: Unit,
    /// The split whose train items are embedded in train mode, and how many clips at once.
    pub drift: Option<(&'b Split, usize)>,
}

impl PlannedTask {
    /// What is embedded of its corpus.
    pub fn sound(&self) -> Sound<'_> {
        let (unit, drift) = self.task.embedding();
        let drift = drift.map(|batch| (&self.split, batch));
        Sound { corpus: &self.task.corpus, unit, drift }
    }

    /// All that it embeds: the corpus as it is, and its test items through each corruption.
    pub fn sounds(&self) -> impl Iterator<Item = Sound<'_>> {
        let unit = self.task.embedding().0;
        let corrupted = self.corrupted.iter();
        let corrupted =
            corrupted.map(move |test| Sound { corpus: &test.corpus, unit, drift: None });
        std::iter::once(self.sound()).chain(corrupted)
    }

    /// The names under which its answers are stored.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let corrupted = self.corrupted.iter().map(|test| test.name.as_str());
        std::iter::once(self.task.name.as_str()).chain(corrupted)
    }

    /// What a report needs to know of it through each corruption.
    pub fn corrupted_facts(&self) -> impl Iterator<Item = CorruptedFacts> {
        self.corrupted.iter().map(|CorruptedTest { name, corruption, .. }| CorruptedFacts {
            name: name.clone(),
            of: self.task.name.clone(),
            corruption: corruption.change.family().into(),
            level: corruption.change.level(),
            probability: corruption.probability(),
        })
    }
}

/// Adds the corrupted test items of all tasks to the corpora: those of one corpus through one
/// corruption together, so that each is made and embedded once.
pub fn add_corrupted(corpora: &mut Corpora, tasks: &mut [PlannedTask]) {
    let mut tested: BTreeMap<String, (&str, Corruption, BTreeSet<usize>)> = BTreeMap::new();
    for PlannedTask { task, split, .. } in tasks.iter() {
        for corruption in task.corrupted() {
            let name = Corrupted::name_of(&task.corpus, &corruption);
            let none = || (task.corpus.as_str(), corruption, BTreeSet::new());
            tested.entry(name).or_insert_with(none).2.extend(&split.test);
        }
    }
    let mut made = BTreeMap::new();
    for (name, (corpus, corruption, items)) in tested {
        let places: Vec<usize> = items.into_iter().collect();
        let corrupted = Corrupted::new(corpora[corpus].clone(), places.clone(), corruption);
        corpora.insert(name.clone(), Arc::new(corrupted));
        made.insert(name, places);
    }
    for PlannedTask { task, split, corrupted, .. } in tasks {
        let one = |corruption: Corruption| {
            let corpus = Corrupted::name_of(&task.corpus, &corruption);
            let place = |item: &usize| made[&corpus].binary_search(item).ok();
            let places = split.test.iter().filter_map(place).collect();
            let name = format!("{}@{}", task.name, corruption.name());
            CorruptedTest { name, corpus, corruption, places }
        };
        *corrupted = task.corrupted().into_iter().map(one).collect();
    }
}
