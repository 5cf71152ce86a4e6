//! GTZAN genres with the fault-filtered split.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Card, Catalogue, Dataset, List, Place, Recording, SplitCard, TargetCard};
use crate::data::corpus::Item;
use crate::data::{Kind, Target};
use crate::error::{Error, Result};

/// G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", 2002.
pub(super) struct Gtzan;

const GENRES: [&str; 10] =
    ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"];

const SOURCE: &str = "github.com/coreyker/dnn-mgr, folder gtzan";

/// Where the lists are, byte for byte.
const ADDRESS: &str = "https://raw.githubusercontent.com/coreyker/dnn-mgr/master/gtzan/";

const LISTS: &[List] = &[
    List {
        file: "train_filtered.txt",
        sha256: "2b04966cef1486f1a7767b74271533fa23e220388db804a1937835e1fc4fa3fa",
        source: SOURCE,
        folder: Some(ADDRESS),
    },
    List {
        file: "valid_filtered.txt",
        sha256: "f8fbee7c52397a0e0f3a91dc54fedecb2e27f5bdc9a9daeab8cb10d077e26956",
        source: SOURCE,
        folder: Some(ADDRESS),
    },
    List {
        file: "test_filtered.txt",
        sha256: "09cafa6a89ce0a27f30ed250d56ecb4d03c22fffb5a693f96c7ae655ee02ac72",
        source: SOURCE,
        folder: Some(ADDRESS),
    },
];

static CARD: Card = Card {
    name: "gtzan",
    title: "GTZAN genres (Tzanetakis and Cook 2002)",
    licence: "none stated; research use",
    size: "1,000 clips of 30 s, 22,050 Hz mono, 16 bit, 1.2 GB",
    source: "genres.tar.gz, no longer at its authors'; mirrors carry it as .au or .wav",
    layout: "genres/<genre>/<genre>.000NN.au or .wav, ten genres, NN from 00 to 99",
    faults: "70 repetitions, distortions and mislabelled clips, which the fault-filtered split leaves out; \
             jazz.00054.wav is unreadable in some copies (it is in train); random splits repeat artists",
    corrupt: &["jazz.00054"],
    downloads: &[],
    by_hand: "find a mirror of genres.tar.gz and unpack it in the folder: tar xzf genres.tar.gz",
    targets: &[TargetCard { name: "genre", kind: Kind::Class, about: "10 genres" }],
    splits: &[SplitCard {
        name: "fault_filtered",
        origin: "list of Kereliuk, Sturm and Larsen 2015",
        lists: LISTS,
        items: [443, 197, 290],
    }],
};

impl Dataset for Gtzan {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        for genre in GENRES {
            let below = Path::new("genres").join(genre);
            let folder = place.folder.join(&below);
            let entries = std::fs::read_dir(&folder).map_err(Error::io("read", &folder))?;
            for entry in entries {
                let name = entry.map_err(Error::io("read", &folder))?.file_name();
                if let Some(id) = name.to_str().and_then(identified) {
                    let targets = BTreeMap::from([("genre".into(), Target::Class(genre.into()))]);
                    let item = Item { group: id.into(), id: id.into(), work: None, targets };
                    let file = below.join(&name);
                    catalogue.recordings.push(Recording { item, file, part: None });
                }
            }
        }
        if let Some(lists) = &place.lists {
            let mut parts: [BTreeSet<String>; 3] = Default::default();
            for (part, list) in parts.iter_mut().zip(LISTS) {
                for (line, text) in list.text(lists)?.lines().enumerate() {
                    match text.trim().rsplit('/').next().and_then(identified) {
                        Some(id) => drop(part.insert(id.to_string())),
                        None if text.trim().is_empty() => {}
                        None => {
                            let message = format!("{text:?} is not genre/genre.000NN.wav");
                            catalogue.problem(&lists.join(list.file), line + 1, message);
                        }
                    }
                }
            }
            catalogue.splits.insert("fault_filtered", parts);
        }
        Ok(catalogue.finish(&place.folder))
    }
}

/// The id in a file's name: `blues.00029` of `blues.00029.wav`.
fn identified(name: &str) -> Option<&str> {
    let id = name.strip_suffix(".wav").or(name.strip_suffix(".au"))?;
    let (genre, number) = id.split_once('.')?;
    let numbered = number.len() == 5 && number.bytes().all(|byte| byte.is_ascii_digit());
    (GENRES.contains(&genre) && numbered).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::lists_there;

    #[test]
    fn files_are_known_by_their_genre_and_number() {
        let folder = tempfile::tempdir().unwrap();
        for genre in GENRES {
            std::fs::create_dir_all(folder.path().join("genres").join(genre)).unwrap();
        }
        for file in ["blues/blues.00000.au", "rock/rock.00099.wav", "rock/.DS_Store"] {
            std::fs::write(folder.path().join("genres").join(file), "").unwrap();
        }
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Gtzan.read(&place).unwrap();
        let found: Vec<(&str, Option<&str>)> = catalogue
            .recordings
            .iter()
            .map(|r| (r.item.id.as_str(), r.item.class("genre")))
            .collect();
        assert_eq!(found, [("blues.00000", Some("blues")), ("rock.00099", Some("rock"))]);
        assert!(catalogue.splits.is_empty() && catalogue.problems.is_empty());
    }

    #[test]
    fn the_published_lists_have_their_published_counts() {
        let Some(lists) = lists_there("gtzan") else { return };
        let mut of_genre = [[0; 10]; 3];
        for (part, list) in LISTS.iter().enumerate() {
            for line in list.text(&lists).unwrap().lines() {
                let genre = identified(line.rsplit('/').next().unwrap()).unwrap();
                let genre = genre.split_once('.').unwrap().0;
                of_genre[part][GENRES.iter().position(|g| *g == genre).unwrap()] += 1;
            }
        }
        assert_eq!(of_genre[0], [46, 48, 45, 42, 47, 43, 44, 41, 43, 44]);
        assert_eq!(of_genre[1], [23, 20, 23, 22, 18, 17, 20, 13, 17, 24]);
        assert_eq!(of_genre[2], [31, 31, 30, 29, 27, 27, 27, 30, 26, 32]);
    }
}
