//! MagnaTagATune with its split by folder, 12:1:3, and the filtered one of Lee and of Won.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::rows::{Row, Rows};
use super::{Card, Catalogue, Dataset, Download, Place, Recording, SplitCard, TargetCard};
use crate::data::corpus::Item;
use crate::data::manifest::Problem;
use crate::data::{Kind, Target};
use crate::error::Result;

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

/// The tags with the most clips, in the order of musicnn-training's `output_labels_mtt.txt`.
const TOP: [&str; 50] = [
    "guitar",
    "classical",
    "slow",
    "techno",
    "strings",
    "drums",
    "electronic",
    "rock",
    "fast",
    "piano",
    "ambient",
    "beat",
    "violin",
    "vocal",
    "synth",
    "female",
    "indian",
    "opera",
    "male",
    "singing",
    "vocals",
    "no vocals",
    "harpsichord",
    "loud",
    "quiet",
    "flute",
    "woman",
    "male vocal",
    "no vocal",
    "pop",
    "soft",
    "sitar",
    "solo",
    "man",
    "classic",
    "choir",
    "voice",
    "new age",
    "dance",
    "male voice",
    "female vocal",
    "beats",
    "harp",
    "cello",
    "no voice",
    "weird",
    "country",
    "metal",
    "female voice",
    "choral",
];

/// Where its files are.
const ADDRESS: &str = "https://mirg.city.ac.uk/datasets/magnatagatune/";

static CARD: Card = Card {
    name: "magnatagatune",
    title: "MagnaTagATune (Law, West, Mandel, Bay and Downie 2009)",
    licence: "sound CC BY-NC-SA (Magnatune), tags for research",
    size: "25,863 clips of 29.1 s, 16,000 Hz mono, 32 kbps mp3, 2.8 GB",
    source: "mirg.city.ac.uk/codeapps/the-magnatagatune-dataset: both tables, and mp3.zip.001 to \
             .003, which are joined by cat mp3.zip.00? > mp3.zip",
    layout: "annotations_final.csv, clip_info_final.csv and, of mp3.zip, the folders 0-9 and a-f \
             with <artist>-<album>-<number>-<title>-<start>-<end>.mp3",
    faults: "clips 35644, 55753 and 57881 cannot be decoded and are left out; 29, 11268 and 11269 \
             are short; the tables are named .csv and separated by tabs; synonyms (vocal, vocals, \
             voice) are tags of their own; 45 of 230 artists have clips in train and in test, and \
             a few are spelt in two ways (C Layne, C. Layne); no clip of valid is tagged birds, \
             bongos, clasical, duet, female singing, girl, jungle, no strings, piano solo, reggae, \
             sax, soprano or woodwind",
    corrupt: &CORRUPT,
    downloads: &[
        Download::plain(ADDRESS, "annotations_final.csv"),
        Download::plain(ADDRESS, "clip_info_final.csv"),
        Download::plain(ADDRESS, "mp3.zip.001"),
        Download::plain(ADDRESS, "mp3.zip.002"),
        Download::plain(ADDRESS, "mp3.zip.003"),
    ],
    by_hand: "join and unpack: cat mp3.zip.00? > mp3.zip && unzip mp3.zip",
    targets: &[
        TargetCard { name: "tags", kind: Kind::Tags, about: "the 50 tags with the most clips" },
        TargetCard { name: "all_tags", kind: Kind::Tags, about: "188 tags" },
    ],
    splits: &[
        SplitCard {
            name: "folders_12_1_3",
            origin: "folders 0-9, a and b are train, c is valid, d to f are test: the clips of \
                     CLMR, PEMR, JukeMIR, MERT and Myna",
            lists: &[],
            items: [18_706, 1_825, 5_329],
        },
        SplitCard {
            name: "tagged_12_1_3",
            origin: "folders_12_1_3 without the clips that have none of the 50 tags: those of \
                     SemiSupCon that can be decoded",
            lists: &[],
            items: [15_247, 1_529, 4_332],
        },
        SplitCard {
            name: "lee_won",
            origin: "tagged_12_1_3 without the three short clips: the lists of Lee and of Won, \
                     clip by clip",
            lists: &[],
            items: [15_244, 1_529, 4_332],
        },
    ],
};

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

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::PathBuf;

    use super::*;
    use crate::data::dataset::lists_there;

    /// The published tables in small: tabs, double quotes, 188 tags; a row is id, path and tags.
    fn folder(clips: &[(&str, &str, &str)], line_end: &str) -> tempfile::TempDir {
        let others: Vec<String> = (TOP.len()..ALL).map(|place| format!("other {place}")).collect();
        let mut names: Vec<&str> = others.iter().map(String::as_str).chain(TOP).collect();
        names.sort();
        let header = names.join("\"\t\"");
        let mut annotations = format!("\"clip_id\"\t\"{header}\"\t\"mp3_path\"{line_end}");
        let mut info = format!("\"clip_id\"\t\"title\"\t\"artist\"\t\"mp3_path\"{line_end}");
        for (id, path, tags) in clips {
            let tags: Vec<&str> = tags.split('|').collect();
            write!(annotations, "\"{id}\"").unwrap();
            for name in &names {
                write!(annotations, "\t\"{}\"", u8::from(tags.contains(name))).unwrap();
            }
            write!(annotations, "\t\"{path}\"{line_end}").unwrap();
            let artist = path.split(['/', '-']).nth(1).unwrap_or_default();
            write!(info, "\"{id}\"\t\"A \"\"B\"\"\"\t\"{artist}\"\t\"{path}\"{line_end}").unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(ANNOTATIONS), annotations).unwrap();
        std::fs::write(folder.path().join(CLIPS), info).unwrap();
        folder
    }

    fn read(folder: &Path) -> Catalogue {
        MagnaTagATune.read(&Place { folder: folder.into(), lists: None }).unwrap()
    }

    const CLIPS_THERE: [(&str, &str, &str); 7] = [
        ("2", "f/bach-cantatas-01-aria-30-59.mp3", "opera|female voice"),
        ("6", "f/bach-cantatas-01-aria-146-175.mp3", "other 99|vocal|vocals"),
        ("14", "c/lvx_nova-lvx_nova-01-contimune-30-59.mp3", ""),
        ("29", "0/bach-cantatas-01-sinfonia-117-146.mp3", "classical"),
        ("30", "b/bach-cantatas-01-sinfonia-146-175.mp3", "metal"),
        ("31", "a/bach-cantatas-02-chorale-0-29.mp3", "other 50"),
        ("35644", "6/braun-now-08-gently-117-146.mp3", "guitar"),
    ];

    #[test]
    fn tags_are_read_by_name_with_the_artist_as_group_and_the_track_as_work() {
        let folder = folder(&CLIPS_THERE, "\n");
        let catalogue = read(folder.path());
        assert!(catalogue.problems.is_empty(), "{:?}", catalogue.problems);
        let ids: Vec<&str> = catalogue.recordings.iter().map(|r| r.item.id.as_str()).collect();
        assert_eq!(ids, ["14", "2", "29", "30", "31", "6"]);
        let Recording { item, file, part } = &catalogue.recordings[5];
        assert_eq!(item.tags("tags").unwrap(), ["vocal", "vocals"]);
        assert_eq!(item.tags("all_tags").unwrap(), ["other 99", "vocal", "vocals"]);
        assert_eq!(item.group, "bach");
        assert_eq!(item.work.as_deref(), Some("f/bach-cantatas-01-aria"));
        assert_eq!(file, Path::new(CLIPS_THERE[1].1));
        assert_eq!(*part, None);
        assert_eq!(catalogue.recordings[0].item.tags("tags"), Some([].as_slice()));
        assert_eq!(catalogue.recordings[1].item.tags("tags").unwrap(), ["female voice", "opera"]);
    }

    #[test]
    fn folders_decide_the_part_and_corrupt_clips_are_in_none() {
        let folder = folder(&CLIPS_THERE, "\r\n");
        let catalogue = read(folder.path());
        let part = |split: &str, part: usize| {
            let ids: &BTreeSet<String> = &catalogue.splits[split][part];
            ids.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!([0, 1, 2].map(|p| part("folders_12_1_3", p)), ["29 30 31", "14", "2 6"]);
        assert_eq!([0, 1, 2].map(|p| part("tagged_12_1_3", p)), ["29 30", "", "2 6"]);
        assert_eq!([0, 1, 2].map(|p| part("lee_won", p)), ["30", "", "2 6"]);
    }

    #[test]
    fn rows_that_cannot_be_used_are_told_by_file_and_line() {
        let clips = [
            CLIPS_THERE[0],
            ("x6", "f/bach-cantatas-01-aria-146-175.mp3", ""),
            ("7", "g/bach-cantatas-01-aria-146-175.mp3", ""),
            ("8", "f/aria.mp3", ""),
        ];
        let folder = folder(&clips, "\r\n");
        let path = folder.path().join(ANNOTATIONS);
        let mut text = std::fs::read_to_string(&path).unwrap();
        let zeros = "\t\"0\"".repeat(ALL - 1);
        let file = "f/bach-cantatas-01-aria-175-204.mp3";
        write!(
            text,
            "\"9\"\t\"0\"{zeros}\t\"{file}\"\r\n\"10\"\t\"yes\"{zeros}\t\"{file}\"\r\n11\r\n"
        )
        .unwrap();
        std::fs::write(&path, text).unwrap();
        let info = folder.path().join(CLIPS);
        let mut text = std::fs::read_to_string(&info).unwrap();
        text += "\"10\"\t\"\"\t\"bach\"\t\"\"\r\n\"11\"\t\"bach\"\r\n";
        std::fs::write(&info, text).unwrap();

        let catalogue = read(folder.path());
        let told = |file: &PathBuf, line, message: &str| {
            (file.clone(), Problem { line, message: message.to_string() })
        };
        let pattern = "is not 0/artist-album-number-title-start-end.mp3 with a folder 0-9 or a-f";
        let expected = [
            told(&info, 7, "2 cells where the header has 4"),
            told(&path, 8, "1 cells where the header has 190"),
            told(&path, 3, "\"x6\" is not the number of a clip"),
            told(&path, 4, &format!("\"g/bach-cantatas-01-aria-146-175.mp3\" {pattern}")),
            told(&path, 5, &format!("\"f/aria.mp3\" {pattern}")),
            told(&path, 6, "clip 9 has no artist in clip_info_final.csv"),
            told(&path, 7, "tag \"ambient\" is \"yes\", neither 0 nor 1"),
        ];
        assert_eq!(catalogue.problems, expected);
        assert_eq!(catalogue.recordings.len(), 1);
    }

    #[test]
    fn a_table_without_one_of_the_50_tags_is_refused() {
        let folder = folder(&CLIPS_THERE, "\n");
        let path = folder.path().join(ANNOTATIONS);
        let text = std::fs::read_to_string(&path).unwrap().replace("\"no vocals\"", "\"noVocals\"");
        std::fs::write(&path, text).unwrap();
        let error = MagnaTagATune.read(&Place { folder: folder.path().into(), lists: None });
        let message = error.unwrap_err().to_string();
        let begins = format!("{}:1: no column \"no vocals\"", path.display());
        assert!(message.starts_with(&begins), "{message}");
    }

    /// The lists, and the catalogue of tables that have their clips and tags.
    fn published() -> Option<(PathBuf, Catalogue)> {
        let lists = lists_there("magnatagatune")?;
        let mut rows = csv::Reader::from_path(lists.join("mtt_clips.csv")).unwrap();
        let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.unwrap()).collect();
        let clips: Vec<(&str, &str, &str)> =
            rows.iter().map(|row| (&row[0], &row[1], &row[5])).collect();
        assert_eq!(clips.len(), 25_863);
        let catalogue = read(folder(&clips, "\n").path());
        assert!(catalogue.problems.is_empty(), "{:?}", catalogue.problems);
        Some((lists, catalogue))
    }

    #[test]
    fn the_published_lists_have_their_published_counts() {
        let Some((_, catalogue)) = published() else { return };
        for split in CARD.splits {
            let found = catalogue.splits[split.name].each_ref().map(BTreeSet::len);
            assert_eq!(found, split.items, "{}", split.name);
        }
        let positives = |split: &str, tag: &str| {
            catalogue.splits[split].each_ref().map(|part| {
                let there = catalogue.recordings.iter().filter(|r| part.contains(&r.item.id));
                let tagged = |r: &&Recording| r.item.tags("tags").unwrap().iter().any(|t| t == tag);
                there.filter(tagged).count()
            })
        };
        assert_eq!(positives("folders_12_1_3", "guitar"), [3469, 507, 875]);
        assert_eq!(positives("folders_12_1_3", "no vocals"), [832, 81, 245]);
        assert_eq!(positives("folders_12_1_3", "cello"), [491, 64, 20]);
        assert_eq!(positives("folders_12_1_3", "metal"), [286, 54, 165]);
        assert_eq!(positives("folders_12_1_3", "female voice"), [370, 16, 119]);
        assert_eq!(positives("folders_12_1_3", "choral"), [356, 3, 131]);
        assert_eq!(positives("lee_won", "cello"), [491, 64, 20]);
        assert_eq!(positives("lee_won", "classical"), [3298, 271, 699]);
    }

    #[test]
    fn the_rule_of_lee_won_gives_the_clips_of_the_lists() {
        let Some((lists, catalogue)) = published() else { return };
        for (part, name) in ["train", "valid", "test"].iter().enumerate() {
            let list = lists.join(format!("lee_{name}_list.txt"));
            let list = std::fs::read_to_string(list).unwrap();
            let listed: BTreeSet<&Path> = list.lines().map(Path::new).collect();
            let ids = &catalogue.splits["lee_won"][part];
            let found = catalogue.recordings.iter().filter(|r| ids.contains(&r.item.id));
            let found: BTreeSet<&Path> = found.map(|r| r.file.as_path()).collect();
            assert!(found == listed, "{name}: {} by rule, {} listed", found.len(), listed.len());
        }
    }

    #[test]
    fn the_tags_are_those_of_the_published_labels() {
        let Some(lists) = lists_there("magnatagatune") else { return };
        let labels = std::fs::read_to_string(lists.join("output_labels_mtt.txt")).unwrap();
        let labels: Vec<&str> = labels.split('\'').skip(1).step_by(2).collect();
        assert_eq!(labels, TOP);
    }
}
