//! MagnaTagATune with its split by folder, 12:1:3, and the filtered one of Lee and of Won.

mod card;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::rows::{Row, Rows};
use super::{Card, Catalogue, Dataset, Place, Recording};
use crate::data::Target;
use crate::data::corpus::Item;
use crate::data::manifest::Problem;
use crate::error::Result;
use card::{CARD, TOP};

/// E. Law, K. West, M. Mandel, M. Bay and J. S. Downie, "Evaluation of algorithms using games: the
/// case of music tagging", ISMIR 2009.
pub(super) struct MagnaTagATune;

const ANNOTATIONS: &str = "annotations_final.csv";
const CLIPS: &str = "clip_info_final.csv";

/// Clips whose files are empty or cannot be decoded.
const CORRUPT: [&str; 3] = ["35644", "55753", "57881"];

/// Clips below 29.1 s, which the lists of Lee and of Won leave out.
const SHORT: [&str; 3] = ["29", "11268", "11269"];

/// The number of tags in the annotations.
const ALL: usize = 188;

impl Dataset for MagnaTagATune {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let artists = artists(&place.folder.join(CLIPS), &mut catalogue)?;
        let mut needed = vec!["clip_id", "mp3_path"];
        needed.extend(TOP);
        let mut rows = Rows::read(&place.folder.join(ANNOTATIONS), b'\t', &needed)?;
        catalogue.problems.append(&mut rows.problems);
        let columns = rows.header().iter().map(String::as_str).enumerate();
        let tags: Vec<(usize, &str)> =
            columns.filter(|(_, name)| !["clip_id", "mp3_path"].contains(name)).collect();
        if tags.len() != ALL {
            let message = format!("{} tags where the published table has {ALL}", tags.len());
            catalogue.problems.push((rows.path().into(), Problem { line: 1, message }));
        }
        for row in rows.iter().filter(|row| !CORRUPT.contains(&row.cell("clip_id"))) {
            match clip(&row, &tags, &artists) {
                Ok((recording, part)) => enter(&mut catalogue, recording, part),
                Err(message) => {
                    let problem = Problem { line: row.line, message };
                    catalogue.problems.push((rows.path().into(), problem));
                }
            }
        }
        Ok(catalogue.finish(rows.path()))
    }
}

/// Adds a clip, and its id to the splits it is of.
fn enter(catalogue: &mut Catalogue, recording: Recording, part: usize) {
    let id = &recording.item.id;
    let tagged = recording.item.tags("tags").is_some_and(|tags| !tags.is_empty());
    let long = !SHORT.contains(&id.as_str());
    let member = [true, tagged, tagged && long];
    for (split, _) in CARD.splits.iter().zip(member).filter(|(_, member)| *member) {
        catalogue.splits.entry(split.name).or_default()[part].insert(id.clone());
    }
    catalogue.recordings.push(recording);
}

/// The artist of every clip that has one, by clip id.
fn artists(path: &Path, catalogue: &mut Catalogue) -> Result<BTreeMap<String, String>> {
    let rows = Rows::read(path, b'\t', &["clip_id", "artist"])?;
    let named = rows.iter().filter(|row| !row.cell("artist").is_empty());
    let named = named.map(|row| (row.cell("clip_id").to_string(), row.cell("artist").to_string()));
    let artists = named.collect();
    catalogue.problems.extend(rows.problems);
    Ok(artists)
}

/// A row's clip and its part in the split by folder.
fn clip(
    row: &Row,
    tags: &[(usize, &str)],
    artists: &BTreeMap<String, String>,
) -> Result<(Recording, usize), String> {
    let (id, file) = (row.cell("clip_id"), row.cell("mp3_path"));
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{id:?} is not the number of a clip"));
    }
    let (Some(part), Some(track)) = (part(file), track(file)) else {
        return Err(format!(
            "{file:?} is not 0/artist-album-number-title-start-end.mp3 with a folder 0-9 or a-f"
        ));
    };
    let Some(artist) = artists.get(id) else {
        return Err(format!("clip {id} has no artist in {CLIPS}"));
    };
    let mut all = BTreeSet::new();
    for (place, tag) in tags {
        match row.at(*place) {
            "1" => drop(all.insert(tag.to_string())),
            "0" => {}
            other => return Err(format!("tag {tag:?} is {other:?}, neither 0 nor 1")),
        }
    }
    let top = all.iter().filter(|tag| TOP.contains(&tag.as_str())).cloned().collect();
    let targets = BTreeMap::from([
        ("tags".into(), Target::Tags(top)),
        ("all_tags".into(), Target::Tags(all.into_iter().collect())),
    ]);
    let work = Some(track.to_string());
    let item = Item { id: id.into(), group: artist.clone(), work, targets };
    Ok((Recording { item, file: file.into(), part: None }, part))
}

/// Train, valid or test, by the folder.
fn part(file: &str) -> Option<usize> {
    match file.as_bytes() {
        [b'0'..=b'9' | b'a' | b'b', b'/', ..] => Some(0),
        [b'c', b'/', ..] => Some(1),
        [b'd'..=b'f', b'/', ..] => Some(2),
        _ => None,
    }
}

/// The track that a clip is cut from: its file's name without the seconds.
fn track(file: &str) -> Option<&str> {
    let (clip, end) = file.strip_suffix(".mp3")?.rsplit_once('-')?;
    let (track, start) = clip.rsplit_once('-')?;
    let whole = |seconds: &str| seconds.parse::<u32>().is_ok();
    (whole(start) && whole(end)).then_some(track)
}
