//! The beginning of a corpus.

use super::{Corpus, Item};
use crate::audio::Wave;
use crate::error::Result;
use crate::settings;

/// The first items of a corpus, for a look at it that need not decode all.
pub struct First<'a> {
    corpus: &'a dyn Corpus,
    items: usize,
}

impl<'a> First<'a> {
    /// The first `items`, or all where there are fewer.
    pub fn new(corpus: &'a dyn Corpus, items: usize) -> First<'a> {
        First { corpus, items: items.min(corpus.items().len()) }
    }
}

impl Corpus for First<'_> {
    fn name(&self) -> &str {
        self.corpus.name()
    }

    fn items(&self) -> &[Item] {
        &self.corpus.items()[..self.items]
    }

    fn load(&self, index: usize) -> Result<Wave> {
        self.corpus.load(index)
    }

    fn identity(&self) -> Result<String> {
        settings::hash(&("first", self.items, self.corpus.identity()?))
    }

    fn is_recorded(&self) -> bool {
        self.corpus.is_recorded()
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        self.corpus.traces(index)
    }
}
