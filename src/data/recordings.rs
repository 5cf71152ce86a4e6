//! Sound files as a corpus: what manifests and published data sets have in common.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::corpus::{Corpus, Item};
use super::parallel::{available_threads, in_order};
use crate::audio::{Wave, decode};
use crate::error::{Error, Result};
use crate::files;
use crate::settings::hex;

/// Items whose sound lies in files.
#[derive(Debug)]
pub(super) struct Recordings {
    name: String,
    /// What groups and works are of: a folder, or a data set.
    home: String,
    items: Vec<Item>,
    excerpts: Vec<Excerpt>,
    /// The SHA-256 of every sound file, once they are asked for.
    contents: OnceLock<HashMap<PathBuf, String>>,
}

/// Where an item's sound lies; start and stop in seconds.
#[derive(Clone, Debug)]
pub(super) struct Excerpt {
    pub file: PathBuf,
    pub start: Option<f64>,
    pub stop: Option<f64>,
}

impl Recordings {
    /// Items sorted by id, each with its sound.
    pub fn new(name: &str, home: String, recorded: Vec<(Item, Excerpt)>) -> Recordings {
        let (items, excerpts) = recorded.into_iter().unzip();
        Recordings { name: name.to_string(), home, items, excerpts, contents: OnceLock::new() }
    }

    fn contents(&self) -> Result<&HashMap<PathBuf, String>> {
        if let Some(known) = self.contents.get() {
            return Ok(known);
        }
        let files: BTreeSet<&Path> = self.excerpts.iter().map(|e| e.file.as_path()).collect();
        let files: Vec<&Path> = files.into_iter().collect();
        let mut contents = HashMap::new();
        let digest = |index: usize| files::sha256(files[index]);
        in_order(files.len(), available_threads(), &digest, &mut |index, content| {
            contents.insert(files[index].to_path_buf(), content?);
            Ok(())
        })?;
        Ok(self.contents.get_or_init(|| contents))
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
        let Excerpt { file, start, stop } = &self.excerpts[index];
        let mut wave = decode(file)?.wave;
        let place = |seconds: f64| (seconds * f64::from(wave.rate)).round() as usize;
        let length = wave.samples.len();
        let (first, last) = (start.map_or(0, place), stop.map_or(length, place).min(length));
        if first >= last {
            let message = format!("the excerpt begins behind the end at {:.2} s", wave.seconds());
            return Err(Error::audio(file, message));
        }
        wave.samples.truncate(last);
        wave.samples.drain(..first);
        Ok(wave)
    }

    fn identity(&self) -> Result<String> {
        let (mut hash, contents) = (Sha256::new(), self.contents()?);
        for (item, Excerpt { file, start, stop }) in self.items.iter().zip(&self.excerpts) {
            let content = &contents[file];
            hash.update(format!("{:?},{content},{start:?},{stop:?}\n", item.id));
        }
        Ok(hex(&hash.finalize()))
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
