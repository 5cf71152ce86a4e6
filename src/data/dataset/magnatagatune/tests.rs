//! MagnaTagATune in small, and its published lists.

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
    write!(text, "\"9\"\t\"0\"{zeros}\t\"{file}\"\r\n\"10\"\t\"yes\"{zeros}\t\"{file}\"\r\n11\r\n")
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
