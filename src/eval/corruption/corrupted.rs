//! Items of a corpus, heard through a corruption.

use std::sync::Arc;

use super::{Corruption, VERSION};
use crate::audio::Wave;
use crate::data::{Corpus, Item};
use crate::error::Result;
use crate::settings;

/// Some items of a corpus, heard through a corruption.
pub struct Corrupted {
    name: String,
    corpus: Arc<dyn Corpus>,
    corruption: Corruption,
    /// Their places in the corpus.
    places: Vec<usize>,
    items: Vec<Item>,
}

impl Corrupted {
    /// The items at these places of `corpus`, in their order.
    pub fn new(corpus: Arc<dyn Corpus>, places: Vec<usize>, corruption: Corruption) -> Corrupted {
        let name = Corrupted::name_of(corpus.name(), &corruption);
        let items = places.iter().map(|place| corpus.items()[*place].clone()).collect();
        Corrupted { name, corpus, corruption, places, items }
    }

    /// What a corpus is called when it is heard through a corruption: `songs@severity_2`.
    pub fn name_of(corpus: &str, corruption: &Corruption) -> String {
        format!("{corpus}@{}", corruption.id())
    }
}

impl Corpus for Corrupted {
    fn name(&self) -> &str {
        &self.name
    }

    fn items(&self) -> &[Item] {
        &self.items
    }

    fn load(&self, index: usize) -> Result<Wave> {
        // Sums must not depend on the number of threads.
        tch::set_num_threads(1);
        let wave = self.corpus.load(self.places[index])?;
        self.corruption.apply(&wave, &mut self.corruption.stream(&self.items[index].id))
    }

    fn identity(&self) -> Result<String> {
        let ids: Vec<&str> = self.items.iter().map(|item| item.id.as_str()).collect();
        settings::hash(&(VERSION, self.corruption.id(), ids, self.corpus.identity()?))
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        self.corpus.traces(self.places[index])
    }

    fn is_recorded(&self) -> bool {
        self.corpus.is_recorded()
    }
}
