//! The corpora's stores, made when first asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::run::plan::Plan;
use crate::data::{Front, Maker, Store};
use crate::error::Result;
use crate::progress::{Meter, Show};

/// Opens stores by corpus and front end, and makes all that a corpus needs in one pass.
pub struct Stores<'a> {
    plan: &'a Plan<'a>,
    folder: PathBuf,
    threads: usize,
    show: Show,
    open: BTreeMap<(String, String), Arc<Store>>,
}

impl<'a> Stores<'a> {
    /// Stores under `folder`.
    pub fn new(plan: &'a Plan<'a>, folder: PathBuf, threads: usize, show: Show) -> Stores<'a> {
        Stores { plan, folder, threads, show, open: BTreeMap::new() }
    }

    /// Makes what a corpus lacks of these front ends, decoding every item once.
    ///
    /// # Errors
    /// When sound cannot be read or a store cannot be written.
    pub fn prepare(&mut self, corpus: &str, fronts: &[Front]) -> Result<()> {
        let items = &self.plan.corpora[corpus];
        let mut meter = Meter::new(
            self.show,
            &format!("preparing {corpus}"),
            items.items().len() as u64,
            "items",
        );
        let mut progress = |done: usize, _: usize| meter.set(done as u64, "");
        let mut maker =
            Maker { folder: &self.folder, threads: self.threads, progress: &mut progress };
        let stores = maker.stores(items.as_ref(), fronts)?;
        for (front, store) in fronts.iter().zip(stores) {
            self.open.insert((corpus.to_string(), key(front)), Arc::new(store));
        }
        meter.finish();
        Ok(())
    }

    /// The store of a corpus behind a front end.
    ///
    /// # Errors
    /// As [`Stores::prepare`].
    pub fn get(&mut self, corpus: &str, front: &Front) -> Result<Arc<Store>> {
        let place = (corpus.to_string(), key(front));
        if !self.open.contains_key(&place) {
            self.prepare(corpus, std::slice::from_ref(front))?;
        }
        Ok(self.open[&place].clone())
    }
}

fn key(front: &Front) -> String {
    format!("{front:?}")
}
