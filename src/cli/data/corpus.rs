//! A corpus as the command line names it, with its sound at hand.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use crate::cli::count;
use crate::data::{Corpus, CorpusSpec, Front, Maker, Store};
use crate::error::Result;
use crate::progress::{Meter, Show};

/// How a corpus's sound is prepared.
#[derive(Args, Clone, Debug)]
pub struct SoundArgs {
    /// Where decoded corpora are kept
    #[arg(long, value_name = "DIR", default_value = ".bench")]
    pub store: PathBuf,
    /// Threads that decode and load
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = count())]
    pub threads: usize,
    /// No progress on standard error
    #[arg(long)]
    pub quiet: bool,
}

impl SoundArgs {
    /// How progress is shown.
    pub fn show(&self) -> Show {
        Show::for_stderr(self.quiet)
    }

    /// Opens a corpus as `name`, as [`open`] does, with what the store knows of its sound.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(&self, corpus: &CorpusSpec, name: &str) -> Result<Box<dyn Corpus>> {
        let mut corpus = open(corpus, name)?;
        corpus.note_hashes(&self.store);
        Ok(corpus)
    }

    /// The stores of a corpus behind some front ends, made where they are not there.
    ///
    /// # Errors
    /// When sound cannot be read or a store cannot be written.
    pub fn prepare(&self, corpus: &dyn Corpus, fronts: &[Front]) -> Result<Vec<Store>> {
        let items = corpus.items().len() as u64;
        let mut meter = Meter::new(self.show(), "preparing", items, "items");
        let mut progress = |done: usize, _: usize| meter.set(done as u64, "");
        let folder = self.store.join("corpora");
        let mut maker = Maker { folder: &folder, threads: self.threads, progress: &mut progress };
        let stores = maker.stores(corpus, fronts)?;
        meter.finish();
        Ok(stores)
    }
}

/// Opens a corpus as `name`, with the environment's variables.
///
/// # Errors
/// When it is not there, or anything is wrong with it.
pub fn open(corpus: &CorpusSpec, name: &str) -> Result<Box<dyn Corpus>> {
    corpus.open(name, &BTreeMap::new(), &|name| std::env::var(name).ok())
}
