//! Covers80: two versions each of eighty songs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Card, Catalogue, Dataset, Download, Place, Recording, SplitCard, TargetCard};
use crate::data::corpus::Item;
use crate::data::{Kind, Target};
use crate::error::Result;
use crate::files;

/// D. P. W. Ellis, "The covers80 cover song data set", 2007,
/// <http://labrosa.ee.columbia.edu/projects/coversongs/covers80>.
pub(super) struct Covers80;

/// Where the archive keeps lists and sound.
const FOLDER: &str = "covers32k";

static CARD: Card = Card {
    name: "covers80",
    title: "Covers80 (Ellis and Cotton 2007)",
    licence: "none stated; commercial recordings, for research",
    size: "160 whole songs, 16 kHz mono, MP3 of 32 kbit/s, 164 MB",
    source: "covers80.tgz at labrosa.ee.columbia.edu/projects/coversongs/covers80, sound and lists \
             in one",
    layout: "covers32k/list1.list, covers32k/list2.list and, for each of their lines, \
             covers32k/<song>/<artist>+<album>+<NN>-<song>.mp3; the folder is the one that has \
             covers32k, in the archive `coversongs`",
    faults: "three songs have further versions in the archive, which neither list names: they are \
             left out; a few pairs are said to be mislabelled, and nobody corrects them; several \
             artists sing more than one song",
    corrupt: &[],
    downloads: &[Download::plain(
        "http://labrosa.ee.columbia.edu/projects/coversongs/covers80/",
        "covers80.tgz",
    )],
    by_hand: "unpack: tar xzf covers80.tgz; the folder is then `coversongs`",
    targets: &[TargetCard {
        name: "work",
        kind: Kind::Class,
        about: "the song it is a version of: 80 songs",
    }],
    splits: &[SplitCard {
        name: "all",
        origin: "every recording is test: each asks for its partner among the 159 others",
        lists: &[],
        items: [0, 0, 160],
    }],
};

impl Dataset for Covers80 {
    fn card(&self) -> &'static Card {
        &CARD
    }

    /// Line k of one list and line k of the other are the two versions of a song.
    fn read(&self, place: &Place) -> Result<Catalogue> {
        let folder = place.folder.join(FOLDER);
        let [first, second] = ["list1.list", "list2.list"].map(|list| folder.join(list));
        let (ones, others) = (files::read_text(&first)?, files::read_text(&second)?);
        let lists = [lines(&ones), lines(&others)];
        let mut catalogue = Catalogue::default();
        for at in 0..lists[0].len().max(lists[1].len()) {
            let pair = lists.each_ref().map(|list| list.get(at).copied().unwrap_or(""));
            match pair.map(Version::read) {
                [Some(one), Some(other)] if one.song == other.song => {
                    catalogue.recordings.extend([one.recording(), other.recording()]);
                }
                _ if pair == ["", ""] => {}
                _ => {
                    let [one, other] = pair;
                    let message = format!(
                        "{one:?}, and {other:?} in list2.list, are not two versions \
                         song/artist+album+NN-song of one song"
                    );
                    catalogue.problem(&first, at + 1, message);
                }
            }
        }
        let catalogue = catalogue.finish(&first);
        let all: BTreeSet<String> =
            catalogue.recordings.iter().map(|recording| recording.item.id.clone()).collect();
        let splits = BTreeMap::from([("all", [BTreeSet::new(), BTreeSet::new(), all])]);
        Ok(Catalogue { splits, ..catalogue })
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).collect()
}

/// A line of a list.
struct Version<'a> {
    song: &'a str,
    artist: &'a str,
    name: &'a str,
}

impl Version<'_> {
    /// Reads `song/artist+album+NN-song`.
    fn read(line: &str) -> Option<Version<'_>> {
        let (song, name) = line.split_once('/')?;
        let (artist, _) = name.split_once('+')?;
        // The archive writes one artist in both ways: sheryl_crow and sheryl_crow_.
        let artist = artist.trim_end_matches('_');
        Some(Version { song, artist, name })
    }

    fn recording(&self) -> Recording {
        let Version { song, artist, name } = *self;
        let targets = BTreeMap::from([("work".into(), Target::Class(song.into()))]);
        let item = Item { id: name.into(), group: artist.into(), work: Some(song.into()), targets };
        let file = Path::new(FOLDER).join(song).join(format!("{name}.mp3"));
        Recording { item, file, part: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::lists_there;

    fn read(ones: &str, others: &str) -> Catalogue {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        std::fs::write(folder.path().join("covers32k/list1.list"), ones).unwrap();
        std::fs::write(folder.path().join("covers32k/list2.list"), others).unwrap();
        Covers80.read(&Place { folder: folder.path().into(), lists: None }).unwrap()
    }

    #[test]
    fn the_lines_of_both_lists_are_the_versions_of_a_song() {
        let catalogue = read(
            "Faith/limp_bizkit+Three+09-Faith\nTime/tom_waits_+Rain_Dogs+09-Time\n",
            "Faith/george_michael+Faith+01-Faith\r\nTime/tori_amos+Girls+07-Time\r\n\r\n",
        );
        assert!(catalogue.problems.is_empty(), "{:?}", catalogue.problems);
        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|r| (r.item.group.as_str(), r.item.work.as_deref(), r.file.to_str().unwrap()))
            .collect();
        let expected = [
            ("george_michael", "Faith", "covers32k/Faith/george_michael+Faith+01-Faith.mp3"),
            ("limp_bizkit", "Faith", "covers32k/Faith/limp_bizkit+Three+09-Faith.mp3"),
            ("tom_waits", "Time", "covers32k/Time/tom_waits_+Rain_Dogs+09-Time.mp3"),
            ("tori_amos", "Time", "covers32k/Time/tori_amos+Girls+07-Time.mp3"),
        ];
        assert_eq!(found, expected.map(|(artist, song, file)| (artist, Some(song), file)));
        assert_eq!(catalogue.recordings[0].item.class("work"), Some("Faith"));
        let [train, valid, test] = &catalogue.splits["all"];
        assert!(train.is_empty() && valid.is_empty());
        let ids: BTreeSet<String> =
            catalogue.recordings.iter().map(|r| r.item.id.clone()).collect();
        assert!(ids.contains("tom_waits_+Rain_Dogs+09-Time"));
        assert_eq!(*test, ids);
    }

    #[test]
    fn a_line_without_its_partner_is_told_and_left_out() {
        let catalogue = read(
            "A/x+a+1-A\nB/x+b+2-B\nC.mp3\nD/x+d+4-D\nE/x+e+5-E\n",
            "A/y+a+1-A\nC/y+b+2-C\nC/y+c+3-C\nD/y+d+4-D\n",
        );
        let lines: Vec<usize> = catalogue.problems.iter().map(|(_, p)| p.line).collect();
        assert_eq!(lines, [2, 3, 5]);
        let told = &catalogue.problems[0].1.message;
        assert!(told.contains("B/x+b+2-B") && told.contains("C/y+b+2-C"), "{told}");
        let songs: Vec<_> =
            catalogue.recordings.iter().filter_map(|r| r.item.work.as_deref()).collect();
        assert_eq!(songs, ["A", "D", "A", "D"]);
    }

    #[test]
    fn lists_that_are_missing_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let told = Covers80.read(&Place { folder: folder.path().into(), lists: None });
        assert!(told.unwrap_err().told().contains("list1.list"));
    }

    /// The list that CQT-Net and TPP-Net were tested by has numbers for the same recordings.
    #[test]
    fn others_count_as_many_recordings_and_two_of_each_song() {
        let Some(lists) = lists_there("covers80") else { return };
        let text = files::read_text(&lists.join("songs80_list.txt")).unwrap();
        let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for id in text.lines() {
            let (song, version) = id.split_once('_').unwrap();
            assert!(versions.entry(song).or_default().insert(version), "{id} comes twice");
        }
        assert!(versions.values().all(|versions| versions.len() == 2));
        assert_eq!([0, 0, 2 * versions.len()], CARD.splits[0].items);
        assert_eq!(versions.len(), 80);
    }
}
