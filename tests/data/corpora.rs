//! Published data sets as corpora of suites: their splits, items that are missing, and what becomes
//! of a suite where a data set is not there.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{bench, fails, folder};

/// Three notes to learn from; valid and test share an instrument, as they may in NSynth.
const NOTES: [(&str, &[&str]); 3] = [
    (
        "train",
        &["bass_acoustic_000-040-050", "flute_acoustic_001-060-050", "bass_acoustic_002-041-050"],
    ),
    ("valid", &["bass_synthetic_003-042-050", "flute_acoustic_004-061-050"]),
    ("test", &["bass_synthetic_003-043-050", "flute_acoustic_004-062-050"]),
];

const SUITE: &str = "
name: notes
version: 1
title: a test
seeds: 1
baseline: majority
variables: {NSYNTH: nsynth, GTZAN: null}
corpora:
  notes: {dataset: nsynth, folder: '${NSYNTH}'}
pretrain: {corpora: [notes]}
budget: {steps: 2}
tasks:
  - name: instrument
    corpus: notes
    targets: [instrument]
    kind: class
    split: official
    metrics: [accuracy]
    probe: {hidden: [0], batch: [4], lr: [0.01], evaluate_every: 1, patience: 1, max_steps: 1}
rows:
  - {method: majority}
";

/// What asks for GTZAN too, and trains on it.
const GENRES: &str = "
  - name: genre
    corpus: music
    targets: [genre]
    kind: class
    split: fault_filtered
    metrics: [accuracy]
    probe: {hidden: [0], batch: [4], lr: [0.01], evaluate_every: 1, patience: 1, max_steps: 1}
rows:
  - {method: clmr, config: small}
";

/// A tenth of a second of a tone, 16 kHz mono.
fn tone(frequency: f64) -> Vec<u8> {
    let sample = |n: u32| (8000.0 * (TAU * frequency * f64::from(n) / 16_000.0).sin()) as i16;
    let data: Vec<u8> = (0..1600).flat_map(|n| sample(n).to_le_bytes()).collect();
    let size = data.len() as u32;
    // Of two bytes each: PCM and one channel; two bytes and 16 bits a sample.
    let format = [16, 0x0001_0001, 16_000, 32_000, 0x0010_0002];
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    let head = [&b"RIFF"[..], &numbers(&[36 + size]), b"WAVEfmt ", &numbers(&format)].concat();
    [&head[..], b"data", &numbers(&[size]), &data].concat()
}

/// What `examples.json` says of a note.
fn example(id: &str) -> Value {
    let (rest, _) = id.rsplit_once('-').unwrap();
    let (instrument, pitch) = rest.rsplit_once('-').unwrap();
    json!({
        "note_str": id,
        "instrument_str": instrument,
        "instrument_family_str": id.split('_').next().unwrap(),
        "pitch": pitch.parse::<u8>().unwrap(),
    })
}

/// A suite with NSynth in small beside it.
fn with_notes(suite: &str) -> TempDir {
    let folder = folder(&[("notes.yaml", suite)]);
    for (part, notes) in NOTES {
        let below = folder.path().join(format!("nsynth/nsynth-{part}"));
        fs::create_dir_all(below.join("audio")).unwrap();
        let examples: BTreeMap<&str, Value> = notes.iter().map(|id| (*id, example(id))).collect();
        fs::write(below.join("examples.json"), serde_json::to_string(&examples).unwrap()).unwrap();
        for id in notes {
            let pitch: f64 = id.rsplit('-').nth(1).unwrap().parse().unwrap();
            let file = below.join(format!("audio/{id}.wav"));
            fs::write(file, tone(440.0 * 2f64.powf((pitch - 69.0) / 12.0))).unwrap();
        }
    }
    folder
}

fn said(folder: &Path, verb: &str) -> Output {
    let mut command = bench(folder, &[verb, "notes.yaml", "--device", "cpu"]);
    command.env_remove("NSYNTH").env_remove("GTZAN").output().unwrap()
}

/// Asserts that a check passes and says all of `words`.
fn plans(folder: &Path, words: &[&str]) {
    let output = said(folder, "check");
    let plan = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for word in words {
        assert!(plan.contains(word), "{word:?} is not in: {plan}");
    }
}

#[test]
fn a_published_split_is_used_as_it_is_and_what_straddles_it_is_named() {
    let folder = with_notes(SUITE);
    let shared = "2 of 2 items of test share a group or work with valid, such as \
                  \"bass_synthetic_003-043-050\" and \"bass_synthetic_003-042-050\" \
                  (group \"bass_synthetic_003\")";
    let split = "nsynth/official (by the data set's own files): the authors' three archives";
    let words = [
        "task instrument: train 3, valid 2, test 2 items of notes",
        &format!("split {split}"),
        &format!("warning: task instrument: {shared}"),
    ];
    plans(folder.path(), &words);
    let output = said(folder.path(), "run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains(&format!("warning: {shared}")));
    let results = folder.path().join("results/notes");
    let report = fs::read_to_string(results.join("report.md")).unwrap();
    assert!(report.contains(&format!("Warning: {shared}.")), "{report}");
    assert!(report.contains(&format!("; split {split}.")), "{report}");
    let frozen = fs::read_to_string(results.join("splits/instrument.csv")).unwrap();
    assert!(frozen.contains("bass_synthetic_003-042-050,valid"), "{frozen}");
}

#[test]
fn what_a_data_set_that_is_not_there_is_needed_for_is_left_out_and_the_rest_is_done() {
    let music =
        "  music: {dataset: gtzan, folder: '${GTZAN}', lists: lists}\npretrain: {corpora: [music]}";
    let suite = SUITE.replace("pretrain: {corpora: [notes]}", music).replace("\nrows:\n", GENRES);
    let folder = with_notes(&suite);
    let why = "corpus music: the variable GTZAN has no value";
    plans(
        folder.path(),
        &[
            &format!("not there: {why}"),
            "GTZAN genres (Tzanetakis and Cook 2002)",
            "folder: genres/<genre>/<genre>.000NN.au",
            "`bench data fetch gtzan DIR`",
            &format!("left out: task genre: {why}"),
            &format!("left out: row clmr: {why}"),
            "task instrument: train 3",
        ],
    );
    let output = said(folder.path(), "run");
    fails(&output, 1, &[&format!("left out: task genre: {why}"), "1 runs (0 to train), 0 failed"]);
    let results = folder.path().join("results/notes");
    let files = ["scores.csv", "table.csv", "report.md"];
    let [scores, table, report] = files.map(|file| fs::read_to_string(results.join(file)).unwrap());
    assert!(table.contains("\ngenre,accuracy,true,majority,,,,,,,,,"), "{table}");
    assert!(table.contains("\ninstrument,accuracy,true,clmr,,,,,,,,majority,"), "{table}");
    assert!(report.contains(&format!("## genre\n\nLeft out: {why}")), "{report}");
    assert!(report.contains(&format!("* clmr, the run: left out: {why}")), "{report}");
    assert_eq!(scores.lines().filter(|line| line.contains(&format!("left out: {why}"))).count(), 3);
    let again = bench(folder.path(), &["report", "results/notes"]).output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(fs::read_to_string(results.join("table.csv")).unwrap(), table);
}

#[test]
fn where_nothing_is_left_the_card_says_what_to_do() {
    let folder = folder(&[("notes.yaml", SUITE)]);
    for verb in ["check", "run"] {
        let words = ["there is no folder nsynth", "NSynth (Engel et al. 2017)", "examples.json"];
        fails(&said(folder.path(), verb), 1, &words);
    }
    fs::create_dir(folder.path().join("nsynth")).unwrap();
    fails(&said(folder.path(), "check"), 1, &["the folder nsynth is empty"]);
}

#[test]
fn a_data_set_that_is_not_there_is_judged_by_what_is_expected_of_it() {
    let expected = "folder: '${NSYNTH}', expected: {items: 305979, seconds: 4, rate: 16000}}";
    let folder = folder(&[("notes.yaml", &SUITE.replace("folder: '${NSYNTH}'}", expected))]);
    plans(
        folder.path(),
        &["train 289205, valid 12678, test 4096 items of notes", "not there: corpus notes"],
    );
}

#[test]
fn what_is_misspelt_is_no_absence() {
    let absent = SUITE.replace("NSYNTH: nsynth", "NSYNTH: null");
    for (from, to, word) in [
        ("dataset: nsynth", "dataset: nsynt", "did you mean \"nsynth\""),
        ("split: official", "split: oficial", "did you mean \"official\""),
        ("targets: [instrument]", "targets: [instruments]", "did you mean \"instrument\""),
        ("'${NSYNTH}'", "'${NSYNHT}'", "did you mean \"NSYNTH\""),
        ("folder: '${NSYNTH}'", "missing: 3", "dataset with its folder"),
    ] {
        assert!(absent.contains(from));
        let folder = folder(&[("notes.yaml", &absent.replace(from, to))]);
        fails(&said(folder.path(), "run"), 2, &[word]);
    }
}

#[test]
fn missing_items_are_refused_above_the_allowance_and_named_below_it() {
    let folder = with_notes(SUITE);
    let audio = folder.path().join("nsynth/nsynth-train/audio");
    fs::remove_file(audio.join(format!("{}.wav", NOTES[0].1[0]))).unwrap();
    let words = ["1 items are missing where 0 may be: bass_acoustic_000-040-050", "`missing: 1`"];
    fails(&said(folder.path(), "run"), 1, &words);
    let allowed = SUITE.replace("'${NSYNTH}'", "'${NSYNTH}', missing: 1");
    fs::write(folder.path().join("notes.yaml"), allowed).unwrap();
    let told = "corpus notes: 1 of 7 items of nsynth are missing on this machine: \
                bass_acoustic_000-040-050";
    plans(
        folder.path(),
        &["task instrument: train 2,", &format!("warning: task instrument: {told}")],
    );
    let output = said(folder.path(), "run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains(told));
    fs::remove_file(audio.join(format!("{}.wav", NOTES[0].1[1]))).unwrap();
    fails(&said(folder.path(), "run"), 1, &["2 items are missing where 1 may be"]);
}

#[test]
fn malformed_annotations_stop_a_suite_with_file_and_line() {
    let folder = with_notes(SUITE);
    let path = folder.path().join("nsynth/nsynth-test/examples.json");
    let text = fs::read_to_string(&path).unwrap().replace("\"pitch\":43", "\"pitch\":44");
    fs::write(&path, text).unwrap();
    let words = ["nsynth-test/examples.json:1", "pitch is 44 where the name says 43"];
    fails(&said(folder.path(), "check"), 1, &words);
}

#[test]
fn a_published_split_without_valid_draws_it_from_train_when_asked() {
    let voice = |singer: &str, technique: &str, id: &str| {
        format!("voices/FULL/{singer}/scales/{technique}/{id}_scales_{technique}_a.wav")
    };
    let singers = [("female1", "f1"), ("female3", "f3"), ("female2", "f2")];
    let files: Vec<String> = singers
        .iter()
        .flat_map(|(singer, id)| ["belt", "straight"].map(|technique| voice(singer, technique, id)))
        .collect();
    let mut all: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "")).collect();
    all.push(("voices/train_singers_technique.txt", "female1\r\nfemale3\r\n"));
    all.push(("voices/test_singers_technique.txt", "female2\r\n"));
    let suite = SUITE
        .replace("dataset: nsynth, folder: '${NSYNTH}'", "dataset: vocalset, folder: voices")
        .replace("instrument", "technique")
        .replace("split: official", "split: singers");
    all.push(("notes.yaml", &suite));
    let folder = folder(&all);
    let words = ["leaves valid empty", "{published: singers, valid: 0.2, seed: 1}"];
    fails(&said(folder.path(), "check"), 2, &words);
    let drawn = suite.replace("split: singers", "split: {published: singers, valid: 0.5, seed: 1}");
    fs::write(folder.path().join("notes.yaml"), drawn).unwrap();
    let words = ["train 2, valid 2, test 2", "valid is drawn from train by group, seed 1"];
    plans(folder.path(), &words);
}
