//! MTG-Jamendo in small, and its published lists.

use super::card::{CARD, GENRE};
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
