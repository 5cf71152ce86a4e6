//! EmoMusic: how aroused and how pleasant music sounds.

use std::collections::BTreeMap;
use std::path::Path;

use super::rows::{Row, Rows};
use super::{Card, Catalogue, Dataset, List, Place, Recording, SplitCard, TargetCard, parts};
use crate::data::corpus::Item;
use crate::data::{Kind, Target};
use crate::error::Result;

/// M. Soleymani, M. N. Caro, E. M. Schmidt, C.-Y. Sha and Y.-H. Yang, "1000 songs for emotional
/// analysis of music", CrowdMM 2013.
pub(super) struct Emomusic;

const START: &str = "start of the segment (min.sec)";
const END: &str = "end of the segment (min.sec)";

/// The targets and the columns that hold them.
const RATINGS: [(&str, &str); 2] = [("arousal", "mean_arousal"), ("valence", "mean_valence")];

const LIST: List = List {
    file: "emomusic_split.csv",
    sha256: "4c64366e01b5d89f4c74f775180e4a405dd40051a0581073fc74151c968d64ea",
    source: "github.com/p-lambda/jukemir, metadata/emomusic.json.gz: a row per song with the cells \
             of the authors' two tables and the split",
    folder: None,
};

static CARD: Card = Card {
    name: "emomusic",
    title: "EmoMusic, 1000 songs for emotional analysis (Soleymani et al. 2013)",
    licence: "non-commercial research, by agreement with the University of Geneva",
    size: "744 clips of 45 s, 44,100 Hz stereo mp3",
    source: "cvml.unige.ch/databases/emoMusic, on request: annotations.tar.gz and \
             clips_45sec.tar.gz",
    layout: "both archives unpacked: songs_info.csv, static_annotations.csv, \
             clips_45seconds/<song_id>.mp3",
    faults: "cells of songs_info.csv end in tabs; 1:50 is written 1.5; 53 of 409 artists have \
             songs in test and outside, so groups straddle the published split",
    corrupt: &[],
    downloads: &[],
    by_hand: "ask the University of Geneva for both archives and unpack them into one folder; \
              the list is a table of metadata/emomusic.json.gz of github.com/p-lambda/jukemir, \
              as `source` says",
    targets: &[
        TargetCard { name: "arousal", kind: Kind::Number, about: "calm to excited, 1 to 9" },
        TargetCard { name: "valence", kind: Kind::Number, about: "unpleasant to pleasant, 1 to 9" },
    ],
    splits: &[SplitCard {
        name: "jukemir",
        origin: "MediaEval 2013: evaluation is test; development is train or valid by the SHA-1 of \
                 the artist modulo 10 (Castellon, Donahue and Liang 2021)",
        lists: &[LIST],
        items: [504, 115, 125],
    }],
};

impl Dataset for Emomusic {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let annotations = place.folder.join("static_annotations.csv");
        let mut rated = ratings(&annotations, &mut catalogue)?;
        let needed = ["song_id", "Artist", START, END];
        let rows = Rows::read(&place.folder.join("songs_info.csv"), b',', &needed)?;
        catalogue.problems.extend(rows.problems.iter().cloned());
        for row in rows.iter() {
            if let Err(message) = checked(&row) {
                catalogue.problem(rows.path(), row.line, message);
            }
            match parts::number(row.cell("song_id")) {
                Err(message) => catalogue.problem(rows.path(), row.line, message),
                Ok(id) => {
                    let group = match artist(row.cell("Artist")) {
                        nameless if nameless.is_empty() => id.clone(),
                        artist => artist,
                    };
                    let targets = rated.remove(&id).map(|(_, targets)| targets).unwrap_or_default();
                    let file = Path::new("clips_45seconds").join(format!("{id}.mp3"));
                    let item = Item { id, group, work: None, targets };
                    catalogue.recordings.push(Recording { item, file, part: None });
                }
            }
        }
        for (id, (line, _)) in rated {
            let message = format!("song {id} is not in songs_info.csv");
            catalogue.problem(&annotations, line, message);
        }
        if let Some(lists) = &place.lists {
            let parts = parts::read(&LIST, lists, "song_id", &mut catalogue)?;
            catalogue.splits.insert("jukemir", parts);
        }
        Ok(catalogue.finish(rows.path()))
    }
}

/// By song, the line of its ratings and what they are.
type Ratings = BTreeMap<String, (usize, BTreeMap<String, Target>)>;

fn ratings(path: &Path, catalogue: &mut Catalogue) -> Result<Ratings> {
    let rows = Rows::read(path, b',', &["song_id", RATINGS[0].1, RATINGS[1].1])?;
    catalogue.problems.extend(rows.problems.iter().cloned());
    let mut rated = Ratings::new();
    for row in rows.iter() {
        let mut targets = BTreeMap::new();
        for (target, column) in RATINGS {
            match rating(row.cell(column)) {
                Ok(rating) => targets.extend(rating.map(|rating| (target.to_string(), rating))),
                Err(message) => {
                    catalogue.problem(path, row.line, format!("{column}: {message}"));
                }
            }
        }
        match parts::number(row.cell("song_id")) {
            Ok(id) if rated.contains_key(&id) => {
                catalogue.problem(path, row.line, format!("song {id} is rated twice"));
            }
            Ok(id) => drop(rated.insert(id, (row.line, targets))),
            Err(message) => catalogue.problem(path, row.line, message),
        }
    }
    Ok(rated)
}

fn rating(cell: &str) -> Result<Option<Target>, String> {
    match Kind::Number.read(cell)? {
        Some(Target::Number(number)) if !(1.0..=9.0).contains(&number) => {
            Err(format!("{cell:?} is not between 1 and 9"))
        }
        rating => Ok(rating),
    }
}

/// Whether a clip lasts 45 s according to its place in the song.
fn checked(row: &Row<'_>) -> Result<(), String> {
    let (start, end) = (seconds(row.cell(START))?, seconds(row.cell(END))?);
    match end.checked_sub(start) {
        Some(45) => Ok(()),
        _ => Err(format!("a clip from {start} s to {end} s, where all last 45 s")),
    }
}

/// The seconds of a time in minutes and seconds: 65 of `1.05`, 110 of `1.5` for 1.50.
fn seconds(cell: &str) -> Result<u32, String> {
    let (minutes, rest) = cell.split_once('.').unwrap_or((cell, "00"));
    let unit = if rest.len() == 1 { 10 } else { 1 };
    match (minutes.parse::<u16>(), rest.parse::<u8>()) {
        (Ok(minutes), Ok(seconds)) if rest.len() <= 2 => {
            Ok(60 * u32::from(minutes) + unit * u32::from(seconds))
        }
        _ => Err(format!("{cell:?} is not a time as min.sec")),
    }
}

/// An artist's name as JukeMIR compares it: small letters without accents and signs.
fn artist(name: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphabetic() || c.is_ascii_whitespace();
    let letters: String = name.to_lowercase().chars().filter(kept).collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::data::dataset::lists_there;

    const SONGS: &str = "song_id,file_name,Artist,Song title,start of the segment (min.sec),\
                         end of the segment (min.sec),Genre,Mediaeval 2013 set";

    fn written(songs: &str, ratings: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("songs_info.csv"), songs).unwrap();
        let ratings =
            format!("song_id,mean_arousal,std_arousal,mean_valence,std_valence\n{ratings}");
        std::fs::write(folder.path().join("static_annotations.csv"), ratings).unwrap();
        folder
    }

    #[test]
    fn cells_are_freed_of_their_tabs_and_joined_with_their_ratings() {
        let songs = format!(
            "{SONGS}\r\n\
             2,2.mp3\t,The New Mystikal Troubadours\t,\"Tonight, A Lonely Century\"\t,0.48,1.33,\
             Blues,development\r\n\
             10,10.mp3\t,Vieux Farka Tour\u{e9} 2\t,Ana\t,1.5,2.35,Blues\t,evaluation\r\n"
        );
        let folder = written(&songs, "2,3.1,0.99443,3,0.66667\n10,5.7,1.4944,5.5,1.7159\n");
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Emomusic.read(&place).unwrap();
        assert!(catalogue.problems.is_empty(), "{:?}", catalogue.problems);
        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|Recording { item, file, .. }| {
                let numbers = [item.number("arousal"), item.number("valence")];
                (item.id.as_str(), item.group.as_str(), file.to_str().unwrap(), numbers)
            })
            .collect();
        let expected = [
            ("10", "vieux farka tour", "clips_45seconds/10.mp3", [Some(5.7), Some(5.5)]),
            ("2", "the new mystikal troubadours", "clips_45seconds/2.mp3", [Some(3.1), Some(3.0)]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn faults_are_told_by_file_and_line() {
        let songs = format!(
            "{SONGS}\n2,2.mp3,A,T,0.48,1.23,Blues,development\n\
             two,2.mp3,A,T,0.15,1.00,Blues,development\n3,3.mp3,A,T,0:45,1.30,Blues,development\n"
        );
        let folder = written(&songs, "2,9.5,0,3,0\n2,5,0,,0\n7,5,0,high,0\n3,5,0\n");
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Emomusic.read(&place).unwrap();
        let told: Vec<String> = catalogue
            .problems
            .iter()
            .map(|(file, p)| format!("{}: {p}", file.file_name().unwrap().to_string_lossy()))
            .collect();
        let expected = [
            "static_annotations.csv: line 5: 3 cells where the header has 5",
            "static_annotations.csv: line 2: mean_arousal: \"9.5\" is not between 1 and 9",
            "static_annotations.csv: line 3: song 2 is rated twice",
            "static_annotations.csv: line 4: mean_valence: \"high\" is not a number",
            "songs_info.csv: line 2: a clip from 48 s to 83 s, where all last 45 s",
            "songs_info.csv: line 3: \"two\" is not a whole number",
            "songs_info.csv: line 4: \"0:45\" is not a time as min.sec",
            "static_annotations.csv: line 4: song 7 is not in songs_info.csv",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn minutes_and_seconds_are_parted_by_a_point() {
        let told = ["1.05", "1.5", "0.48", "2"].map(|cell| seconds(cell).unwrap());
        assert_eq!(told, [65, 110, 48, 120]);
        for cell in ["", ".", "1.050", "-1.05", "1:05"] {
            assert!(seconds(cell).is_err(), "{cell}");
        }
    }

    /// The authors' two tables, from the list that repeats their cells.
    fn whole(list: &Rows) -> tempfile::TempDir {
        let mut songs = format!("{SONGS}\r\n");
        let mut ratings = String::new();
        for row in list.iter() {
            let cell = |column: &str| row.cell(column).to_string();
            let start: f64 = cell("clip_start_s").parse().unwrap();
            let time = |s: u32| format!("{}.{:02}", s / 60, s % 60);
            songs += &format!(
                "{},{}\t,\"{}\"\t,\"{}\",{},{},{}\t,{}\r\n",
                cell("song_id"),
                cell("file_name"),
                cell("artist"),
                cell("title"),
                time(start as u32),
                time(start as u32 + 45),
                cell("genre"),
                cell("mediaeval_set")
            );
            let columns = ["mean_arousal", "std_arousal", "mean_valence", "std_valence"];
            let numbers = columns.map(cell).join(",");
            ratings += &format!("{},{numbers}\n", row.cell("song_id"));
        }
        written(&songs, &ratings)
    }

    #[test]
    fn the_published_split_has_its_counts_and_the_development_set_its_moments() {
        let Some(lists) = lists_there("emomusic") else { return };
        let list = Rows::read(&lists.join(LIST.file), b',', &["song_id"]).unwrap();
        let folder = whole(&list);
        let place = Place { folder: folder.path().into(), lists: Some(lists) };
        let catalogue = Emomusic.read(&place).unwrap();
        assert_eq!((catalogue.problems.len(), catalogue.recordings.len()), (0, 744));
        let [train, valid, test] = &catalogue.splits["jukemir"];
        assert_eq!([train.len(), valid.len(), test.len()], CARD.splits[0].items);
        for row in list.iter() {
            let evaluation = row.cell("mediaeval_set") == "evaluation";
            assert_eq!(test.contains(row.cell("song_id")), evaluation, "{}", row.line);
        }
        for (target, mean, deviation) in
            [("arousal", 4.756063, 1.386010), ("valence", 4.973865, 1.254618)]
        {
            let development = catalogue.recordings.iter().filter(|r| !test.contains(&r.item.id));
            let numbers: Vec<f64> = development.map(|r| r.item.number(target).unwrap()).collect();
            let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let found = average(&numbers);
            let squares: Vec<f64> = numbers.iter().map(|n| (n - found).powi(2)).collect();
            assert!((found - mean).abs() < 1e-6, "{target}: {found}");
            assert!((average(&squares).sqrt() - deviation).abs() < 1e-6, "{target}");
        }
    }

    #[test]
    fn no_artist_of_the_development_set_is_in_train_and_valid() {
        let Some(lists) = lists_there("emomusic") else { return };
        let folder = whole(&Rows::read(&lists.join(LIST.file), b',', &["song_id"]).unwrap());
        let place = Place { folder: folder.path().into(), lists: Some(lists) };
        let catalogue = Emomusic.read(&place).unwrap();
        let [train, valid, _] = &catalogue.splits["jukemir"];
        let artists = |part: &BTreeSet<String>| {
            let inside = catalogue.recordings.iter().filter(|r| part.contains(&r.item.id));
            inside.map(|r| r.item.group.clone()).collect::<BTreeSet<String>>()
        };
        assert!(artists(train).is_disjoint(&artists(valid)));
    }
}
