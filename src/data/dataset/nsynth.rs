//! NSynth: single notes with their pitch and the family of the instrument.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Card, Catalogue, Dataset, Download, Place, Recording, SplitCard, TargetCard};
use crate::data::corpus::Item;
use crate::data::split::PARTS;
use crate::data::{Kind, Target};
use crate::error::{Error, Result};
use crate::files;

/// J. Engel, C. Resnick, A. Roberts, S. Dieleman, D. Eck, K. Simonyan and M. Norouzi, "Neural audio
/// synthesis of musical notes with WaveNet autoencoders", ICML 2017.
pub(super) struct Nsynth;

const FAMILIES: [&str; 11] = [
    "bass",
    "brass",
    "flute",
    "guitar",
    "keyboard",
    "mallet",
    "organ",
    "reed",
    "string",
    "synth_lead",
    "vocal",
];

const SOURCES: [&str; 3] = ["acoustic", "electronic", "synthetic"];

/// As MIDI numbers them.
const PITCHES: RangeInclusive<u16> = 9..=120;

/// Where its files are.
const ADDRESS: &str = "http://download.magenta.tensorflow.org/datasets/nsynth/";

static CARD: Card = Card {
    name: "nsynth",
    title: "NSynth (Engel et al. 2017)",
    licence: "CC BY 4.0",
    size: "305,979 notes of 4 s (3 s held), 16 kHz mono, 39 GB as .wav",
    source: "magenta.tensorflow.org/datasets/nsynth: nsynth-{train,valid,test}.jsonwav.tar.gz",
    layout: "nsynth-<train, valid or test>/examples.json and \
             audio/<instrument>-<pitch>-<velocity>.wav",
    faults: "an instrument of train is in no other part, but valid and test may share one; the \
             family synth_lead is said to be in train alone; shifting the pitch of a view destroys \
             its label; the 1,006 instruments are no target, since train has its own",
    corrupt: &[],
    downloads: &[
        Download::plain(ADDRESS, "nsynth-train.jsonwav.tar.gz"),
        Download::plain(ADDRESS, "nsynth-valid.jsonwav.tar.gz"),
        Download::plain(ADDRESS, "nsynth-test.jsonwav.tar.gz"),
    ],
    by_hand: "unpack: tar xzf each archive in the folder",
    targets: &[
        TargetCard {
            name: "pitch",
            kind: Kind::Class,
            about: "112 pitches, numbered as in MIDI, 9 to 120",
        },
        TargetCard {
            name: "instrument",
            kind: Kind::Class,
            about: "11 families; 10 where synth_lead is not tested",
        },
    ],
    splits: &[SplitCard {
        name: "official",
        origin: "the authors' three archives",
        lists: &[],
        items: [289_205, 12_678, 4_096],
    }],
};

/// An entry of `examples.json`, checked on its own so that a wrong one spoils no other.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Note(Note),
    Other(IgnoredAny),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Note {
    note_str: Value,
    instrument_str: Value,
    instrument_family_str: Value,
    pitch: Value,
}

/// What a note's name says: `bass_synthetic_033-022-050` is pitch 22 at velocity 50.
struct Name<'a> {
    instrument: &'a str,
    family: &'a str,
    pitch: u16,
}

impl Dataset for Nsynth {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let mut parts: [BTreeSet<String>; 3] = Default::default();
        for (part, named) in parts.iter_mut().zip(PARTS) {
            let below = PathBuf::from(format!("nsynth-{named}"));
            let path = place.folder.join(&below).join("examples.json");
            let text = files::read_text(&path)?;
            let entries: BTreeMap<String, Entry> = serde_json::from_str(&text)
                .map_err(|e| Error::data(path.display(), e.to_string()))?;
            for (id, entry) in entries {
                let name = match checked(&id, &entry) {
                    Ok(name) => name,
                    Err(message) => {
                        let message = format!("{id:?}: {message}");
                        catalogue.problem(&path, line_of(&id, &text), message);
                        continue;
                    }
                };
                let targets = BTreeMap::from([
                    ("pitch".into(), Target::Class(name.pitch.to_string())),
                    ("instrument".into(), Target::Class(name.family.into())),
                ]);
                let group = name.instrument.into();
                let file = below.join("audio").join(format!("{id}.wav"));
                part.insert(id.clone());
                let item = Item { id, group, work: None, targets };
                catalogue.recordings.push(Recording { item, file, part: None });
            }
        }
        catalogue.splits.insert("official", parts);
        Ok(catalogue.finish(&place.folder))
    }
}

/// What the name says, if the entry says the same.
fn checked<'a>(id: &'a str, entry: &Entry) -> Result<Name<'a>, String> {
    let Entry::Note(note) = entry else { return Err("not an object of a note's fields".into()) };
    let expected = "expected <family>_<source>_<number>-<pitch>-<velocity>, with three digits each";
    let name = identified(id).ok_or(expected)?;
    let (first, last) = (PITCHES.start(), PITCHES.end());
    if !PITCHES.contains(&name.pitch) {
        return Err(format!("pitch {} is not from {first} to {last}", name.pitch));
    }
    let said = [
        ("note_str", &note.note_str, Value::from(id)),
        ("instrument_str", &note.instrument_str, Value::from(name.instrument)),
        ("instrument_family_str", &note.instrument_family_str, Value::from(name.family)),
        ("pitch", &note.pitch, Value::from(name.pitch)),
    ];
    match said.into_iter().find(|(_, found, named)| **found != *named) {
        Some((field, found, named)) => {
            Err(format!("{field} is {found} where the name says {named}"))
        }
        None => Ok(name),
    }
}

fn identified(id: &str) -> Option<Name<'_>> {
    let (rest, velocity) = id.rsplit_once('-')?;
    let (instrument, pitch) = rest.rsplit_once('-')?;
    let (kind, number) = instrument.rsplit_once('_')?;
    let (family, source) = kind.rsplit_once('_')?;
    let digits = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let known = FAMILIES.contains(&family) && SOURCES.contains(&source);
    let numbered = [number, pitch, velocity].into_iter().all(digits);
    let pitch = pitch.parse().ok()?;
    (known && numbered).then_some(Name { instrument, family, pitch })
}

/// The line on which an entry begins; 0 where its name is written with escapes.
fn line_of(id: &str, text: &str) -> usize {
    let at = text.find(&format!("\"{id}\""));
    at.map_or(0, |at| 1 + text[..at].matches('\n').count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{laid_out, told};

    const BASS: &str = r#"
    "bass_synthetic_033-022-050": {
        "note": 201034,
        "sample_rate": 16000,
        "instrument_family": 0,
        "qualities": [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        "instrument_source_str": "synthetic",
        "note_str": "bass_synthetic_033-022-050",
        "instrument_family_str": "bass",
        "instrument_str": "bass_synthetic_033",
        "pitch": 22,
        "instrument": 417,
        "velocity": 50,
        "instrument_source": 2,
        "qualities_str": ["dark"]
    }"#;

    fn note(id: &str, instrument: &str, family: &str, pitch: u16) -> String {
        format!(
            "\n\"{id}\": {{\"note_str\": \"{id}\", \"instrument_str\": \"{instrument}\", \
             \"instrument_family_str\": \"{family}\", \"pitch\": {pitch}}}"
        )
    }

    fn read(notes: [&[String]; 3]) -> (Catalogue, Vec<String>) {
        let [train, valid, test] = notes.map(|notes| format!("{{{}\n}}\n", notes.join(",")));
        let folder = laid_out(&[
            ("nsynth-train/examples.json", &train),
            ("nsynth-valid/examples.json", &valid),
            ("nsynth-test/examples.json", &test),
        ]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Nsynth.read(&place).unwrap();
        let told = told(&catalogue, folder.path());
        (catalogue, told)
    }

    #[test]
    fn a_note_has_its_pitch_family_instrument_and_part() {
        let lead = "synth_lead_synthetic_001-120-127";
        let (catalogue, told) = read([
            &[BASS.into(), note(lead, "synth_lead_synthetic_001", "synth_lead", 120)],
            &[note("vocal_acoustic_000-060-025", "vocal_acoustic_000", "vocal", 60)],
            &[note("reed_acoustic_011-009-100", "reed_acoustic_011", "reed", 9)],
        ]);
        assert_eq!(told, Vec::<String>::new());
        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|r| (&*r.item.group, r.item.class("pitch"), r.item.class("instrument")))
            .collect();
        assert_eq!(
            found,
            [
                ("bass_synthetic_033", Some("22"), Some("bass")),
                ("reed_acoustic_011", Some("9"), Some("reed")),
                ("synth_lead_synthetic_001", Some("120"), Some("synth_lead")),
                ("vocal_acoustic_000", Some("60"), Some("vocal")),
            ]
        );
        let file = "nsynth-train/audio/bass_synthetic_033-022-050.wav";
        assert_eq!(catalogue.recordings[0].file, PathBuf::from(file));
        let [train, valid, test] = &catalogue.splits["official"];
        assert!(train.contains("bass_synthetic_033-022-050") && train.contains(lead));
        assert!(valid.contains("vocal_acoustic_000-060-025") && valid.len() == 1);
        assert!(test.contains("reed_acoustic_011-009-100") && test.len() == 1);
    }

    #[test]
    fn a_note_that_contradicts_its_name_is_left_out_and_told_with_its_line() {
        let wrong = [
            BASS.to_string(),
            note("bass_synthetic_033-023-050", "bass_synthetic_033", "bass", 24),
            note("bass_synthetic_033-008-050", "bass_synthetic_033", "bass", 8),
            note("bass_synthetic_33-023-050", "bass_synthetic_33", "bass", 23),
            note("../x-023-050", "../x", "bass", 23),
            "\n\"organ_electronic_001-023-050\": {\"pitch\": \"23\"}".into(),
            "\n\"organ_electronic_001-024-050\": 24".into(),
        ];
        let (catalogue, mut told) = read([&[], &[], &wrong]);
        assert_eq!(catalogue.recordings.len(), 1);
        told.sort();
        let expected =
            "expected <family>_<source>_<number>-<pitch>-<velocity>, with three digits each";
        let messages = [
            "\"bass_synthetic_033-023-050\": pitch is 24 where the name says 23",
            "\"bass_synthetic_033-008-050\": pitch 8 is not from 9 to 120",
            &format!("\"bass_synthetic_33-023-050\": {expected}"),
            &format!("\"../x-023-050\": {expected}"),
            "\"organ_electronic_001-023-050\": note_str is null where the name says \
             \"organ_electronic_001-023-050\"",
            "\"organ_electronic_001-024-050\": not an object of a note's fields",
        ];
        let lines = (17..).zip(messages);
        let expected: Vec<String> = lines
            .map(|(line, message)| format!("nsynth-test/examples.json:{line}: {message}"))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_note_of_two_parts_is_told() {
        let both = [BASS.to_string()];
        let (catalogue, told) = read([&both, &both, &[]]);
        assert_eq!(catalogue.recordings.len(), 1);
        assert_eq!(told, [":0: duplicate id \"bass_synthetic_033-022-050\""]);
    }

    #[test]
    fn a_cut_off_file_is_told_with_its_line() {
        let folder = laid_out(&[("nsynth-train/examples.json", "{\n\"bass")]);
        let place = Place { folder: folder.path().into(), lists: None };
        let error = Nsynth.read(&place).unwrap_err().to_string();
        assert!(error.contains("EOF while parsing a string at line 2"), "{error}");
    }
}
