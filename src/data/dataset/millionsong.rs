//! The tagged part of the Million Song Dataset, as musicnn-training lays out its lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Card, Catalogue, Dataset, Download, Place, Recording, SplitCard, TargetCard};
use crate::data::corpus::Item;
use crate::data::{Kind, Target};
use crate::error::{Error, Result};
use crate::files;

/// T. Bertin-Mahieux, D. P. W. Ellis, B. Whitman and P. Lamere, "The Million Song Dataset", ISMIR
/// 2011.
pub(super) struct MillionSong;

/// The tracks and tags of train, valid and test.
const FILES: [&str; 3] = ["train_gt_msd.tsv", "val_gt_msd.tsv", "test_gt_msd.tsv"];

/// Song and artist of every track of the Million Song Dataset.
const TRACKS: &str = "unique_tracks.txt";

const SOURCE: &str = "github.com/jordipons/musicnn-training, folder data/index/msd";

/// In the order of the lists, which name no tag; musicnn-training's `output_labels_msd.txt`.
const TAGS: [&str; 50] = [
    "rock",
    "pop",
    "alternative",
    "indie",
    "electronic",
    "female vocalists",
    "dance",
    "00s",
    "alternative rock",
    "jazz",
    "beautiful",
    "metal",
    "chillout",
    "male vocalists",
    "classic rock",
    "soul",
    "indie rock",
    "Mellow",
    "electronica",
    "80s",
    "folk",
    "90s",
    "chill",
    "instrumental",
    "punk",
    "oldies",
    "blues",
    "hard rock",
    "ambient",
    "acoustic",
    "experimental",
    "female vocalist",
    "guitar",
    "Hip-Hop",
    "70s",
    "party",
    "country",
    "easy listening",
    "sexy",
    "catchy",
    "funk",
    "electro",
    "heavy metal",
    "Progressive rock",
    "60s",
    "rnb",
    "indie pop",
    "sad",
    "House",
    "happy",
];

/// Where its files are.
const ADDRESS: &str =
    "https://raw.githubusercontent.com/jordipons/musicnn-training/master/data/index/msd/";

static CARD: Card = Card {
    name: "million_song",
    title: "Million Song Dataset, tags of Last.fm (Bertin-Mahieux, Ellis, Whitman and Lamere 2011)",
    licence: "sound 7digital's, not to be passed on; metadata and tags for research",
    size: "241,889 previews of 29.1 s and more, mp3",
    source: "7digital's previews are no longer to be had; who has them adds the three lists of \
             github.com/jordipons/musicnn-training, folder data/index/msd, and, for artists and \
             songs, unique_tracks.txt of millionsongdataset.com",
    layout: "train_gt_msd.tsv, val_gt_msd.tsv, test_gt_msd.tsv, unique_tracks.txt and \
             A/B/C/TR....mp3, the folders being the third to fifth letter of the track's id",
    faults: "the lists give tags by place, not by name; no hash of them is known, so that only \
             their lengths are checked; without unique_tracks.txt every track is its own group",
    corrupt: &[],
    downloads: &[
        Download::plain(ADDRESS, "train_gt_msd.tsv"),
        Download::plain(ADDRESS, "val_gt_msd.tsv"),
        Download::plain(ADDRESS, "test_gt_msd.tsv"),
        Download::plain(
            "http://millionsongdataset.com/sites/default/files/AdditionalFiles/",
            "unique_tracks.txt",
        ),
    ],
    by_hand: "7digital's previews can no longer be had: ask who has them",
    targets: &[TargetCard {
        name: "tags",
        kind: Kind::Tags,
        about: "50 tags of Last.fm; synonyms and spellings as they are",
    }],
    splits: &[SplitCard {
        name: "choi_lee_pons",
        origin: "Choi's lists, by Lee without previews below 29.1 s, as Pons distributes them",
        lists: &[],
        items: [201_680, 11_774, 28_435],
    }],
};

impl Dataset for MillionSong {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let mut parts: [BTreeSet<String>; 3] = Default::default();
        for ((ids, file), size) in parts.iter_mut().zip(FILES).zip(CARD.splits[0].items) {
            let path = place.folder.join(file);
            if !path.exists() {
                let message = format!("this list is not there; it is to be had from {SOURCE}");
                return Err(Error::data(path.display(), message));
            }
            let found = enter(&path, &mut catalogue)?;
            if found.len() != size {
                let message = format!("{} tracks where the published list has {size}", found.len());
                catalogue.problem(&path, 0, message);
            }
            *ids = found;
        }
        catalogue.splits.insert(CARD.splits[0].name, parts);
        let tracks = place.folder.join(TRACKS);
        if tracks.exists() {
            name_artists(&tracks, &mut catalogue)?;
        }
        Ok(catalogue.finish(&place.folder))
    }
}

/// Adds the tracks of a list; the result is their ids.
fn enter(path: &Path, catalogue: &mut Catalogue) -> Result<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    for (line, text) in files::read_text(path)?.lines().enumerate() {
        match track(text) {
            Ok(recording) => {
                ids.insert(recording.item.id.clone());
                catalogue.recordings.push(recording);
            }
            Err(_) if text.trim().is_empty() => {}
            Err(message) => catalogue.problem(path, line + 1, message),
        }
    }
    Ok(ids)
}

/// A track of a line like `TRAAAAK128F9318786<tab>[0, 1, ...]`.
fn track(line: &str) -> Result<Recording, String> {
    let (id, places) = line.trim().split_once('\t').ok_or("no tab between a track and its tags")?;
    let letters = id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !letters || !id.starts_with("TR") {
        return Err(format!("{id:?} is not TR and 16 letters and digits"));
    }
    let places = places.strip_prefix('[').and_then(|places| places.strip_suffix(']'));
    let places: Vec<&str> = places.ok_or("the tags are not in [ ]")?.split(',').collect();
    if places.len() != TAGS.len() {
        return Err(format!("{} tags where a track has {}", places.len(), TAGS.len()));
    }
    let mut tags = BTreeSet::new();
    for (tag, place) in TAGS.iter().zip(places) {
        match place.trim() {
            "1" | "1.0" => drop(tags.insert(tag.to_string())),
            "0" | "0.0" => {}
            other => return Err(format!("tag {tag:?} is {other:?}, neither 0 nor 1")),
        }
    }
    let file: PathBuf = [&id[2..3], &id[3..4], &id[4..5], &format!("{id}.mp3")].iter().collect();
    let targets = BTreeMap::from([("tags".into(), Target::Tags(tags.into_iter().collect()))]);
    let item = Item { id: id.into(), group: id.into(), work: None, targets };
    Ok(Recording { item, file, part: None })
}

/// Sets artist and song of lines like `track<SEP>song<SEP>artist<SEP>title`.
fn name_artists(path: &Path, catalogue: &mut Catalogue) -> Result<()> {
    let ids = catalogue.recordings.iter().enumerate().map(|(at, r)| (r.item.id.clone(), at));
    let places: BTreeMap<String, usize> = ids.collect();
    for (line, text) in files::read_text(path)?.lines().enumerate() {
        let cells: Vec<&str> = text.split("<SEP>").collect();
        if let [id, song, artist, _title] = cells.as_slice() {
            if let Some(item) = places.get(*id).map(|at| &mut catalogue.recordings[*at].item) {
                item.work = Some(song.to_string());
                if !artist.is_empty() {
                    item.group = artist.to_string();
                }
            }
        } else if !text.trim().is_empty() {
            let message = format!("{} cells where a track has 4", cells.len());
            catalogue.problem(path, line + 1, message);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, tags: &[&str]) -> String {
        let places: Vec<&str> =
            TAGS.iter().map(|tag| if tags.contains(tag) { "1" } else { "0" }).collect();
        format!("{id}\t[{}]\n", places.join(", "))
    }

    fn folder(lists: [String; 3]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in FILES.iter().zip(lists) {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        folder
    }

    #[test]
    fn tracks_lie_under_three_letters_of_their_id() {
        let folder = folder([
            line("TRAAAAK128F9318786", &["pop", "Hip-Hop"]),
            line("TRYOGXX128F42483A6", &["happy"]) + "\n",
            line("TRZZZZD128F4236844", &[]),
        ]);
        let artists = "TRYOGXX128F42483A6<SEP>SOABC<SEP>Somebody<SEP>Some song\n\
             TRMMMYQ128F932D901<SEP>SOQMMHC12AB0180CB8<SEP>Faster Pussy cat<SEP>Silent Night\n";
        std::fs::write(folder.path().join(TRACKS), artists).unwrap();
        let place = Place { folder: folder.path().into(), lists: None };
        let Catalogue { recordings, splits, problems, .. } = MillionSong.read(&place).unwrap();
        let files: Vec<&str> = recordings.iter().filter_map(|r| r.file.to_str()).collect();
        let expected = [
            "A/A/A/TRAAAAK128F9318786.mp3",
            "Y/O/G/TRYOGXX128F42483A6.mp3",
            "Z/Z/Z/TRZZZZD128F4236844.mp3",
        ];
        assert_eq!(files, expected);
        assert_eq!(recordings[0].item.tags("tags").unwrap(), ["Hip-Hop", "pop"]);
        assert_eq!(recordings[0].item.group, "TRAAAAK128F9318786");
        assert_eq!(recordings[1].item.group, "Somebody");
        assert_eq!(recordings[1].item.work.as_deref(), Some("SOABC"));
        assert_eq!(recordings[2].item.tags("tags"), Some([].as_slice()));
        assert!(splits["choi_lee_pons"][1].contains("TRYOGXX128F42483A6"));
        let told: Vec<&str> =
            problems.iter().map(|(_, problem)| problem.message.as_str()).collect();
        let expected = [
            "1 tracks where the published list has 201680",
            "1 tracks where the published list has 11774",
            "1 tracks where the published list has 28435",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn rows_that_cannot_be_used_are_told_by_file_and_line() {
        let id = "TRAAAAK128F9318786";
        let wrong = line(id, &["pop"]).replace("[0, 1,", "[0, 2,");
        let train = format!("{id}\n../..\t[]\r\n{id}\t0, 1\n{id}\t[0, 1]\n{wrong}");
        let folder = folder([train, String::new(), String::new()]);
        std::fs::write(folder.path().join(TRACKS), "a<SEP>b\n").unwrap();
        let place = Place { folder: folder.path().into(), lists: None };
        let Catalogue { recordings, problems, .. } = MillionSong.read(&place).unwrap();
        assert!(recordings.is_empty());
        let at_lines = problems.iter().filter(|(_, problem)| problem.line > 0);
        let told: Vec<(&str, String)> = at_lines
            .map(|(path, problem)| {
                (path.file_name().unwrap().to_str().unwrap(), problem.to_string())
            })
            .collect();
        let expected = [
            (FILES[0], "line 1: no tab between a track and its tags".to_string()),
            (FILES[0], "line 2: \"../..\" is not TR and 16 letters and digits".to_string()),
            (FILES[0], "line 3: the tags are not in [ ]".to_string()),
            (FILES[0], "line 4: 2 tags where a track has 50".to_string()),
            (FILES[0], "line 5: tag \"pop\" is \"2\", neither 0 nor 1".to_string()),
            (TRACKS, "line 1: 2 cells where a track has 4".to_string()),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_missing_list_is_told_with_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().into(), lists: None };
        let message = MillionSong.read(&place).unwrap_err().to_string();
        assert!(message.contains(FILES[0]) && message.contains(SOURCE), "{message}");
    }
}
