//! Compares what is heard: recordings that are trained on and tested under two names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::training_items::{Clean, check_left, refusal};
use crate::cli::run::plan::{Plan, PlannedTask};
use crate::data::split::{HEARD, Heard, Leak, heard_again};
use crate::data::{Corpora, Front, Store};
use crate::error::{Error, Result};
use crate::{files, settings};

/// What is left of some items of a corpus, once recordings are compared.
type Compared = BTreeMap<(String, Vec<usize>), Clean>;

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
    /// The corpora whose recordings are compared: those that are trained on and those that are
    /// tested, if there are recordings among both.
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

    /// Leaves out what rows would be trained on although it is heard in what is tested; `false`
    /// where the landmarks that tell are not all in `folder`.
    ///
    /// # Errors
    /// When the suite does not leave such items out, or none is left.
    pub fn compare_recordings(&mut self, folder: &Path) -> Result<bool> {
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
        let mut known = Compared::new();
        for row in 0..self.rows.len() {
            self.compare_row(row, &landmarks, &mut known)?;
        }
        Ok(true)
    }

    /// Does so for one row; `known` is what was found for others.
    fn compare_row(
        &mut self,
        row: usize,
        landmarks: &Landmarks,
        known: &mut Compared,
    ) -> Result<()> {
        let mut unlabelled = Vec::new();
        for (name, items) in &self.rows[row].unlabelled {
            let clean = self.clean((name, items), landmarks, known)?;
            if !clean.leaking.is_empty() && !self.suite.pretrain.exclude_held_out {
                let wrong = refusal(&clean.leaking);
                return Err(Error::settings(format!("corpus {name}"), wrong));
            }
            unlabelled.push((name.clone(), clean));
        }
        if let Some(labels) = &self.rows[row].labelled {
            let name = labels.source.corpus.clone();
            let clean = self.clean((&name, &labels.items), landmarks, known)?;
            check_left(&labels.source, &clean.items)?;
            let items = self.noted(&name, clean, "labels: ");
            if let Some(labels) = &mut self.rows[row].labelled {
                labels.items = items;
            }
        }
        let mut left = Vec::new();
        for (name, clean) in unlabelled {
            let items = self.noted(&name, clean, "");
            left.push((name, items));
        }
        self.rows[row].unlabelled = left;
        Ok(())
    }

    /// Notes what is left out of a corpus, warns of the rest as what it is `of`, and gives what is
    /// left.
    fn noted(&mut self, name: &str, clean: Clean, of: &str) -> Vec<usize> {
        let Clean { items, leaking, overlaps } = clean;
        if !leaking.is_empty() {
            let leaks = leaking.into_iter().map(|leak| (leak.item, leak));
            self.heard_again.entry(name.to_string()).or_default().extend(leaks);
        }
        for overlap in overlaps.into_iter().map(|overlap| format!("{of}{overlap}")) {
            if !self.warnings.contains(&overlap) {
                self.warnings.push(overlap);
            }
        }
        items
    }

    /// Of some items of a corpus those that are not tested as well.
    fn clean(
        &self,
        (name, items): (&str, &[usize]),
        landmarks: &Landmarks,
        known: &mut Compared,
    ) -> Result<Clean> {
        let asked = (name.to_string(), items.to_vec());
        if let Some(clean) = known.get(&asked) {
            return Ok(clean.clone());
        }
        let find = |items: &[usize], planned: &PlannedTask| {
            landmarks.leaks(&self.corpora, (name, items), planned)
        };
        let allow = self.suite.pretrain.allow_overlap;
        let clean = Clean::new(&self.tasks, (name, items.to_vec()), allow, &find)?;
        known.insert(asked, clean.clone());
        Ok(clean)
    }
}
