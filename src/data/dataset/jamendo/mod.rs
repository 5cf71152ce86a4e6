//! MTG-Jamendo: whole tracks with tags, in the subsets of split 0.

mod card;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Card, Catalogue, Dataset, Place, Recording};
use crate::data::Target;
use crate::data::corpus::Item;
use crate::data::manifest::Problem;
use crate::error::{Error, Result};
use card::{CARD, SOURCE, SUBSETS};

/// D. Bogdanov, M. Won, P. Tovstogan, A. Porter and X. Serra, "The MTG-Jamendo dataset for
/// automatic music tagging", ML4MD 2019.
pub(super) struct Jamendo;

/// What every list begins with; tags are cells from the last of these on.
const HEADER: [&str; 6] = ["TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"];

/// What a tag is of, as it says before its `---`.
const CATEGORIES: [&str; 3] = ["genre", "instrument", "mood/theme"];

impl Dataset for Jamendo {
    fn card(&self) -> &'static Card {
        &CARD
    }

    /// Reads the subsets whose lists are there.
    fn read(&self, place: &Place) -> Result<Catalogue> {
        let absent = |place: &Path| {
            let message = "MTG-Jamendo's labels are its lists: give their folder";
            Error::data(place.display(), format!("{message} ({SOURCE})"))
        };
        let lists = place.lists.as_ref().ok_or_else(|| absent(&place.folder))?;
        let mut tracks = Tracks::of(&place.folder);
        for subset in &SUBSETS {
            if subset.lists.iter().all(|list| !lists.join(list.file).exists()) {
                continue;
            }
            let mut parts: [BTreeSet<String>; 3] = Default::default();
            for (part, list) in parts.iter_mut().zip(subset.lists) {
                *part = tracks.enter(&lists.join(list.file), &list.text(lists)?, subset.target);
            }
            tracks.catalogue.splits.insert(subset.split, parts);
        }
        if tracks.catalogue.splits.is_empty() {
            return Err(absent(lists));
        }
        Ok(tracks.united().finish(lists))
    }
}

/// Tracks as list after list tells of them.
struct Tracks<'a> {
    folder: &'a Path,
    known: BTreeMap<String, Recording>,
    catalogue: Catalogue,
}

/// A line of a list.
struct Track<'a> {
    id: &'a str,
    artist: &'a str,
    path: &'a str,
    tags: &'a [&'a str],
}

impl<'a> Tracks<'a> {
    fn of(folder: &'a Path) -> Tracks<'a> {
        Tracks { folder, known: BTreeMap::new(), catalogue: Catalogue::default() }
    }

    /// Gives the tracks of a list their tags as `target`; the result is their ids.
    fn enter(&mut self, path: &Path, text: &str, target: &str) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for (line, text) in text.lines().enumerate() {
            let cells: Vec<&str> = text.split('\t').map(str::trim).collect();
            let read = match line {
                0 if cells == HEADER => Ok(()),
                0 => Err(format!("the header is {text:?} in place of {:?}", HEADER.join("\t"))),
                _ if text.trim().is_empty() => Ok(()),
                _ => track(&cells).and_then(|track| self.label(&track, target, &mut ids)),
            };
            if let Err(message) = read {
                let problem = Problem { line: line + 1, message };
                self.catalogue.problems.push((path.to_path_buf(), problem));
            }
        }
        ids
    }

    fn label(
        &mut self,
        track: &Track,
        target: &str,
        ids: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let Track { id, artist, path, tags } = *track;
        let folder = self.folder;
        let new = || Recording {
            item: Item {
                id: id.into(),
                group: artist.into(),
                work: None,
                targets: BTreeMap::new(),
            },
            file: file(folder, path),
            part: None,
        };
        if ids.contains(id) {
            return Err(format!("duplicate id {id:?}"));
        }
        let known = self.known.entry(id.to_string()).or_insert_with(new);
        if known.item.group != artist {
            return Err(format!("{id} is by {artist}, elsewhere by {}", known.item.group));
        }
        let tags: BTreeSet<String> = tags.iter().map(|tag| tag.to_string()).collect();
        known.item.targets.insert(target.into(), Target::Tags(tags.into_iter().collect()));
        ids.insert(id.to_string());
        Ok(())
    }

    /// The catalogue; with all tags and their split where all subsets that hold them are there.
    fn united(mut self) -> Catalogue {
        let subsets = &SUBSETS[..3];
        let splits = &mut self.catalogue.splits;
        if subsets.iter().all(|subset| splits.contains_key(subset.split)) {
            let mut parts: [BTreeSet<String>; 3] = Default::default();
            for (part, ids) in subsets.iter().flat_map(|s| splits[s.split].iter().enumerate()) {
                parts[part].extend(ids.iter().cloned());
            }
            splits.insert("split_0", parts);
            for Recording { item, .. } in self.known.values_mut() {
                let tags = subsets.iter().filter_map(|subset| item.tags(subset.target)).flatten();
                let tags: BTreeSet<String> = tags.cloned().collect();
                let tags = Target::Tags(tags.into_iter().collect());
                item.targets.insert("all_tags".into(), tags);
            }
        }
        self.catalogue.recordings.extend(self.known.into_values());
        self.catalogue
    }
}

fn track<'a>(cells: &'a [&'a str]) -> Result<Track<'a>, String> {
    let [id, artist, _album, path, _duration, _tag, ..] = *cells else {
        return Err(format!("{} cells where a track has 6 or more", cells.len()));
    };
    if !id.starts_with("track_") || !artist.starts_with("artist_") || !path.ends_with(".mp3") {
        let message = "are not track_<number>, artist_<number> and a path of .mp3";
        return Err(format!("{id:?}, {artist:?} and {path:?} {message}"));
    }
    let tags = &cells[HEADER.len() - 1..];
    let known = |tag: &str| CATEGORIES.contains(&tag.split_once("---").unwrap_or_default().0);
    match tags.iter().find(|tag| !known(tag)) {
        Some(tag) => Err(format!("{tag:?} is not category---tag of {}", CATEGORIES.join(", "))),
        None => Ok(Track { id, artist, path, tags }),
    }
}

/// The track's file: that of audio-low where only that one is there.
fn file(folder: &Path, path: &str) -> PathBuf {
    let (path, low) = (PathBuf::from(path), Path::new(path).with_extension("low.mp3"));
    let only_low = !folder.join(&path).exists() && folder.join(&low).exists();
    if only_low { low } else { path }
}
