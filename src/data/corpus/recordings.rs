//! Sound files as a corpus: what manifests and published data sets have in common.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::hashes::{Notes, hashes};
use super::{Corpus, Item};
use crate::audio::{Wave, decode};
use crate::error::{Error, Result};
use crate::settings::hex;

/// Items whose sound lies in files.
#[derive(Debug)]
pub(in crate::data) struct Recordings {
    name: String,
    /// What groups and works are of: a folder, or a data set.
    home: String,
    items: Vec<Item>,
    excerpts: Vec<Excerpt>,
    /// Where the hashes of the sound files are noted, if anywhere.
    notes: Option<Notes>,
    /// The SHA-256 of every sound file, once they are asked for.
    contents: OnceLock<BTreeMap<Arc<Path>, String>>,
    identity: OnceLock<String>,
}

/// Where an item's sound lies; start and stop in seconds.
#[derive(Clone, Debug)]
pub(in crate::data) struct Excerpt {
    pub file: Arc<Path>,
    pub start: Option<f64>,
    pub stop: Option<f64>,
}

impl Excerpt {
    /// Its samples among those of the whole file.
    fn place(&self, wave: &Wave) -> Result<Range<usize>> {
        let place = |seconds: f64| (seconds * f64::from(wave.rate)).round() as usize;
        let length = wave.samples.len();
        let (first, last) =
            (self.start.map_or(0, place), self.stop.map_or(length, place).min(length));
        if first >= last {
            let message = format!("the excerpt begins behind the end at {:.2} s", wave.seconds());
            return Err(Error::audio(&self.file, message));
        }
        Ok(first..last)
    }
}

impl Recordings {
    /// Items sorted by id, each with its sound.
    pub fn new(name: &str, home: String, recorded: Vec<(Item, Excerpt)>) -> Recordings {
        let (items, excerpts) = recorded.into_iter().unzip();
        let (contents, identity) = (OnceLock::new(), OnceLock::new());
        Recordings { name: name.into(), home, items, excerpts, notes: None, contents, identity }
    }

    /// The sound files, each with the items whose sound lies there.
    pub fn files(&self) -> Vec<(&Path, Vec<usize>)> {
        let mut files: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
        for (item, excerpt) in self.excerpts.iter().enumerate() {
            files.entry(&excerpt.file).or_default().push(item);
        }
        files.into_iter().collect()
    }

    /// Why the sound of some items that lie in one file cannot be used, which is decoded once.
    pub fn unusable(&self, file: &Path, items: &[usize]) -> Vec<(usize, Error)> {
        let fault = |wave: &Wave, item: &usize| self.excerpts[*item].place(wave).err();
        match decode(file) {
            Ok(sound) => items.iter().filter_map(|i| Some((*i, fault(&sound.wave, i)?))).collect(),
            Err(e) => {
                let told = e.told();
                items.iter().map(|item| (*item, Error::Failed(told.clone()))).collect()
            }
        }
    }

    fn contents(&self) -> Result<&BTreeMap<Arc<Path>, String>> {
        if let Some(known) = self.contents.get() {
            return Ok(known);
        }
        let mut files: Vec<Arc<Path>> = self.excerpts.iter().map(|e| e.file.clone()).collect();
        files.sort_unstable();
        files.dedup();
        let hashes =
            hashes(&files.iter().map(AsRef::as_ref).collect::<Vec<_>>(), self.notes.as_ref())?;
        Ok(self.contents.get_or_init(|| files.into_iter().zip(hashes).collect()))
    }

    fn identify(&self) -> Result<String> {
        let (mut hash, contents) = (Sha256::new(), self.contents()?);
        for (item, Excerpt { file, start, stop }) in self.items.iter().zip(&self.excerpts) {
            let content = &contents[file];
            hash.update(format!("{:?},{content},{start:?},{stop:?}\n", item.id));
        }
        Ok(hex(&hash.finalize()))
    }
}

impl Corpus for Recordings {
    fn name(&self) -> &str {
        &self.name
    }

    fn items(&self) -> &[Item] {
        &self.items
    }

    fn load(&self, index: usize) -> Result<Wave> {
        let excerpt = &self.excerpts[index];
        let mut wave = decode(&excerpt.file)?.wave;
        let Range { start, end } = excerpt.place(&wave)?;
        wave.samples.truncate(end);
        wave.samples.drain(..start);
        Ok(wave)
    }

    fn identity(&self) -> Result<String> {
        if let Some(known) = self.identity.get() {
            return Ok(known.clone());
        }
        let identity = self.identify()?;
        Ok(self.identity.get_or_init(|| identity).clone())
    }

    fn note_hashes(&mut self, store: &Path) {
        self.notes = Some(Notes::new(store));
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        let (item, home) = (&self.items[index], &self.home);
        let content = &self.contents()?[&self.excerpts[index].file];
        let mut traces = vec![format!("the sound of SHA-256 {content}")];
        traces.push(format!("the group {:?} of {home}", item.group));
        traces.extend(item.work.as_ref().map(|work| format!("the work {work:?} of {home}")));
        Ok(traces)
    }
}
