//! MTG-Jamendo: whole tracks with tags, in the subsets of split 0.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Card, Catalogue, Dataset, List, Place, Recording, SplitCard, TargetCard};
use crate::data::corpus::Item;
use crate::data::manifest::Problem;
use crate::data::{Kind, Target};
use crate::error::{Error, Result};

/// D. Bogdanov, M. Won, P. Tovstogan, A. Porter and X. Serra, "The MTG-Jamendo dataset for
/// automatic music tagging", ML4MD 2019.
pub(super) struct Jamendo;

const SOURCE: &str = "github.com/MTG/mtg-jamendo-dataset, folder data/splits/split-0";

/// Where the lists are, byte for byte.
const ADDRESS: &str =
    "https://raw.githubusercontent.com/MTG/mtg-jamendo-dataset/master/data/splits/split-0/";

/// What every list begins with; tags are cells from the last of these on.
const HEADER: [&str; 6] = ["TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS"];

/// What a tag is of, as it says before its `---`.
const CATEGORIES: [&str; 3] = ["genre", "instrument", "mood/theme"];

const GENRE: [List; 3] = [
    list(
        "autotagging_genre-train.tsv",
        "c1cddb195ef94a07e67e227bf38e2a79389c1820950702b8c8894a2096f21e54",
    ),
    list(
        "autotagging_genre-validation.tsv",
        "3e203b4c573db6ec63a06c7066cf678dcf673a68ad5694c8fed22637c270dbcf",
    ),
    list(
        "autotagging_genre-test.tsv",
        "cf917388eebfa7d17d363c2fca037e2379ac027e31aa6dbe92e8dbf409ac5098",
    ),
];

const INSTRUMENT: [List; 3] = [
    list(
        "autotagging_instrument-train.tsv",
        "f844a85f0b40bb31a5d5b448ddfc10a68d7b38ecc760673d23df2bd6e7ca0f4c",
    ),
    list(
        "autotagging_instrument-validation.tsv",
        "a5060020013ac5ba65c6470ee83fc2a9785db1fe554b55065de08aa9b0cca70d",
    ),
    list(
        "autotagging_instrument-test.tsv",
        "8c1ab86f3212b6484106baf2e78f70dd5520b917607487ac98999adbd5d7ab1a",
    ),
];

const MOOD_THEME: [List; 3] = [
    list(
        "autotagging_moodtheme-train.tsv",
        "e5e9e798364b34bd241b773e5011809b24429edf471f27cf21dd8181077ba2d4",
    ),
    list(
        "autotagging_moodtheme-validation.tsv",
        "ecaa279367153476884d84d686479e566234cef1814bd6892a8755ba0a550dbf",
    ),
    list(
        "autotagging_moodtheme-test.tsv",
        "4341b5586bb3e5a80a882ce9ef33cb8b1bdaa7df856246ecc5de188dfe1cf394",
    ),
];

const TOP50: [List; 3] = [
    list(
        "autotagging_top50tags-train.tsv",
        "6dee445ddd1901286184c2059d3d5eef7486f083ae80de9011705f852a850dde",
    ),
    list(
        "autotagging_top50tags-validation.tsv",
        "4f5f0f0a7662f523b45727476f67d799d6e98151b2c585a8e94e19d980ad93c1",
    ),
    list(
        "autotagging_top50tags-test.tsv",
        "3ede06a35e6cb27e1dbe8cfc84708a607622e30e5cd0a7199fce6c081124bc35",
    ),
];

const fn list(file: &'static str, sha256: &'static str) -> List {
    List { file, sha256, source: SOURCE, folder: Some(ADDRESS) }
}

/// Lists of train, valid and test with some of the tags.
struct Subset {
    target: &'static str,
    split: &'static str,
    lists: &'static [List; 3],
}

/// The first three hold every tag once; the last holds the most frequent of them again.
static SUBSETS: [Subset; 4] = [
    Subset { target: "genre", split: "split_0_genre", lists: &GENRE },
    Subset { target: "instrument", split: "split_0_instrument", lists: &INSTRUMENT },
    Subset { target: "mood_theme", split: "split_0_mood_theme", lists: &MOOD_THEME },
    Subset { target: "top50", split: "split_0_top50", lists: &TOP50 },
];

static CARD: Card = Card {
    name: "mtg_jamendo",
    title: "MTG-Jamendo (Bogdanov, Won, Tovstogan, Porter and Serra 2019)",
    licence: "sound under each track's own Creative Commons licence, metadata CC BY-NC-SA 4.0",
    size: "55,701 whole tracks of 30 s and more: mp3 of 320 kbps, 508 GB, or mono mp3 (audio-low), \
           156 GB",
    source: "github.com/MTG/mtg-jamendo-dataset: scripts/download/download.py for the sound, \
             data/splits/split-0 for the lists, which hold the labels",
    layout: "<NN>/<id>.mp3 or, of audio-low, <NN>/<id>.low.mp3, NN the last two digits of the id",
    faults: "the lists end lines with CRLF and give each tag a column of its own; they have 183 of \
             the 195 tags and 55,525 of the tracks; no artist straddles a split",
    corrupt: &[],
    downloads: &[],
    by_hand: "run scripts/download/download.py of github.com/MTG/mtg-jamendo-dataset for the sound",
    targets: &[
        TargetCard { name: "top50", kind: Kind::Tags, about: "the 50 tags with the most tracks" },
        TargetCard { name: "genre", kind: Kind::Tags, about: "87 genres" },
        TargetCard { name: "instrument", kind: Kind::Tags, about: "40 instruments" },
        TargetCard { name: "mood_theme", kind: Kind::Tags, about: "56 moods and themes" },
        TargetCard {
            name: "all_tags",
            kind: Kind::Tags,
            about: "183 tags: genres, instruments, moods and themes",
        },
    ],
    splits: &[
        SplitCard {
            name: "split_0_top50",
            origin: "lists autotagging_top50tags of split 0 of Bogdanov et al. 2019",
            lists: &TOP50,
            items: [32_136, 10_888, 11_356],
        },
        SplitCard {
            name: "split_0_genre",
            origin: "lists autotagging_genre of split 0 of Bogdanov et al. 2019",
            lists: &GENRE,
            items: [32_572, 11_043, 11_479],
        },
        SplitCard {
            name: "split_0_instrument",
            origin: "lists autotagging_instrument of split 0 of Bogdanov et al. 2019",
            lists: &INSTRUMENT,
            items: [14_395, 5_466, 5_115],
        },
        SplitCard {
            name: "split_0_mood_theme",
            origin: "lists autotagging_moodtheme of split 0 of Bogdanov et al. 2019",
            lists: &MOOD_THEME,
            items: [9_949, 3_802, 4_231],
        },
        SplitCard {
            name: "split_0",
            origin: "the lists of genre, instrument and mood/theme together: lists autotagging of \
                     split 0",
            lists: &[
                GENRE[0],
                GENRE[1],
                GENRE[2],
                INSTRUMENT[0],
                INSTRUMENT[1],
                INSTRUMENT[2],
                MOOD_THEME[0],
                MOOD_THEME[1],
                MOOD_THEME[2],
            ],
            items: [32_859, 11_101, 11_565],
        },
    ],
};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::classes;
    use crate::data::dataset::lists_there;

    const BEGIN: &str = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\r\n";

    #[test]
    fn tracks_have_as_many_tags_as_their_line_has_columns() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("75")).unwrap();
        std::fs::write(folder.path().join("75/775.low.mp3"), "").unwrap();
        let mut tracks = Tracks::of(folder.path());
        let rows = "track_0000773\tartist_000104\talbum_000126\t73/773.mp3\t275.3\tgenre---rock\r\n\
             track_0000775\tartist_000105\talbum_000126\t75/775.mp3\t198.1\tgenre---pop\t\
             genre---folk\r\n";
        let train = tracks.enter(Path::new("g"), &format!("{BEGIN}{rows}"), "genre");
        let rows =
            "track_0000775\tartist_000105\talbum_000126\t75/775.mp3\t198.1\tinstrument---piano\r\n";
        let test = tracks.enter(Path::new("i"), &format!("{BEGIN}{rows}"), "instrument");
        tracks.enter(Path::new("m"), BEGIN, "mood_theme");
        let part = |ids: &BTreeSet<String>| [ids.clone(), BTreeSet::new(), BTreeSet::new()];
        let splits = &mut tracks.catalogue.splits;
        splits.insert("split_0_genre", part(&train));
        splits.insert("split_0_instrument", part(&test));
        splits.insert("split_0_mood_theme", part(&BTreeSet::new()));
        let Catalogue { recordings, splits, problems, .. } = tracks.united();
        assert!(problems.is_empty(), "{problems:?}");
        let [first, second] = recordings.as_slice() else { panic!("{recordings:?}") };
        assert_eq!(
            (first.item.id.as_str(), first.item.group.as_str()),
            ("track_0000773", "artist_000104")
        );
        assert_eq!(first.file, Path::new("73/773.mp3"));
        assert_eq!(first.item.tags("all_tags").unwrap(), ["genre---rock"]);
        assert_eq!(first.item.tags("instrument"), None);
        assert_eq!(second.file, Path::new("75/775.low.mp3"));
        assert_eq!(second.item.tags("genre").unwrap(), ["genre---folk", "genre---pop"]);
        let all = ["genre---folk", "genre---pop", "instrument---piano"];
        assert_eq!(second.item.tags("all_tags").unwrap(), all);
        assert_eq!(splits["split_0"][0], train);
    }

    #[test]
    fn rows_that_cannot_be_used_are_told_by_file_and_line() {
        let mut tracks = Tracks::of(Path::new("."));
        let text = "TRACK_ID\tTAGS\r\n\
             track_1\tartist_1\talbum_1\t01/1.mp3\t30.0\tgenre---rock\r\n\
             \r\n\
             track_2\tartist_1\talbum_1\t02/2.mp3\t30.0\r\n\
             3\tartist_1\talbum_1\t03/3.mp3\t30.0\tgenre---rock\r\n\
             track_4\tartist_1\talbum_1\t04/4.mp3\t30.0\tgenre---rock\trock\r\n\
             track_1\tartist_1\talbum_1\t01/1.mp3\t30.0\tgenre---pop\r\n";
        tracks.enter(Path::new("list.tsv"), text, "genre");
        let again = "track_1\tartist_2\talbum_1\t01/1.mp3\t30.0\tgenre---rock\r\n";
        tracks.enter(Path::new("other.tsv"), &format!("{BEGIN}{again}"), "top50");
        let told = |file: &str, line, message: &str| {
            (PathBuf::from(file), Problem { line, message: message.to_string() })
        };
        let expected = [
            told(
                "list.tsv",
                1,
                &format!("the header is {:?} in place of {:?}", "TRACK_ID\tTAGS", BEGIN.trim()),
            ),
            told("list.tsv", 4, "5 cells where a track has 6 or more"),
            told(
                "list.tsv",
                5,
                "\"3\", \"artist_1\" and \"03/3.mp3\" are not track_<number>, artist_<number> and \
                 a path of .mp3",
            ),
            told("list.tsv", 6, "\"rock\" is not category---tag of genre, instrument, mood/theme"),
            told("list.tsv", 7, "duplicate id \"track_1\""),
            told("other.tsv", 2, "track_1 is by artist_2, elsewhere by artist_1"),
        ];
        assert_eq!(tracks.catalogue.problems, expected);
        let catalogue = tracks.united();
        assert_eq!(catalogue.recordings[0].item.tags("genre").unwrap(), ["genre---rock"]);
        assert_eq!(catalogue.recordings.len(), 1);
    }

    #[test]
    fn a_list_that_is_not_the_published_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let lists = Some(folder.path().to_path_buf());
        let place = Place { folder: folder.path().into(), lists };
        let message = Jamendo.read(&place).unwrap_err().to_string();
        assert!(message.contains("give their folder (github.com/MTG/"), "{message}");
        std::fs::write(folder.path().join(GENRE[0].file), BEGIN).unwrap();
        let message = Jamendo.read(&place).unwrap_err().to_string();
        assert!(message.contains("SHA-256") && message.contains(GENRE[0].sha256), "{message}");
    }

    #[test]
    fn the_published_lists_have_their_published_counts() {
        let Some(lists) = lists_there("mtg_jamendo") else { return };
        let mut files = SUBSETS.iter().flat_map(|subset| subset.lists);
        if let Some(list) = files.find(|list| !lists.join(list.file).exists()) {
            println!("skipped: {} is not in {} as published", list.file, lists.display());
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().into(), lists: Some(lists.clone()) };
        let catalogue = Jamendo.read(&place).unwrap();
        assert!(catalogue.problems.is_empty(), "{:?}", catalogue.problems);
        assert_eq!(catalogue.recordings.len(), 55_525);
        for split in CARD.splits {
            let found = catalogue.splits[split.name].each_ref().map(BTreeSet::len);
            assert_eq!(found, split.items, "{}", split.name);
        }
        let items: Vec<Item> = catalogue.recordings.iter().map(|r| r.item.clone()).collect();
        let number = |target| classes(&items, target).len();
        let targets = ["top50", "genre", "instrument", "mood_theme", "all_tags"];
        assert_eq!(targets.map(number), [50, 87, 40, 56, 183]);
        let groups: BTreeSet<&str> = items.iter().map(|item| item.group.as_str()).collect();
        assert_eq!(groups.len(), 3_565);
        let positives = |split: &str, target: &str, tag: &str| {
            catalogue.splits[split].each_ref().map(|part| {
                let there = items.iter().filter(|item| part.contains(&item.id));
                let tags = there.filter_map(|item| item.tags(target));
                tags.filter(|tags| tags.iter().any(|t| t == tag)).count()
            })
        };
        assert_eq!(positives("split_0_top50", "top50", "genre---rock"), [3995, 1499, 1371]);
        assert_eq!(positives("split_0_genre", "genre", "genre---punkrock"), [417, 190, 122]);
        let piano = positives("split_0_instrument", "instrument", "instrument---piano");
        assert_eq!(piano, [4194, 1929, 1627]);
        let happy = positives("split_0_mood_theme", "mood_theme", "mood/theme---happy");
        assert_eq!(happy, [927, 392, 338]);
        assert_eq!(positives("split_0", "all_tags", "mood/theme---happy"), happy);
        for (target, file) in [("top50", "top50.txt"), ("mood_theme", "moodtheme_split.txt")] {
            let official = std::fs::read_to_string(lists.join(file)).unwrap();
            let mut official: Vec<&str> = official.lines().collect();
            official.sort();
            assert_eq!(classes(&items, target), official, "{target}");
        }
    }
}
