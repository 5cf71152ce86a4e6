//! A data set on this machine as a corpus with its named splits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::{Card, Catalogue, Dataset, Parts, Place, Recording, SplitCard};
use crate::audio::{Wave, decode};
use crate::data::corpus::recordings::{Excerpt, Recordings};
use crate::data::corpus::{Corpus, Item, check_targets};
use crate::data::manifest::Problem;
use crate::data::{Kind, Split};
use crate::error::{Error, Result, unknown};

/// As many ids or problems are named in a message.
const NAMED: usize = 10;

/// The items of a data set whose sound is there.
#[derive(Debug)]
pub struct PublishedCorpus {
    card: &'static Card,
    recordings: Recordings,
    splits: BTreeMap<&'static str, Split>,
    remarks: Vec<String>,
}

impl PublishedCorpus {
    /// Reads a data set as the corpus `name`, with targets of these kinds; up to `allowed` items
    /// may be missing.
    ///
    /// # Errors
    /// When annotations or lists are missing or wrong, it has no such target, or more items are
    /// missing.
    pub fn open(
        name: &str,
        dataset: &dyn Dataset,
        place: &Place,
        kinds: &BTreeMap<String, Kind>,
        allowed: usize,
    ) -> Result<PublishedCorpus> {
        let card = dataset.card();
        let wrong = |message: String| {
            Error::data(
                format!("corpus {name}, {} in {}", card.name, place.folder.display()),
                message,
            )
        };
        check_targets(kinds, &card.kinds())
            .map_err(|e| Error::settings(format!("corpus {name}"), e))?;
        let mut catalogue = dataset
            .read(place)
            .map_err(|e| wrong(format!("{}; the folder must hold {}", e.told(), card.layout)))?;
        if !catalogue.problems.is_empty() {
            return Err(wrong(told(&catalogue.problems)));
        }
        let lost = Lost::remove(card, &mut catalogue, place);
        if lost.missing.len() > allowed {
            let (count, some) = (lost.missing.len(), some(&lost.missing));
            return Err(wrong(format!(
                "{count} items are missing where {allowed} may be: {some}; with `missing: {count}` \
                 the suite allows it, and every table says so"
            )));
        }
        if catalogue.recordings.is_empty() {
            return Err(wrong(format!("no item is there; the folder must hold {}", card.layout)));
        }
        let remarks = lost.remarks(name, card, catalogue.recordings.len());
        let splits = splits(&catalogue.splits, &catalogue.recordings).map_err(wrong)?;
        let recorded = catalogue.recordings.into_iter().map(|r| recorded(r, place)).collect();
        let recordings = Recordings::new(name, card.name.to_string(), recorded);
        Ok(PublishedCorpus { card, recordings, splits, remarks })
    }
}

/// Items of which there is no sound.
struct Lost {
    /// Those of which the card knows it.
    broken: BTreeSet<String>,
    missing: BTreeSet<String>,
}

impl Lost {
    /// Takes recordings without sound out of the catalogue.
    fn remove(card: &Card, catalogue: &mut Catalogue, place: &Place) -> Lost {
        let mut lost = Lost { broken: BTreeSet::new(), missing: BTreeSet::new() };
        let mut lose = |id: &str| match card.corrupt.contains(&id) {
            true => lost.broken.insert(id.to_string()),
            false => lost.missing.insert(id.to_string()),
        };
        catalogue.recordings.retain(|Recording { item, file, .. }| {
            let path = place.folder.join(file);
            let suspect = card.corrupt.contains(&item.id.as_str());
            let sounds = path.is_file() && (!suspect || decode(&path).is_ok());
            if !sounds {
                lose(&item.id);
            }
            sounds
        });
        let there: BTreeSet<&str> =
            catalogue.recordings.iter().map(|r| r.item.id.as_str()).collect();
        let listed = catalogue.splits.values().flatten().flatten();
        listed.filter(|id| !there.contains(id.as_str())).for_each(|id| {
            lose(id);
        });
        lost
    }

    /// What a reader must be told of them, `there` being the number of items that are.
    fn remarks(&self, name: &str, card: &Card, there: usize) -> Vec<String> {
        let all = there + self.broken.len() + self.missing.len();
        let told = [
            (&self.missing, "are missing on this machine"),
            (&self.broken, "are left out, being broken as its card says"),
        ];
        let remark = |(ids, what): (&BTreeSet<String>, &str)| {
            let (count, some) = (ids.len(), some(ids));
            format!("corpus {name}: {count} of {all} items of {} {what}: {some}", card.name)
        };
        told.into_iter().filter(|(ids, _)| !ids.is_empty()).map(remark).collect()
    }
}

/// The first few of some ids.
fn some(ids: &BTreeSet<String>) -> String {
    let named: Vec<&str> = ids.iter().take(NAMED).map(String::as_str).collect();
    let more = if ids.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

fn told(problems: &[(PathBuf, Problem)]) -> String {
    let line = |(file, problem): &(PathBuf, Problem)| match problem.line {
        0 => format!("\n  {}: {}", file.display(), problem.message),
        line => format!("\n  {}:{line}: {}", file.display(), problem.message),
    };
    let lines: String = problems.iter().take(NAMED).map(line).collect();
    let more = match problems.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    format!("{} problems{lines}{more}", problems.len())
}

/// Splits by name, as far as their items are there.
fn splits(
    parts: &Parts,
    recordings: &[Recording],
) -> Result<BTreeMap<&'static str, Split>, String> {
    let places: HashMap<&str, usize> =
        recordings.iter().enumerate().map(|(place, r)| (r.item.id.as_str(), place)).collect();
    let mut splits = BTreeMap::new();
    for (name, parts) in parts {
        let mut seen = BTreeSet::new();
        if let Some(id) = parts.iter().flatten().find(|id| !seen.insert(id.as_str())) {
            return Err(format!("split {name} has {id:?} in two parts"));
        }
        // Sorted, as ids are.
        let [train, valid, test] = parts
            .each_ref()
            .map(|part| part.iter().filter_map(|id| places.get(id.as_str()).copied()).collect());
        splits.insert(*name, Split { train, valid, test });
    }
    Ok(splits)
}

fn recorded(Recording { item, file, part }: Recording, place: &Place) -> (Item, Excerpt) {
    let file = place.folder.join(file);
    let file = file.canonicalize().unwrap_or(file).into();
    let [start, stop] = part.map_or([None; 2], |part| part.map(Some));
    (item, Excerpt { file, start, stop })
}

/// Where a split of a data set comes from.
pub(in crate::data) fn provenance(card: &Card, split: &SplitCard) -> String {
    let lists: Vec<String> =
        split.lists.iter().map(|l| format!("{}, SHA-256 {}", l.file, &l.sha256[..16])).collect();
    let kind = match lists.is_empty() {
        true => "by the data set's own files".to_string(),
        false => format!("list {}", lists.join("; ")),
    };
    format!("{}/{} ({kind}): {}", card.name, split.name, split.origin)
}

/// The split of that name on a card.
///
/// # Errors
/// When there is none; the nearest is suggested.
pub(in crate::data) fn split_card(card: &Card, name: &str) -> Result<&'static SplitCard> {
    let found = card.splits.iter().find(|split| split.name == name);
    found.ok_or_else(|| {
        let known = card.splits.iter().map(|split| split.name);
        Error::Invalid(unknown(&format!("split of {}", card.name), name, known))
    })
}

impl Corpus for PublishedCorpus {
    fn name(&self) -> &str {
        self.recordings.name()
    }

    fn items(&self) -> &[Item] {
        self.recordings.items()
    }

    fn load(&self, index: usize) -> Result<Wave> {
        self.recordings.load(index)
    }

    fn identity(&self) -> Result<String> {
        self.recordings.identity()
    }

    fn note_hashes(&mut self, store: &Path) {
        self.recordings.note_hashes(store);
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        self.recordings.traces(index)
    }

    fn published(&self, name: &str) -> Result<(Split, String)> {
        let card = split_card(self.card, name)?;
        let split = self.splits.get(name).cloned().ok_or_else(|| {
            let files: Vec<&str> = card.lists.iter().map(|list| list.file).collect();
            let remedy = match files.as_slice() {
                [] => "its lists are not in the folder".to_string(),
                files => format!("give the corpus `lists:`, a folder with {}", files.join(", ")),
            };
            Error::Invalid(format!("split {name} of {} is not known: {remedy}", self.card.name))
        })?;
        Ok((split, provenance(self.card, card)))
    }

    fn remarks(&self) -> &[String] {
        &self.remarks
    }
}
