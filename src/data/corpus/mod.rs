//! What every corpus offers, whether it lies in files or is composed.

pub mod etudes_corpus;
pub mod expected;
pub mod export;
pub mod first;
mod hashes;
pub(super) mod recordings;
pub mod spec;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::split::Split;
use super::target::{Kind, Target};
use crate::audio::Wave;
use crate::error::{Error, Result, unknown};
use crate::settings::hex;

/// One recording, composed piece, or excerpt of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Unique within the corpus.
    pub id: String,
    /// What must not straddle a split: an artist, an album; the item's id where nothing is known.
    pub group: String,
    /// The composition, if items may be versions of one; it must not straddle a split either.
    pub work: Option<String>,
    /// Labels by target; a missing one is absent.
    pub targets: BTreeMap<String, Target>,
}

/// Corpora by name.
pub type Corpora = BTreeMap<String, Arc<dyn Corpus>>;

/// Items of sound with labels.
pub trait Corpus: Send + Sync {
    /// What the suite calls it.
    fn name(&self) -> &str;

    /// Every item, sorted by id.
    fn items(&self) -> &[Item];

    /// The rate of every item in Hz, where it is known without reading any.
    fn rate(&self) -> Option<u32> {
        None
    }

    /// The sound of item `index` at its own rate.
    ///
    /// # Errors
    /// When its sound cannot be read.
    fn load(&self, index: usize) -> Result<Wave>;

    /// The hash of the ids and of all that decides what is heard; labels, groups and works apart.
    ///
    /// # Errors
    /// When a sound file cannot be read.
    fn identity(&self) -> Result<String>;

    /// Notes the hashes of its sound files in a store, and believes what is noted there of files
    /// that have not changed since.
    fn note_hashes(&mut self, _store: &Path) {}

    /// What item `index` may share with others of any corpus, in words: its sound, group and work.
    ///
    /// # Errors
    /// When a sound file cannot be read.
    fn traces(&self, index: usize) -> Result<Vec<String>>;

    /// Whether it is of recordings, which others may have under another name; what is composed is
    /// known by its traces.
    fn is_recorded(&self) -> bool {
        true
    }

    /// The published split of that name, with where it comes from.
    ///
    /// # Errors
    /// When there is none of that name, or what it is read from is not there.
    fn published(&self, split: &str) -> Result<(Split, String)> {
        let message = "has no published splits; give sizes and a seed";
        Err(Error::Invalid(format!("split {split:?}: corpus {} {message}", self.name())))
    }

    /// What a reader of any figure about it must be told, such as items that are missing.
    fn remarks(&self) -> &[String] {
        &[]
    }
}

impl Item {
    /// Its class, if it has a label for `target` that is one.
    pub fn class(&self, target: &str) -> Option<&str> {
        match self.targets.get(target) {
            Some(Target::Class(class)) => Some(class),
            _ => None,
        }
    }

    /// Its tags, if it has a label for `target` that is a set of them.
    pub fn tags(&self, target: &str) -> Option<&[String]> {
        match self.targets.get(target) {
            Some(Target::Tags(tags)) => Some(tags),
            _ => None,
        }
    }

    /// Its number, if it has a label for `target` that is one.
    pub fn number(&self, target: &str) -> Option<f64> {
        match self.targets.get(target) {
            Some(Target::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

/// Checks that a corpus of the targets `known` has those of `kinds`; a key is a class too.
///
/// # Errors
/// With the first that it lacks, or has in another kind.
pub(super) fn check_targets(
    kinds: &BTreeMap<String, Kind>,
    known: &[(&str, Kind)],
) -> Result<(), String> {
    for (target, kind) in kinds {
        match known.iter().find(|(name, _)| name == target) {
            None => return Err(unknown("target", target, known.iter().map(|(name, _)| *name))),
            Some((_, Kind::Key)) if *kind == Kind::Class => {}
            Some((_, is)) if is != kind => {
                let message =
                    format!("target {target:?} is read as {kind:?} but is of the kind {is:?}");
                return Err(message.to_lowercase());
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The classes or tags that occur in a target, sorted.
pub fn classes<'a>(items: impl IntoIterator<Item = &'a Item>, target: &str) -> Vec<String> {
    let of = |item: &'a Item| {
        let several = item.tags(target).unwrap_or_default().iter().map(String::as_str);
        item.class(target).into_iter().chain(several)
    };
    let names: BTreeSet<&str> = items.into_iter().flat_map(of).collect();
    names.into_iter().map(str::to_string).collect()
}

/// The hash of a target's labels, item by item.
pub fn label_hash(items: &[Item], target: &str) -> String {
    let mut hash = Sha256::new();
    for item in items {
        let cell = item.targets.get(target).map(Target::cell);
        let row = format!("{:?},{:?}\n", item.id, cell);
        hash.update(row);
    }
    hex(&hash.finalize())
}
