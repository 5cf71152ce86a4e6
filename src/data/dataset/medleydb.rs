//! MedleyDB: the instrument of a stem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_yaml::Value;

use super::{Card, Catalogue, Dataset, List, Place, Recording, TargetCard};
use crate::data::corpus::Item;
use crate::data::manifest::Problem;
use crate::data::{Kind, Target};
use crate::error::{Error, Result};
use crate::{files, settings};

/// R. Bittner, J. Salamon, M. Tierney, M. Mauch, C. Cannam and J. Bello, "MedleyDB: a multitrack
/// dataset for annotation-intensive MIR research", ISMIR 2014; version 2: R. Bittner et al., 2016.
pub(super) struct MedleyDb;

/// The most frequent labels of the stems of all 330 tracks with metadata, most frequent first;
/// `Unlabeled`, `Main System` and `auxiliary percussion` apart.
const INSTRUMENTS: [&str; 20] = [
    "drum set",
    "electric bass",
    "male singer",
    "distorted electric guitar",
    "clean electric guitar",
    "synthesizer",
    "vocalists",
    "piano",
    "female singer",
    "acoustic guitar",
    "violin",
    "fx/processed sound",
    "double bass",
    "drum machine",
    "violin section",
    "clarinet",
    "tenor saxophone",
    "bassoon",
    "flute",
    "cello",
];

const SOURCE: &str = "github.com/marl/medleydb, folder medleydb/resources";

/// Where the lists are, byte for byte.
const ADDRESS: &str = "https://raw.githubusercontent.com/marl/medleydb/master/medleydb/resources/";

/// The folders of sound, with the lists of the tracks in them.
const RELEASES: [(&str, List); 2] = [
    (
        "V1",
        List {
            file: "tracklist_v1.txt",
            sha256: "62ad6904fbdeaa0157465241bc8ad01a0d2201ec6a8959db4709687ee5217fe6",
            source: SOURCE,
            folder: Some(ADDRESS),
        },
    ),
    (
        "V2",
        List {
            file: "tracklist_v2.txt",
            sha256: "71f99d1068c600a2684b61ae8fb981dd4942251c9c51342475095313a2fe6ab7",
            source: SOURCE,
            folder: Some(ADDRESS),
        },
    ),
];

static CARD: Card = Card {
    name: "medleydb",
    title: "MedleyDB 1 and 2 (Bittner et al. 2014, 2016)",
    licence: "CC BY-NC-SA 4.0; the metadata's repository MIT",
    size: "913 stems of 190 of the 196 tracks, as long as their tracks, 44.1 kHz stereo",
    source: "sound: medleydb.weebly.com and Zenodo, on request; metadata: \
             github.com/marl/medleydb, folder medleydb/data/Metadata",
    layout: "V1 and V2/<Track>/<Track>_STEMS/<Track>_STEM_NN.wav, Metadata/<Track>_METADATA.yaml",
    faults: "stems are silent for long stretches, so that a view may be silence; of the 1,284 \
             stems those of rarer labels are left out; fx/processed sound is a label although \
             SemiSupCon meant to leave it out. Its random stratified split (659/117/137 stems, \
             tracks on both sides) has no published seed and is not offered: a suite draws its \
             own, by track",
    corrupt: &[],
    downloads: &[],
    by_hand: "ask for both releases on Zenodo and unpack them; copy medleydb/data/Metadata of \
              github.com/marl/medleydb beside V1 and V2",
    targets: &[TargetCard {
        name: "instrument",
        kind: Kind::Class,
        about: "20 labels: the most frequent of the stems of all 330 tracks with metadata",
    }],
    splits: &[],
};

/// What is read of a track's metadata.
#[derive(Deserialize)]
struct Track {
    stems: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Stem {
    filename: String,
    instrument: Labels,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected the name of an instrument, or a list of names")]
enum Labels {
    One(String),
    Several(Vec<String>),
}

impl Dataset for MedleyDb {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let metadata = place.folder.join("Metadata");
        if !metadata.is_dir() {
            let message = format!("there is no such folder; it is to be had from {}", CARD.source);
            return Err(Error::data(metadata.display(), message));
        }
        let mut catalogue = Catalogue::default();
        for (release, list) in &RELEASES {
            let tracks = tracks(&place.folder.join(release))?;
            if let Some(lists) = &place.lists {
                for (line, listed) in list.text(lists)?.lines().enumerate() {
                    if !tracks.contains(listed.trim()) {
                        let message = format!("there is no folder {release}/{listed}");
                        catalogue.problem(&lists.join(list.file), line + 1, message);
                    }
                }
            }
            for track in &tracks {
                let path = metadata.join(format!("{track}_METADATA.yaml"));
                let problems = read_track(release, track, &path, &mut catalogue.recordings)?;
                catalogue.problems.extend(problems.into_iter().map(|p| (path.clone(), p)));
            }
        }
        Ok(catalogue.finish(&metadata))
    }
}

/// The folders in a folder; hidden ones apart.
fn tracks(folder: &Path) -> Result<BTreeSet<String>> {
    let mut tracks = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let entry = entry.map_err(Error::io("read", folder))?;
        let name = entry.file_name().into_string().ok();
        let name = name.filter(|name| !name.starts_with('.') && entry.path().is_dir());
        tracks.extend(name);
    }
    Ok(tracks)
}

/// Adds the stems of a track that have one of the labels; gives what is wrong with its metadata.
fn read_track(
    release: &str,
    track: &str,
    path: &Path,
    recordings: &mut Vec<Recording>,
) -> Result<Vec<Problem>> {
    if !path.exists() {
        let message = format!("there is no such file for the track {release}/{track}");
        return Ok(vec![Problem { line: 0, message }]);
    }
    let text = files::read_text(path)?;
    let stems = match settings::parse::<Track>(&text, "") {
        Ok(track) => track.stems,
        Err(Error::Settings { place, message }) => {
            let line = place.trim_start_matches(':').parse().unwrap_or(0);
            return Ok(vec![Problem { line, message }]);
        }
        Err(other) => return Err(other),
    };
    let mut problems = Vec::new();
    for (key, stem) in stems {
        match read_stem(track, stem) {
            Ok(None) => {}
            Ok(Some((id, instrument))) => {
                let file = PathBuf::from(format!("{release}/{track}/{track}_STEMS/{id}.wav"));
                let targets = BTreeMap::from([("instrument".into(), Target::Class(instrument))]);
                let item = Item { id, group: track.into(), work: None, targets };
                recordings.push(Recording { item, file, part: None });
            }
            Err(message) => {
                let begin = format!("{key}:");
                let line = text.lines().position(|line| line.trim() == begin);
                let line = line.map_or(0, |before| before + 1);
                problems.push(Problem { line, message: format!("{key}: {message}") });
            }
        }
    }
    Ok(problems)
}

/// The id and the label of a stem that has one of the labels.
fn read_stem(track: &str, stem: Value) -> Result<Option<(String, String)>, String> {
    let stem: Stem = settings::from_value(stem, "").map_err(|e| match e {
        Error::Settings { message, .. } => message,
        other => other.to_string(),
    })?;
    let number = stem.filename.strip_prefix(&format!("{track}_STEM_"));
    let number = number.and_then(|rest| rest.strip_suffix(".wav")).unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{:?} is not {track}_STEM_NN.wav", stem.filename));
    }
    let mut labels = match stem.instrument {
        Labels::One(label) => vec![label],
        Labels::Several(labels) => labels,
    };
    labels.retain(|label| INSTRUMENTS.contains(&label.as_str()));
    match labels.as_slice() {
        [] => Ok(None),
        [label] => Ok(Some((format!("{track}_STEM_{number}"), label.clone()))),
        several => Err(format!("several labels where a stem has one: {}", several.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::rows::Rows;
    use crate::data::dataset::{laid_out, lists_there, told};

    const OWL: &str = "\
album: Shaking Through Volume 2
artist: A Classic Education
has_bleed: 'no'
stem_dir: Owl_STEMS
stems:
  S01:
    component: bass
    filename: Owl_STEM_01.wav
    instrument: electric bass
    raw:
      R01:
        filename: Owl_RAW_01_01.wav
        instrument: electric bass
  S02:
    component: ''
    filename: Owl_STEM_02.wav
    instrument: tambourine
  S03:
    component: melody
    filename: Owl_STEM_03.wav
    instrument:
    - tabla
    - male singer
title: Night Owl
version: 1.2
website:
- www.shakingthrough.com/aclassiceducation
";

    fn read(files: &[(&str, &str)]) -> (Catalogue, Vec<String>) {
        let folder = laid_out(files);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = MedleyDb.read(&place).unwrap();
        let told = told(&catalogue, folder.path());
        (catalogue, told)
    }

    #[test]
    fn a_stem_has_its_label_and_belongs_to_its_track() {
        let crlf = OWL.replace("Owl_STEM", "Fox_STEM").replace('\n', "\r\n");
        let (catalogue, told) = read(&[
            ("V1/Owl/Owl_MIX.wav", ""),
            ("V1/.DS_Store", ""),
            ("V2/Fox/Fox_MIX.wav", ""),
            ("Metadata/Owl_METADATA.yaml", OWL),
            ("Metadata/Fox_METADATA.yaml", &crlf),
            ("Metadata/Unreleased_METADATA.yaml", "stems: of a track that is not there"),
        ]);
        assert_eq!(told, Vec::<String>::new());
        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|r| (&*r.item.group, r.file.to_str().unwrap(), r.item.class("instrument")))
            .collect();
        assert_eq!(
            found,
            [
                ("Fox", "V2/Fox/Fox_STEMS/Fox_STEM_01.wav", Some("electric bass")),
                ("Fox", "V2/Fox/Fox_STEMS/Fox_STEM_03.wav", Some("male singer")),
                ("Owl", "V1/Owl/Owl_STEMS/Owl_STEM_01.wav", Some("electric bass")),
                ("Owl", "V1/Owl/Owl_STEMS/Owl_STEM_03.wav", Some("male singer")),
            ]
        );
    }

    #[test]
    fn a_wrong_stem_and_wrong_metadata_are_told_with_their_lines() {
        let wrong = OWL
            .replace("Owl_STEM_01.wav", "../../Owl_STEM_01.wav")
            .replace("instrument: tambourine", "instrument: {a: b}")
            .replace("- tabla", "- piano");
        let (catalogue, told) = read(&[
            ("V1/Owl/Owl_MIX.wav", ""),
            ("V1/Fox/Fox_MIX.wav", ""),
            ("V1/Hen/Hen_MIX.wav", ""),
            ("V1/Jay/Jay_MIX.wav", ""),
            ("V2/.keep", ""),
            ("Metadata/Owl_METADATA.yaml", &wrong),
            ("Metadata/Fox_METADATA.yaml", "artist: Fox\nstems: 3\n"),
            ("Metadata/Jay_METADATA.yaml", "artist: Jay\ntitle: a: b\n"),
        ]);
        assert!(catalogue.recordings.is_empty());
        assert_eq!(told.len(), 6, "{told:?}");
        assert!(told[0].starts_with("Metadata/Fox_METADATA.yaml:2: "), "{}", told[0]);
        assert_eq!(
            told[1],
            "Metadata/Hen_METADATA.yaml:0: there is no such file for the track V1/Hen"
        );
        assert!(told[2].starts_with("Metadata/Jay_METADATA.yaml:2: "), "{}", told[2]);
        let place = "Metadata/Owl_METADATA.yaml";
        let message = "S01: \"../../Owl_STEM_01.wav\" is not Owl_STEM_NN.wav";
        assert_eq!(told[3], format!("{place}:6: {message}"));
        let message = "S02: expected the name of an instrument, or a list of names";
        assert_eq!(told[4], format!("{place}:14: {message}"));
        let message = "S03: several labels where a stem has one: piano, male singer";
        assert_eq!(told[5], format!("{place}:18: {message}"));
    }

    #[test]
    fn metadata_is_asked_for() {
        let folder = laid_out(&[("V1/Owl/Owl_MIX.wav", "")]);
        let place = Place { folder: folder.path().into(), lists: None };
        let error = MedleyDb.read(&place).unwrap_err().to_string();
        assert!(error.contains("github.com/marl/medleydb"), "{error}");
    }

    #[test]
    fn the_labels_are_the_most_frequent_of_all_stems() {
        let Some(lists) = lists_there("medleydb") else { return };
        let rows = Rows::read(&lists.join("stems_all.csv"), b',', &["instrument"]).unwrap();
        let mut stems: BTreeMap<&str, usize> = BTreeMap::new();
        let apart = ["Unlabeled", "Main System", "auxiliary percussion"];
        let labelled: Vec<_> = rows.iter().collect();
        for row in &labelled {
            *stems.entry(row.cell("instrument")).or_default() += 1;
        }
        stems.retain(|label, _| !apart.contains(label));
        let mut ranked: Vec<(usize, &str)> = stems.into_iter().map(|(l, n)| (n, l)).collect();
        ranked.sort_by(|a, b| b.cmp(a));
        assert_eq!((ranked[19].0, ranked[20].0), (21, 18), "no tie at the last place");
        let top: BTreeSet<&str> = ranked[..20].iter().map(|(_, label)| *label).collect();
        assert_eq!(top, BTreeSet::from(INSTRUMENTS));
    }

    #[test]
    fn the_published_stems_are_found() {
        let Some(lists) = lists_there("medleydb") else { return };
        let folder = tempfile::tempdir().unwrap();
        let metadata = folder.path().join("Metadata");
        std::fs::create_dir(&metadata).unwrap();
        let rows = Rows::read(&lists.join("stems_all.csv"), b',', &["track"]).unwrap();
        let mut texts: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
        for row in rows.iter() {
            let track = (row.cell("version").to_uppercase(), row.cell("track").to_string());
            let stem = texts.entry(track).or_default().entry(row.cell("stem_id").into());
            let file = format!("    filename: {}\n    instrument:\n", row.cell("filename"));
            let stem = stem.or_insert(file);
            stem.push_str(&format!("    - {}\n", row.cell("instrument")));
        }
        for ((release, track), stems) in texts {
            let stems = stems.iter().map(|(key, stem)| format!("  {key}:\n{stem}"));
            let text = format!("stems:\n{}", stems.collect::<String>());
            std::fs::write(metadata.join(format!("{track}_METADATA.yaml")), text).unwrap();
            if release != "OTHER" {
                std::fs::create_dir_all(folder.path().join(release).join(track)).unwrap();
            }
        }
        let place = Place { folder: folder.path().into(), lists: Some(lists.clone()) };
        let catalogue = MedleyDb.read(&place).unwrap();
        assert_eq!(told(&catalogue, folder.path()), Vec::<String>::new());

        let rows = Rows::read(&lists.join("stems_v1_v2_top20.csv"), b',', &["track"]).unwrap();
        let listed: BTreeMap<String, String> = rows
            .iter()
            .map(|row| {
                let id = row.cell("filename").strip_suffix(".wav").unwrap();
                (id.to_string(), row.cell("instrument").to_string())
            })
            .collect();
        let items = catalogue.recordings.iter().map(|r| &r.item);
        let found: BTreeMap<String, String> = items
            .map(|item| (item.id.clone(), item.class("instrument").unwrap().to_string()))
            .collect();
        assert_eq!(found, listed);
        assert_eq!(found.len(), 913);
        let count = |label: &str| found.values().filter(|found| *found == label).count();
        let counts = INSTRUMENTS.map(count);
        assert_eq!(
            counts,
            [107, 84, 61, 58, 80, 54, 38, 72, 52, 40, 48, 43, 39, 20, 26, 18, 16, 14, 22, 21]
        );
    }

    #[test]
    fn a_listed_track_without_a_folder_is_told() {
        let Some(lists) = lists_there("medleydb") else { return };
        let folder = laid_out(&[("V1/.keep", ""), ("V2/.keep", ""), ("Metadata/.keep", "")]);
        let place = Place { folder: folder.path().into(), lists: Some(lists.clone()) };
        let catalogue = MedleyDb.read(&place).unwrap();
        let told = told(&catalogue, &lists);
        assert_eq!(told.len(), 122 + 74);
        let expected = "tracklist_v2.txt:1: there is no folder V2/Allegria_MendelssohnMovement1";
        assert_eq!(told[122], expected);
    }
}
