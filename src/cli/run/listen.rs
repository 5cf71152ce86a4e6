//! Compares what is heard: recordings that are trained on and tested under two names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::plan::{Plan, PlannedTask};
use super::training_items::{Clean, refusal};
use crate::data::split::{HEARD, Heard, Leak, heard_again};
use crate::data::{Corpora, Front, Store};
use crate::error::{Error, Result};
use crate::{files, settings};

/// The landmarks of corpora, by name, and the folder where what they tell is kept.
struct Landmarks {
    stores: BTreeMap<String, Store>,
    folder: PathBuf,
}

impl Landmarks {
    /// What of some items of a corpus is heard in what a task tests; found once for all processes.
    fn leaks(
        &self,
        corpora: &Corpora,
        (name, items): (&str, &[usize]),
        planned: &PlannedTask,
    ) -> Result<Vec<Leak>> {
        let (other, held_out) = (planned.task.corpus.as_str(), planned.held_out());
        let heard = |name: &str, items| {
            let (corpus, landmarks) = (corpora[name].as_ref(), self.stores.get(name)?);
            Some(Heard { corpus, landmarks, items })
        };
        let (Some(trained), Some(tested)) = (heard(name, items), heard(other, held_out.as_slice()))
        else {
            return Ok(Vec::new());
        };
        let of = |heard: Heard<'_>| {
            let store = Front::Landmarks.store_name(heard.corpus)?;
            Ok::<_, Error>((store, heard.corpus.name().to_string(), heard.items.to_vec()))
        };
        let name = settings::hash(&(HEARD, of(trained)?, of(tested)?))?;
        let path = self.folder.join(format!("heard-{name}.json"));
        // What cannot be kept is found again.
        let _lock = files::lock(&self.folder.join("heard.lock"));
        if let Ok(known) = files::read_json(&path) {
            return Ok(known);
        }
        let leaks = heard_again(trained, tested)?;
        let _ = files::write_json(&path, &leaks);
        Ok(leaks)
    }
}

impl Plan<'_> {
    /// The corpora whose recordings are compared: those that are trained on and those that are tested, if
    /// there are recordings among both.
    pub fn compared(&self) -> BTreeSet<&str> {
        let recorded = |name: &&str| self.corpora[*name].is_recorded();
        let trained = self.rows.iter().flat_map(|planned| planned.trained_on());
        let tested = self.tasks.iter().map(|planned| planned.task.corpus.as_str());
        let trained: BTreeSet<&str> = trained.filter(recorded).collect();
        let tested: BTreeSet<&str> = tested.filter(recorded).collect();
        match trained.is_empty() || tested.is_empty() {
            true => BTreeSet::new(),
            false => &trained | &tested,
        }
    }

    /// Leaves out what rows would be trained on although it is heard in what is tested; `false` where the
    /// landmarks that tell are not all in `folder`.
    ///
    /// # Errors
    /// When the suite does not leave such items out, or none is left.
    pub fn listen(&mut self, folder: &Path) -> Result<bool> {
        let mut stores = BTreeMap::new();
        for name in self.compared() {
            let store = Front::Landmarks.store_name(self.corpora[name].as_ref())?;
            let Some(store) = Store::open(&folder.join(store))? else { return Ok(false) };
            stores.insert(name.to_string(), store);
        }
        if stores.is_empty() {
            return Ok(true);
        }
        let landmarks = Landmarks { stores, folder: folder.to_path_buf() };
        let mut heard = BTreeMap::new();
        for at in 0..self.rows.len() {
            self.listen_for(at, &landmarks, &mut heard)?;
        }
        Ok(true)
    }

    /// Does so for one row; `heard` is what was found for others.
    fn listen_for(
        &mut self,
        row: usize,
        landmarks: &Landmarks,
        heard: &mut BTreeMap<(String, Vec<usize>), Clean>,
    ) -> Result<()> {
        let planned = &self.rows[row];
        let mut unlabelled = Vec::new();
        for (name, items) in &planned.unlabelled {
            let clean = self.clean((name, items), landmarks, heard)?;
            if !clean.leaking.is_empty() && !self.suite.pretrain.exclude_held_out {
                let wrong = refusal(&clean.leaking);
                return Err(Error::settings(format!("corpus {name}"), wrong));
            }
            unlabelled.push((name.clone(), clean));
        }
        let labelled = planned.labelled.as_ref();
        let labelled = labelled.map(|l| self.clean((&l.source.corpus, &l.items), landmarks, heard));
        let labelled = labelled.transpose()?;
        if let Some((labels, clean)) = self.rows[row].labelled.as_mut().zip(labelled) {
            if clean.items.is_empty() {
                let message = "every labelled item is heard in valid or test";
                return Err(Error::data(format!("labels of {}", labels.source.corpus), message));
            }
            labels.items = clean.items;
            self.warn(clean.overlaps, "labels: ");
        }
        let overlaps = unlabelled.iter().flat_map(|(_, clean)| clean.overlaps.clone()).collect();
        self.warn(overlaps, "");
        self.rows[row].unlabelled =
            unlabelled.into_iter().map(|(name, clean)| (name, clean.items)).collect();
        Ok(())
    }

    /// Of some items of a corpus those that are not tested as well.
    fn clean(
        &self,
        (name, items): (&str, &[usize]),
        landmarks: &Landmarks,
        heard: &mut BTreeMap<(String, Vec<usize>), Clean>,
    ) -> Result<Clean> {
        let asked = (name.to_string(), items.to_vec());
        if let Some(known) = heard.get(&asked) {
            return Ok(known.clone());
        }
        let find = |items: &[usize], planned: &PlannedTask| {
            landmarks.leaks(&self.corpora, (name, items), planned)
        };
        let allow = self.suite.pretrain.allow_overlap;
        let clean = Clean::new(&self.tasks, (name, items.to_vec()), allow, &find)?;
        heard.insert(asked, clean.clone());
        Ok(clean)
    }

    fn warn(&mut self, overlaps: Vec<String>, of: &str) {
        for overlap in overlaps.into_iter().map(|overlap| format!("{of}{overlap}")) {
            if !self.warnings.contains(&overlap) {
                self.warnings.push(overlap);
            }
        }
    }
}
