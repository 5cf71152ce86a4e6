//! SHS100K with the lists of SHS100K-SUB: songs and their versions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Card, Catalogue, Dataset, List, Place, Recording, SplitCard, TargetCard};
use crate::audio::is_sound;
use crate::data::corpus::Item;
use crate::data::{Kind, Target};
use crate::error::{Error, Result};

/// X. Xu, X. Chen and D. Yang, "Key-invariant convolutional neural network toward efficient cover
/// song identification", ICME 2018.
pub(super) struct Shs100k;

const LISTS: &[List] = &[
    List {
        file: "SHS_TRAIN_SUB_pemr.txt",
        sha256: "f442cc98a9ee523e062a1552023329fc5b6dc2614b67297bd98c66cecd5b58cd",
        source: "github.com/yaoodng7/PEMR, dataset/SHS100K/SHS_TRAIN_SUB.npy as lines of text",
        folder: None,
    },
    List {
        file: "SHS_VAL_SUB_pemr.txt",
        sha256: "1df984061f50b1eea23dda38ee78414b569221d523a72333353c228c8735fa29",
        source: "github.com/yaoodng7/PEMR, dataset/SHS100K/SHS_VAL_SUB.npy as lines of text",
        folder: None,
    },
    List {
        file: "SHS_TEST_SUB_pemr.txt",
        sha256: "3805c41652bd1c4804dbf44c2d7349ffd0245dac0ca5345168af8450308314f9",
        source: "github.com/yaoodng7/PEMR, dataset/SHS100K/SHS_TEST_SUB.npy as lines of text",
        folder: None,
    },
];

static CARD: Card = Card {
    name: "shs100k",
    title: "SHS100K (Xu, Chen and Yang 2018) with SHS100K-SUB (Yao et al. 2022)",
    licence: "none stated for SHS100K, Apache-2.0 for the lists of SHS100K-SUB; the recordings are \
              their owners'",
    size: "12,011 whole songs in SHS100K-SUB, of 108,869 in SHS100K; their bytes depend on what is \
           fetched",
    source: "the file `list` of github.com/NovaFrost/SHS100K has set_id, ver_id, title, performer, \
             YouTube address and status: fetch what is left of it yourself. The lists of \
             SHS100K-SUB are published as NumPy arrays: write each as a text \
             SHS_{TRAIN,VAL,TEST}_SUB_pemr.txt of its entries `set_ver` in their order, \\n behind \
             each of them",
    layout: "<set_id>_<ver_id>.<ending>, such as 9500_1.m4a; every other file is passed over",
    faults: "a large share of the addresses is dead: report how many versions and songs are left; \
             Opus, as YouTube offers it, is not decoded: fetch AAC or convert it; 11 songs of test \
             and 15 of valid have one version, so that nothing is to be found for it; 326 versions \
             of test are in the train list of CQT-Net and TPP-Net: what was trained on that list \
             must not be tested on this one",
    corrupt: &[],
    downloads: &[],
    by_hand: "fetch the recordings yourself, each as <set_id>_<ver_id>.<ending>, and write the \
              lists as `source` says",
    targets: &[TargetCard {
        name: "work",
        kind: Kind::Class,
        about: "the song it is a version of: 707 in train, 174 others in valid, 207 in test",
    }],
    splits: &[SplitCard {
        name: "sub",
        origin: "lists of PEMR's authors, which divide songs",
        lists: LISTS,
        items: [10_003, 1_004, 1_004],
    }],
};

impl Dataset for Shs100k {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let entries = std::fs::read_dir(&place.folder).map_err(Error::io("read", &place.folder))?;
        for entry in entries {
            let name = entry.map_err(Error::io("read", &place.folder))?.file_name();
            let file = PathBuf::from(name);
            if let Some((id, song)) = identified(&file) {
                let targets = BTreeMap::from([("work".into(), Target::Class(song.into()))]);
                let work = Some(song.into());
                let item = Item { group: id.into(), id: id.into(), work, targets };
                catalogue.recordings.push(Recording { item, file, part: None });
            }
        }
        // Of two files of one version the same is kept on every disk: the first by name.
        catalogue.recordings.sort_by(|a, b| a.file.cmp(&b.file));
        if let Some(lists) = &place.lists {
            let mut parts: [BTreeSet<String>; 3] = Default::default();
            for (part, list) in parts.iter_mut().zip(LISTS) {
                part.extend(list.text(lists)?.lines().map(str::to_string));
            }
            catalogue.splits.insert("sub", parts);
        }
        Ok(catalogue.finish(&place.folder))
    }
}

/// Version and song of a file's name: `9500_1` and `9500` of `9500_1.m4a`.
fn identified(file: &Path) -> Option<(&str, &str)> {
    let id = file.file_stem().filter(|_| is_sound(file))?.to_str()?;
    let (song, version) = id.split_once('_')?;
    let numbers = [song, version]
        .iter()
        .all(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    numbers.then_some((id, song))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::lists_there;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|file| std::fs::write(folder.path().join(file), "").unwrap());
        folder
    }

    #[test]
    fn files_are_known_by_their_song_and_version() {
        let folder = folder(&[
            "9500_1.mp3",
            "9500_0.m4a",
            "12_3.WAV",
            "9500_2.txt",
            "9500.mp3",
            "_1.mp3",
            "12_3_4.wav",
            "list",
        ]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Shs100k.read(&place).unwrap();
        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|r| (r.item.id.as_str(), r.item.work.as_deref(), r.item.class("work")))
            .collect();
        let expected = [("12_3", "12"), ("9500_0", "9500"), ("9500_1", "9500")]
            .map(|(id, song)| (id, Some(song), Some(song)));
        assert_eq!(found, expected);
        assert!(catalogue.splits.is_empty() && catalogue.problems.is_empty());
    }

    #[test]
    fn of_two_files_of_one_version_the_first_is_kept_and_the_other_told() {
        let folder = folder(&["1_0.wav", "1_0.mp3"]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Shs100k.read(&place).unwrap();
        let files: Vec<&Path> = catalogue.recordings.iter().map(|r| r.file.as_path()).collect();
        assert_eq!(files, [Path::new("1_0.mp3")]);
        assert_eq!(catalogue.problems[0].1.message, "duplicate id \"1_0\"");
    }

    #[test]
    fn a_list_that_is_not_the_published_one_is_refused_with_its_source() {
        let folder = folder(&[]);
        std::fs::write(folder.path().join(LISTS[0].file), "1_0\n").unwrap();
        let place = Place { folder: folder.path().into(), lists: Some(folder.path().into()) };
        let told = Shs100k.read(&place).unwrap_err().told();
        assert!(told.contains(LISTS[0].sha256) && told.contains(LISTS[0].source), "{told}");
    }

    #[test]
    fn the_published_lists_have_their_published_counts_and_share_no_song() {
        let Some(lists) = lists_there("shs100k") else { return };
        let folder = folder(&[]);
        let place = Place { folder: folder.path().into(), lists: Some(lists) };
        let parts = &Shs100k.read(&place).unwrap().splits["sub"];
        let mut songs: [BTreeMap<&str, usize>; 3] = Default::default();
        for (songs, part) in songs.iter_mut().zip(parts) {
            for id in part {
                let file = Path::new(id).with_extension("mp3");
                assert_eq!(identified(&file).unwrap().0, id);
                *songs.entry(id.split_once('_').unwrap().0).or_default() += 1;
            }
        }
        assert_eq!(parts.each_ref().map(BTreeSet::len), CARD.splits[0].items);
        assert_eq!(songs.each_ref().map(BTreeMap::len), [707, 174, 207]);
        let once =
            songs.each_ref().map(|songs| songs.values().filter(|count| **count == 1).count());
        assert_eq!(once, [0, 15, 11]);
        let all: BTreeSet<&str> = songs.iter().flat_map(|songs| songs.keys().copied()).collect();
        assert_eq!(all.len(), 707 + 174 + 207);
    }
}
