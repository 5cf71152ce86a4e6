//! Tasks asked once more: their test items, heard through corruptions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plan::PlannedTask;
use super::stages::{Bench, Ready};
use super::stores::Stores;
use crate::data::{Corpora, Split};
use crate::error::Result;
use crate::eval::corruption::{Corrupted, Corruption};
use crate::eval::probe::Embedded;
use crate::eval::unit::Unit;
use crate::report::HeardFacts;

/// A task's test items, heard through a corruption.
pub struct Heard {
    /// What the task is called then: `style@severity_2`.
    pub name: String,
    /// The corpus of corrupted items.
    pub corpus: String,
    /// The corruption.
    pub corruption: Corruption,
    /// Places of the task's test items in that corpus.
    pub places: Vec<usize>,
}

/// What is embedded in one go.
#[derive(Clone, Copy)]
pub struct Sound<'b> {
    /// The corpus.
    pub corpus: &'b str,
    /// What a row is made of.
    pub unit: Unit,
    /// The split whose train items are embedded in train mode, and how many clips at once.
    pub drift: Option<(&'b Split, usize)>,
    /// Whether it is heard through a corruption.
    pub corrupted: bool,
}

/// What a task's probes read.
pub struct Sounds {
    /// The embeddings of the whole corpus, clean.
    pub clean: Embedded,
    /// The name of their stage.
    pub name: String,
    /// The embeddings of the test items through each corruption.
    pub heard: Vec<Embedded>,
    /// The names of their stages.
    pub heard_names: Vec<String>,
}

impl PlannedTask {
    /// What is embedded of its corpus.
    pub fn sound(&self) -> Sound<'_> {
        let (unit, drift) = self.task.embedding();
        let drift = drift.map(|batch| (&self.split, batch));
        Sound { corpus: &self.task.corpus, unit, drift, corrupted: false }
    }

    /// What is embedded of its test items through each corruption.
    pub fn corrupted(&self) -> impl Iterator<Item = Sound<'_>> {
        let unit = self.task.embedding().0;
        self.heard.iter().map(move |heard| Sound {
            corpus: &heard.corpus,
            unit,
            drift: None,
            corrupted: true,
        })
    }

    /// The names under which its answers are stored.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let heard = self.heard.iter().map(|heard| heard.name.as_str());
        std::iter::once(self.task.name.as_str()).chain(heard)
    }

    /// What a report needs to know of it through each corruption.
    pub fn heard_facts(&self) -> impl Iterator<Item = HeardFacts> {
        self.heard.iter().map(|Heard { name, corruption, .. }| HeardFacts {
            name: name.clone(),
            of: self.task.name.clone(),
            corruption: corruption.change.family().into(),
            level: corruption.change.level(),
            probability: corruption.probability(),
        })
    }
}

impl Bench<'_> {
    /// The embeddings that a task's probes ask for, on the CPU.
    ///
    /// # Errors
    /// When a corpus cannot be read or an embedding is not finite.
    pub fn sounds(
        &self,
        ready: &Ready,
        planned: &PlannedTask,
        seed: u64,
        stores: &mut Stores<'_>,
    ) -> Result<Sounds> {
        let (clean, name) = self.embeddings(ready, &planned.sound(), seed, stores)?;
        let (mut heard, mut heard_names) = (Vec::new(), Vec::new());
        for (sound, Heard { places, .. }) in planned.corrupted().zip(&planned.heard) {
            let (embedded, name) = self.embeddings(ready, &sound, seed, stores)?;
            heard.push(embedded.pick(places, tch::Device::Cpu));
            heard_names.push(name);
        }
        Ok(Sounds { clean, name, heard, heard_names })
    }
}

/// Adds the corrupted test items of all tasks to the corpora: those of one corpus through one
/// corruption together, so that each is made and embedded once.
pub fn listen(corpora: &mut Corpora, tasks: &mut [PlannedTask]) {
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
    for PlannedTask { task, split, heard, .. } in tasks {
        let one = |corruption: Corruption| {
            let corpus = Corrupted::name_of(&task.corpus, &corruption);
            let place = |item: &usize| made[&corpus].binary_search(item).ok();
            let places = split.test.iter().filter_map(place).collect();
            let name = format!("{}@{}", task.name, corruption.name());
            Heard { name, corpus, corruption, places }
        };
        *heard = task.corrupted().into_iter().map(one).collect();
    }
}
