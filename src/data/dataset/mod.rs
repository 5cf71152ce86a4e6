//! Published data sets, read as their authors distribute them.
//!
//! An adapter turns a folder of sound and annotations, and lists where a split is a list, into a
//! [`Catalogue`]: items with labels and named splits. Nothing is decoded here.

mod audioset;
mod billboard;
mod covers80;
pub mod download;
mod emomusic;
mod fma;
mod giantsteps;
mod gtzan;
mod jamendo;
mod magnatagatune;
mod medleydb;
mod millionsong;
mod nsynth;
mod published;
mod reading;
mod shs100k;
mod vocalset;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::corpus::Item;
use super::manifest::Problem;
use crate::error::{Error, Result, unknown};

pub use download::{Checksum, Download};
pub use published::PublishedCorpus;
pub(super) use published::{provenance, split_card};
pub use reading::lists::List;
use reading::{keyed, parts, rows};

/// What a data set is and where it comes from.
#[derive(Debug)]
pub struct Card {
    /// As suites name it.
    pub name: &'static str,
    /// Its full name, authors and year.
    pub title: &'static str,
    /// Who may use sound and annotations for what.
    pub licence: &'static str,
    /// Items, length and bytes.
    pub size: &'static str,
    /// Where sound and annotations are to be had, and what a person must do for them.
    pub source: &'static str,
    /// How the folder must look.
    pub layout: &'static str,
    /// Known faults: files that are broken or missing, and traps.
    pub faults: &'static str,
    /// Ids of items whose sound is broken in all copies or in some; those are left out.
    pub corrupt: &'static [&'static str],
    /// What anyone may download.
    pub downloads: &'static [Download],
    /// What a person must do for the rest.
    pub by_hand: &'static str,
    /// Its targets.
    pub targets: &'static [TargetCard],
    /// Its named splits.
    pub splits: &'static [SplitCard],
}

impl Card {
    /// The kinds of its targets.
    pub fn kinds(&self) -> Vec<(&'static str, super::Kind)> {
        self.targets.iter().map(|target| (target.name, target.kind)).collect()
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = [
            ("licence", self.licence),
            ("size", self.size),
            ("source", self.source),
            ("folder", self.layout),
            ("faults", self.faults),
            ("by hand", self.by_hand),
        ];
        writeln!(f, "{}: {}\n", self.name, self.title)?;
        for (what, text) in about.into_iter().filter(|(_, text)| !text.is_empty()) {
            writeln!(f, "{what}: {text}")?;
        }
        for download in self.downloads {
            writeln!(f, "download {download}")?;
        }
        for TargetCard { name, about, .. } in self.targets {
            writeln!(f, "target {name}: {about}")?;
        }
        for SplitCard { name, origin, lists, items: [train, valid, test] } in self.splits {
            writeln!(f, "split {name}: train {train}, valid {valid}, test {test} ({origin})")?;
            for List { file, sha256, source, .. } in *lists {
                writeln!(f, "    list {file} of {source}, SHA-256 {sha256}")?;
            }
        }
        Ok(())
    }
}

/// A target of a data set.
#[derive(Debug)]
pub struct TargetCard {
    /// As tasks name it.
    pub name: &'static str,
    /// What its labels are.
    pub kind: super::Kind,
    /// What it says, and the number of classes, tags or its unit.
    pub about: &'static str,
}

/// A split that is known by a name.
#[derive(Debug)]
pub struct SplitCard {
    /// As tasks name it.
    pub name: &'static str,
    /// The rule it follows, or whose list it is.
    pub origin: &'static str,
    /// Files it is read from; none for a rule.
    pub lists: &'static [List],
    /// Items of train, valid and test when nothing is missing.
    pub items: [usize; 3],
}

/// Where a data set lies.
#[derive(Clone, Debug)]
pub struct Place {
    /// The folder of sound and annotations.
    pub folder: PathBuf,
    /// The folder of lists, for splits that are read.
    pub lists: Option<PathBuf>,
}

/// A recording, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Its id, group, work and labels.
    pub item: Item,
    /// Its file below the folder.
    pub file: PathBuf,
    /// Where it begins and ends in the file, in seconds; the whole file where nothing is said.
    pub part: Option<[f64; 2]>,
}

/// A split as far as it is known: which items are in which part, by id.
pub type Parts = BTreeMap<&'static str, [BTreeSet<String>; 3]>;

/// What a data set holds according to its annotations.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Sorted by id.
    pub recordings: Vec<Recording>,
    /// Train, valid and test of the splits whose lists are there.
    pub splits: Parts,
    /// What is wrong with annotations and lists, with the file and line.
    pub problems: Vec<(PathBuf, Problem)>,
    /// What is wrong with every copy, as the card says; what it concerns is left out.
    pub known: Vec<(PathBuf, Problem)>,
}

/// Reads one data set.
pub trait Dataset: Sync {
    /// What it is.
    fn card(&self) -> &'static Card;

    /// Reads annotations and lists.
    ///
    /// # Errors
    /// When an annotation file is missing or is no text; smaller faults are among the catalogue's
    /// problems.
    fn read(&self, place: &Place) -> Result<Catalogue>;
}

/// All data sets, in the order of their names.
pub const DATASETS: &[&dyn Dataset] = &[
    &audioset::AudioSet,
    &covers80::Covers80,
    &emomusic::Emomusic,
    &fma::Fma,
    &giantsteps::Giantsteps,
    &gtzan::Gtzan,
    &magnatagatune::MagnaTagATune,
    &billboard::Billboard,
    &medleydb::MedleyDb,
    &millionsong::MillionSong,
    &jamendo::Jamendo,
    &nsynth::Nsynth,
    &shs100k::Shs100k,
    &vocalset::VocalSet,
];

/// The data set of that name.
///
/// # Errors
/// When there is none; the nearest name is suggested.
pub fn find(name: &str) -> Result<&'static dyn Dataset> {
    let found = DATASETS.iter().find(|dataset| dataset.card().name == name);
    found.copied().ok_or_else(|| {
        let known = DATASETS.iter().map(|dataset| dataset.card().name);
        Error::Invalid(unknown("data set", name, known))
    })
}

impl Catalogue {
    /// Notes what is wrong with a line of `file`; 0 is the file as a whole.
    fn problem(&mut self, file: &Path, line: usize, message: String) {
        self.problems.push((file.to_path_buf(), Problem { line, message }));
    }

    /// Sorts recordings and reports ids that come twice in `file`.
    pub fn finish(mut self, file: &Path) -> Catalogue {
        self.recordings.sort_by(|a, b| a.item.id.cmp(&b.item.id));
        let twice: Vec<String> = self
            .recordings
            .windows(2)
            .filter(|pair| pair[0].item.id == pair[1].item.id)
            .map(|pair| pair[0].item.id.clone())
            .collect();
        for id in twice {
            let message = format!("duplicate id {id:?}");
            self.problem(file, 0, message);
        }
        self.recordings.dedup_by(|a, b| a.item.id == b.item.id);
        self
    }
}

/// The published lists of a data set, or `None` (and a line that says so) where they are absent.
#[cfg(test)]
pub(crate) fn lists_there(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LISTS").map_or("../shared/splits".into(), PathBuf::from);
    let folder = root.join(name);
    if !folder.exists() {
        println!("skipped: there are no lists at {} (set LISTS)", folder.display());
        return None;
    }
    Some(folder)
}

/// A folder of files with their text.
#[cfg(test)]
pub(crate) fn laid_out(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// A catalogue's problems and the known ones, each as `file:line: message` with the file below
/// `folder`.
#[cfg(test)]
pub(crate) fn told(catalogue: &Catalogue, folder: &Path) -> Vec<String> {
    let line = |(file, problem): &(PathBuf, Problem)| {
        let file = file.strip_prefix(folder).unwrap_or(file).display();
        format!("{file}:{}: {}", problem.line, problem.message)
    };
    catalogue.problems.iter().chain(&catalogue.known).map(line).collect()
}
