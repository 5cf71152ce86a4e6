//! GiantSteps Key and GiantSteps MTG Key: electronic dance music and the keys it is in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::rows::{Row, Rows};
use super::{Card, Catalogue, Dataset, List, Place, SplitCard, TargetCard, keyed, parts};
use crate::data::{Kind, Target};
use crate::error::{Error, Result};

/// P. Knees, Á. Faraldo, P. Herrera, R. Vogl, S. Böck, F. Hörschläger and M. Le Goff, "Two data
/// sets for tempo estimation and key detection in electronic dance music annotated from user
/// corrections", ISMIR 2015, and what the Music Technology Group annotated after it.
pub(super) struct Giantsteps;

/// The folders of the two repositories: what is tested on and what is learned from.
const TESTED: &str = "giantsteps-key-dataset";
const LEARNED: &str = "giantsteps-mtg-key-dataset";

const LIST: List = List {
    file: "jukemir_song_split.csv",
    sha256: "f86d59e96239a188adc27994f57f7283e48bfa4077d41ac5c5445ed0b57c5fc4",
    source: "github.com/p-lambda/jukemir, metadata/giantsteps_clips.json.gz: a row per song, in \
             order, with song_uid, split, key, duration_s and n_30s_clips",
    folder: None,
};

/// Songs of SemiSupCon's valid part, and of train and valid together.
const DRAWN: [usize; 2] = [198, 1159];

static CARD: Card = Card {
    name: "giantsteps",
    title: "GiantSteps Key (Knees et al. 2015) and GiantSteps MTG Key",
    licence: "none stated; the sound is previews of a shop",
    size: "604 and 1,486 previews of two minutes, mp3",
    source: "github.com/GiantSteps/giantsteps-key-dataset and giantsteps-mtg-key-dataset; \
             audio_dl.sh in each fetches the sound, from www.cp.jku.at where the shop's links are \
             dead",
    layout: "both repositories beside each other, the sound in audio/<id>.LOFI.mp3 of each",
    faults: "MTG: 304 previews are of less than full confidence and 23 of several keys, which \
             leaves 1,159 with a label (1,077 of them without a reservation in words); no artists \
             are known of the 604; 1224698, 1442809, 3424038 and 4452003 last 45 to 77 s",
    corrupt: &[],
    downloads: &[],
    by_hand: "in the folder, clone both repositories (git clone ADDRESS) and run audio_dl.sh \
              in each; compare the sound with the sums in md5/",
    targets: &[TargetCard { name: "key", kind: Kind::Key, about: "24 keys" }],
    splits: &[
        SplitCard {
            name: "jukemir",
            origin: "the 604 are test; MTG by the SHA-1 of the artist modulo 116, from 100 on \
                     valid with all who share a song with such an artist, and with those in turn \
                     (Castellon, Donahue and Liang 2021)",
            lists: &[LIST],
            items: [923, 236, 604],
        },
        SplitCard {
            name: "semisupcon",
            origin: "the 604 are test; MTG at random, whoever the artist (Guinot et al. 2024); \
                     theirs is unpublished, this one has its sizes and goes by the SHA-256 of the \
                     id",
            lists: &[],
            items: [961, 198, 604],
        },
        SplitCard {
            name: "keymyna",
            origin: "the 604 are test, MTG is train; nothing is valid, for the published choices \
                     were made on test",
            lists: &[],
            items: [1159, 0, 604],
        },
    ],
};

impl Dataset for Giantsteps {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let test = tested(&place.folder, &mut catalogue)?;
        let learned = learned(&place.folder, &mut catalogue)?;
        let [train, valid] = drawn(&learned);
        catalogue.splits.insert("semisupcon", [train, valid, test.clone()]);
        catalogue.splits.insert("keymyna", [learned, BTreeSet::new(), test]);
        if let Some(lists) = &place.lists {
            let parts = parts::read(&LIST, lists, "song_uid", &mut catalogue)?;
            catalogue.splits.insert("jukemir", parts);
        }
        Ok(catalogue.finish(&place.folder))
    }
}

/// Adds the songs of GiantSteps Key; the ids of those with a key.
fn tested(folder: &Path, catalogue: &mut Catalogue) -> Result<BTreeSet<String>> {
    let keys = folder.join(TESTED).join("annotations").join("key");
    let mut known = BTreeSet::new();
    for entry in std::fs::read_dir(&keys).map_err(Error::io("read", &keys))? {
        let name = entry.map_err(Error::io("read", &keys))?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".key"));
        let (Some(stem), path) = (stem, keys.join(&name)) else { continue };
        let id = match parts::number(stem.strip_suffix(".LOFI").unwrap_or(stem)) {
            Ok(id) => id,
            Err(message) => {
                catalogue.problem(&path, 0, format!("not named <id>.LOFI.key: {message}"));
                continue;
            }
        };
        let key = keyed::read(&path, catalogue)?;
        if key.is_some() {
            known.insert(id.clone());
        }
        let sound = Path::new(TESTED).join("audio").join(format!("{stem}.mp3"));
        catalogue.recordings.push(keyed::recording(id.clone(), id, key, sound));
    }
    Ok(known)
}

/// Adds the songs of GiantSteps MTG Key; the ids of those with one certain key.
fn learned(folder: &Path, catalogue: &mut Catalogue) -> Result<BTreeSet<String>> {
    let annotations = folder.join(LEARNED).join("annotations");
    let songs = Rows::read(&annotations.join("beatport_metadata.txt"), b'\t', &["ID", "ARTIST"])?;
    let groups = groups(&songs, catalogue);
    let needed = ["ID", "MANUAL KEY", "C"];
    let rows = Rows::read(&annotations.join("annotations.txt"), b'\t', &needed)?;
    catalogue.problems.extend(rows.problems.iter().cloned());
    let mut known = BTreeSet::new();
    for row in rows.iter() {
        let id = match parts::number(row.cell("ID")) {
            Ok(id) => id,
            Err(message) => {
                catalogue.problem(rows.path(), row.line, message);
                continue;
            }
        };
        let key = certain(&row).unwrap_or_else(|message| {
            catalogue.problem(rows.path(), row.line, message);
            None
        });
        if key.is_some() {
            known.insert(id.clone());
        }
        let group = groups.get(&id).cloned().unwrap_or_else(|| {
            let message = format!("no artist of song {id} in beatport_metadata.txt");
            catalogue.problem(rows.path(), row.line, message);
            id.clone()
        });
        let sound = Path::new(LEARNED).join("audio").join(format!("{}.LOFI.mp3", row.cell("ID")));
        catalogue.recordings.push(keyed::recording(id, group, key, sound));
    }
    Ok(known)
}

/// The key of a row, if the annotators are certain of it and hear no other.
fn certain(row: &Row<'_>) -> Result<Option<Target>, String> {
    match (row.cell("C"), row.cell("MANUAL KEY")) {
        ("0" | "1", _) => Ok(None),
        ("2", several) if several.contains('/') => Ok(None),
        ("2", "-" | "") => Ok(None),
        ("2", key) => Kind::Key.read(key),
        (other, _) => Err(format!("the confidence {other:?} is none of 0, 1, 2")),
    }
}

/// By song, the first name among its artists and all whom songs join to them.
fn groups(songs: &Rows, catalogue: &mut Catalogue) -> BTreeMap<String, String> {
    catalogue.problems.extend(songs.problems.iter().cloned());
    let mut artists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in songs.iter() {
        let names = row.cell("ARTIST").split(',').map(|name| name.trim().to_lowercase());
        match parts::number(row.cell("ID")) {
            Ok(id) => drop(artists.insert(id, names.filter(|name| !name.is_empty()).collect())),
            Err(message) => catalogue.problem(songs.path(), row.line, message),
        }
    }
    let names = artists.values().flatten();
    let mut first: BTreeMap<&str, &str> =
        names.map(|name| (name.as_str(), name.as_str())).collect();
    loop {
        let mut settled = true;
        for names in artists.values() {
            let Some(least) = names.iter().map(|name| first[name.as_str()]).min() else { continue };
            for name in names {
                settled &= first.insert(name, least) == Some(least);
            }
        }
        if settled {
            break;
        }
    }
    let group = |(id, names): (&String, &Vec<String>)| {
        names.first().map(|name| (id.clone(), first[name.as_str()].to_string()))
    };
    artists.iter().filter_map(group).collect()
}

/// Train and valid of SemiSupCon's sizes: valid are the songs of the smallest SHA-256.
fn drawn(songs: &BTreeSet<String>) -> [BTreeSet<String>; 2] {
    let mut order: Vec<&String> = songs.iter().collect();
    order.sort_by_cached_key(|id| Sha256::digest(id.as_bytes()).to_vec());
    let (valid, train) = order.split_at(songs.len() * DRAWN[0] / DRAWN[1]);
    [train, valid].map(|part| part.iter().map(|id| id.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{laid_out, lists_there, told};
    use crate::data::key::Key;

    /// Both repositories with these annotations, and a file per key of the tested songs beside a
    /// file without one.
    fn written(songs: &str, keys: &str, tested: &[(&str, &str)]) -> tempfile::TempDir {
        let learned = |file: &str| format!("{LEARNED}/annotations/{file}");
        let mut files = vec![
            (learned("beatport_metadata.txt"), songs),
            (learned("annotations.txt"), keys),
            (format!("{TESTED}/annotations/key/readme"), ""),
        ];
        let name = |name: &str| format!("{TESTED}/annotations/key/{name}");
        files.extend(tested.iter().map(|(file, key)| (name(file), *key)));
        laid_out(&files.iter().map(|(file, text)| (file.as_str(), *text)).collect::<Vec<_>>())
    }

    const SONGS: &str = "ID\tARTIST\tSONG TITLE\tMIX\tLABEL\tBP GENRE\tBP BPM\tBP KEY\n\
        5061\tPhilippe Van Mullem\tCanopy\tMix\tBonzai\tTrance\t132\tD# major\n\
        5881\tZoe, Lance Madden\tRealness\tMix\tShock\tHard Dance\t149\tA major\n\
        7217\tlance madden, Focus\tI \"Try\"\tRemix\tStar 69\tHouse\t128\tC major\n\
        10359\tAbe, Focus\tA\tMix\tL\tHouse\t128\tC major\n";

    #[test]
    fn only_one_certain_key_is_a_label() {
        let keys = "ID\tMANUAL KEY\tC\r\n5061\td# minor\t2\r\n5881\tC# major \t2\r\n\
                    7217\tC minor / F# minor\t2\r\n10359\t-\t0\r\n";
        let folder = written(SONGS, keys, &[("0010089.LOFI.key", "D major")]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Giantsteps.read(&place).unwrap();
        assert!(catalogue.problems.is_empty(), "{:?}", catalogue.problems);
        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|r| (r.item.id.as_str(), r.item.class("key"), r.file.to_str().unwrap()))
            .collect();
        let expected = [
            ("10089", Some("D major"), "giantsteps-key-dataset/audio/0010089.LOFI.mp3"),
            ("10359", None, "giantsteps-mtg-key-dataset/audio/10359.LOFI.mp3"),
            ("5061", Some("Eb minor"), "giantsteps-mtg-key-dataset/audio/5061.LOFI.mp3"),
            ("5881", Some("Db major"), "giantsteps-mtg-key-dataset/audio/5881.LOFI.mp3"),
            ("7217", None, "giantsteps-mtg-key-dataset/audio/7217.LOFI.mp3"),
        ];
        assert_eq!(found, expected);
        let [train, valid, test] = &catalogue.splits["keymyna"];
        let known = BTreeSet::from(["5061", "5881"].map(String::from));
        assert_eq!((train, valid.len(), test.len()), (&known, 0, 1));
        assert!(!catalogue.splits.contains_key("jukemir"));
    }

    #[test]
    fn artists_whom_songs_join_are_one_group() {
        let keys = "ID\tMANUAL KEY\tC\n5061\tE minor\t2\n5881\tE minor\t2\n7217\tE minor\t2\n\
                    10359\tE minor\t2\n";
        let folder = written(SONGS, keys, &[]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Giantsteps.read(&place).unwrap();
        let groups: Vec<&str> =
            catalogue.recordings.iter().map(|r| r.item.group.as_str()).collect();
        assert_eq!(groups, ["abe", "philippe van mullem", "abe", "abe"]);
    }

    #[test]
    fn faults_are_told_by_file_and_line() {
        let keys = "ID\tMANUAL KEY\tC\n5061\tH minor\t2\n5881\tE minor\t3\nsix\tE minor\t2\n\
                    99\tE minor\t2\n7217\tE minor\n";
        let tested = [("12.LOFI.key", "D dorian"), ("id.LOFI.key", "D major")];
        let folder = written(&format!("{SONGS}seven\tAbe\t\t\t\t\t\t\n"), keys, &tested);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Giantsteps.read(&place).unwrap();
        let mut told = told(&catalogue, folder.path());
        told.sort();
        let (tested, learned) =
            (format!("{TESTED}/annotations/key"), format!("{LEARNED}/annotations"));
        let expected = [
            format!("{tested}/12.LOFI.key:1: \"D dorian\" is not a key; "),
            format!(
                "{tested}/id.LOFI.key:0: not named <id>.LOFI.key: \"id\" is not a whole number"
            ),
            format!("{learned}/annotations.txt:2: \"H minor\" is not a key; "),
            format!("{learned}/annotations.txt:3: the confidence \"3\" is none of 0, 1, 2"),
            format!("{learned}/annotations.txt:4: \"six\" is not a whole number"),
            format!("{learned}/annotations.txt:5: no artist of song 99 in beatport_metadata.txt"),
            format!("{learned}/annotations.txt:6: 2 cells where the header has 3"),
            format!("{learned}/beatport_metadata.txt:6: \"seven\" is not a whole number"),
        ];
        assert_eq!(told.len(), expected.len());
        for (told, expected) in told.iter().zip(&expected) {
            assert!(told.starts_with(expected), "{told}");
        }
        assert_eq!(catalogue.splits["keymyna"].clone().map(|part| part.len()), [1, 0, 0]);
    }

    #[test]
    fn the_drawn_split_depends_on_the_ids_alone() {
        let ids: BTreeSet<String> = (0..1159).map(|id: u32| id.to_string()).collect();
        let [train, valid] = drawn(&ids);
        assert_eq!([train.len(), valid.len()], [961, 198]);
        // hashlib.sha256 puts 1039 first of all, 1053 last of valid, 781 after it.
        assert!(valid.contains("1039") && valid.contains("1053") && train.contains("781"));
    }

    /// The catalogue of the published annotations.
    fn published() -> Option<Catalogue> {
        let lists = lists_there("giantsteps")?;
        let text = |file: &str| std::fs::read_to_string(lists.join(file)).unwrap();
        let rows = Rows::read(&lists.join("giantsteps_key_604.csv"), b',', &["id", "key"]).unwrap();
        let named =
            |row: Row<'_>| (format!("{}.LOFI.key", row.cell("id")), row.cell("key").to_string());
        let tested: Vec<(String, String)> = rows.iter().map(named).collect();
        let tested: Vec<(&str, &str)> =
            tested.iter().map(|(name, key)| (name.as_str(), key.as_str())).collect();
        let (songs, keys) = (text("mtg_beatport_metadata.txt"), text("mtg_annotations.txt"));
        let folder = written(&songs, &keys, &tested);
        let place = Place { folder: folder.path().into(), lists: Some(lists) };
        Some(Giantsteps.read(&place).unwrap())
    }

    #[test]
    fn the_published_annotations_have_their_published_counts() {
        let Some(catalogue) = published() else { return };
        assert_eq!((catalogue.problems.len(), catalogue.recordings.len()), (0, 604 + 1486));
        for split in CARD.splits {
            let sizes = catalogue.splits[split.name].clone().map(|part| part.len());
            assert_eq!(sizes, split.items, "{}", split.name);
        }
        let test = &catalogue.splits["jukemir"][2];
        assert_eq!(test, &catalogue.splits["keymyna"][2]);
        let mut of_key = [0; Key::COUNT];
        for item in catalogue.recordings.iter().map(|r| &r.item).filter(|i| test.contains(&i.id)) {
            of_key[item.class("key").unwrap().parse::<Key>().unwrap().class()] += 1;
        }
        assert_eq!(of_key[..12], [15, 1, 10, 9, 10, 9, 5, 8, 5, 11, 5, 5]);
        assert_eq!(of_key[12..], [53, 25, 40, 36, 48, 73, 31, 62, 29, 54, 28, 32]);
    }

    #[test]
    fn the_jukemir_split_divides_all_certain_songs_and_no_group() {
        let Some(catalogue) = published() else { return };
        let [train, valid, _] = &catalogue.splits["jukemir"];
        let both: BTreeSet<String> = train.union(valid).cloned().collect();
        assert_eq!(both, catalogue.splits["keymyna"][0]);
        let groups = |part: &BTreeSet<String>| -> BTreeSet<String> {
            let inside = catalogue.recordings.iter().filter(|r| part.contains(&r.item.id));
            inside.map(|r| r.item.group.clone()).collect()
        };
        assert!(groups(train).is_disjoint(&groups(valid)));
        assert_eq!(groups(&both).len(), 1011);
    }
}
