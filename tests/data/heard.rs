//! Recordings that are found again by their landmarks, and those that are not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bench::Result;
use bench::audio::{Wave, resample};
use bench::data::export::export;
use bench::data::manifest::Manifest;
use bench::data::split::{Heard, Leak, heard_again};
use bench::data::{Corpus, CorpusSpec, Front, Item, Maker, Store};

use crate::command::{self, fails, folder};

/// A corpus whose sound was changed on its way.
struct Changed<'a> {
    corpus: &'a dyn Corpus,
    change: fn(Wave) -> Wave,
}

impl Corpus for Changed<'_> {
    fn name(&self) -> &str {
        "changed"
    }

    fn items(&self) -> &[Item] {
        self.corpus.items()
    }

    fn load(&self, index: usize) -> Result<Wave> {
        self.corpus.load(index).map(self.change)
    }

    fn identity(&self) -> Result<String> {
        Ok(format!("{:p} of {}", self.change, self.corpus.identity()?))
    }

    fn traces(&self, _index: usize) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

fn etudes(spec: &str) -> Box<dyn Corpus> {
    let spec: CorpusSpec = spec.parse().unwrap();
    spec.open("etudes", &BTreeMap::new(), &|_| None).unwrap()
}

fn landmarks(corpus: &dyn Corpus, folder: &Path) -> Store {
    let mut maker = Maker { folder, threads: 2, progress: &mut |_, _| () };
    maker.stores(corpus, &[Front::Landmarks]).unwrap().remove(0)
}

/// What of `trained` is heard in `tested`, as pairs of ids.
fn found(
    trained: (&dyn Corpus, &[usize]),
    tested: (&dyn Corpus, &[usize]),
) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = [trained, tested].map(|(corpus, _)| landmarks(corpus, folder.path()));
    let trained = Heard { corpus: trained.0, landmarks: &one, items: trained.1 };
    let tested = Heard { corpus: tested.0, landmarks: &two, items: tested.1 };
    let id = |name: String| name.split_once('/').unwrap().1.to_string();
    let ids = |leak: Leak| (id(leak.trained), id(leak.tested));
    heard_again(trained, tested).unwrap().into_iter().map(ids).collect()
}

/// How many items are found again, each as itself, when the others are there too.
fn found_again(corpus: &dyn Corpus, change: fn(Wave) -> Wave) -> usize {
    let all: Vec<usize> = (0..corpus.items().len()).collect();
    let pairs = found((&Changed { corpus, change }, &all), (corpus, &all));
    for (trained, tested) in &pairs {
        assert_eq!(trained, tested);
    }
    pairs.len()
}

fn quieter(mut wave: Wave) -> Wave {
    wave.samples.iter_mut().for_each(|sample| *sample *= 0.1);
    wave
}

/// White noise 20 dB below the sound, from a linear congruential generator (Knuth's MMIX).
fn noisy(mut wave: Wave) -> Wave {
    let level = wave.rms().unwrap() * 0.1 * 12f64.sqrt();
    let mut state = 1u64;
    for sample in &mut wave.samples {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *sample += (level * ((state >> 11) as f64 / (1u64 << 53) as f64 - 0.5)) as f32;
    }
    wave
}

/// Five seconds from somewhere.
fn cut(mut wave: Wave) -> Wave {
    let from = (2.345 * f64::from(wave.rate)) as usize;
    wave.samples = wave.samples[from..from + 5 * wave.rate as usize].to_vec();
    wave
}

/// At a low rate with eight bits a sample.
fn coarse(wave: Wave) -> Wave {
    let mut low = resample(&wave, 6000).unwrap();
    let peak = low.peak().unwrap();
    low.samples.iter_mut().for_each(|sample| *sample = (*sample / peak * 127.0).round() / 127.0);
    low
}

#[test]
fn a_recording_is_found_again_quieter_noisy_cut_and_coarse() {
    let corpus = etudes("etudes:24,seconds=10,seed=40");
    for (change, least) in [(quieter as fn(Wave) -> Wave, 24), (noisy, 24), (cut, 24), (coarse, 24)]
    {
        assert!(found_again(corpus.as_ref(), change) >= least);
    }
}

#[test]
fn versions_of_a_work_in_other_keys_and_tempi_are_no_copies() {
    let corpus = etudes("etudes:120,seconds=10,seed=41");
    let items = corpus.items();
    let (even, odd): (Vec<usize>, Vec<usize>) = (0..items.len()).partition(|item| item % 2 == 0);
    let versions =
        odd.iter().filter(|odd| even.iter().any(|even| items[*even].work == items[**odd].work));
    assert!(versions.count() > 20);
    assert_eq!(found((corpus.as_ref(), &even), (corpus.as_ref(), &odd)), []);
}

fn music(path: &str) -> Option<PathBuf> {
    let music = std::env::var_os("MUSIC").map_or("../shared/music".into(), PathBuf::from);
    let path = music.join(path);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn no_recording_of_a_corpus_is_taken_for_another() {
    for name in ["tunes", "emotify", "notes"] {
        let Some(path) = music(&format!("{name}/manifest.csv")) else { return };
        let corpus = Manifest::read(name, &path, &BTreeMap::new()).unwrap();
        let all: Vec<usize> = (0..corpus.items().len()).collect();
        let (half, rest) = all.split_at(all.len() / 2);
        assert_eq!(found((&corpus, half), (&corpus, rest)), [], "{name}");
    }
}

#[test]
fn other_encodings_of_a_recording_are_found() {
    let Some(decoder) = music("decoder") else { return };
    let pairs = [
        (
            "librosa-data/sorohanro_-_solo-trumpet-06.ogg",
            "librosa-data/sorohanro_-_solo-trumpet-06.hq.ogg",
        ),
        ("madmom/stereo_sample.m4a", "madmom/stereo_sample.flac"),
        ("madmom/sample_22050.wav", "madmom/sample.wav"),
    ];
    let manifest = |file: fn(&(&'static str, &'static str)) -> &'static str| {
        let rows = pairs.iter().enumerate().map(|(i, pair)| {
            format!("{i},{}\n", decoder.canonicalize().unwrap().join(file(pair)).display())
        });
        folder(&[("manifest.csv", &format!("id,path\n{}", rows.collect::<String>()))])
    };
    let [one, two] = [manifest(|pair| pair.0), manifest(|pair| pair.1)];
    let [one, two] = [one, two].map(|folder| {
        Manifest::read("some", &folder.path().join("manifest.csv"), &BTreeMap::new()).unwrap()
    });
    let expected: Vec<(String, String)> = (0..3).map(|i| (i.to_string(), i.to_string())).collect();
    assert_eq!(found((&one, &[0, 1, 2]), (&two, &[0, 1, 2])), expected);
}

const SUITE: &str = "
name: heard
version: 1
title: a test
seeds: 1
baseline: majority
corpora:
  tested: {manifest: tested/manifest.csv}
  trained: {manifest: trained.csv}
pretrain: {corpora: [trained]}
budget: {steps: 2}
tasks:
  - name: style
    corpus: tested
    targets: [style]
    kind: class
    split: {train: 0.5, valid: 0.2, test: 0.3, seed: 1}
    metrics: [accuracy]
    probe: {hidden: [0], batch: [4], lr: [0.01], evaluate_every: 1, patience: 1, max_steps: 1}
rows:
  - {method: majority}
  - {method: clmr, config: small, set: {train: {batch: 4}}}
  - {name: again, method: clmr, config: small, set: {train: {batch: 6}}}
";

#[test]
fn a_suite_that_trains_on_a_copy_of_what_it_tests_is_refused_or_leaves_it_out() {
    let folder = folder(&[("heard.yaml", SUITE)]);
    let (tested, more) =
        (etudes("etudes:20,seconds=8,seed=42"), etudes("etudes:6,seconds=8,seed=43"));
    let copies = Changed { corpus: tested.as_ref(), change: quieter };
    let place = |name: &str| folder.path().join(name);
    for (corpus, name) in
        [(tested.as_ref(), "tested"), (&copies, "copies"), (more.as_ref(), "more")]
    {
        export(corpus, &place(name), 2, &mut |_| ()).unwrap();
    }
    let list = |name: &str, items: &[Item]| -> String {
        items.iter().map(|item| format!("{name} {0},{name}/audio/{0}.wav\n", item.id)).collect()
    };
    let rows = list("copies", tested.items()) + &list("more", more.items());
    fs::write(place("trained.csv"), format!("id,path\n{rows}")).unwrap();
    let bench = |verb: &str| {
        let line = [verb, "heard.yaml", "--device", "cpu", "--quiet"];
        command::bench(folder.path(), &line).output().unwrap()
    };
    // Younger files are hashed each time.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let planned = String::from_utf8(bench("check").stdout).unwrap();
    let warning = "recordings are compared by their sound when the suite runs";
    assert!(planned.contains(warning), "{planned}");
    let words = ["trained/", "is trained on and shares its recording", "exclude_held_out: true"];
    fails(&bench("run"), 2, &words);
    let without = SUITE.replace("[trained]}", "[trained], exclude_held_out: true}");
    fs::write(place("heard.yaml"), without).unwrap();
    let run = bench("run");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let split = fs::read_to_string(place("results/heard/splits/style.csv")).unwrap();
    let held_out = split.lines().skip(1).filter(|line| !line.ends_with(",train")).count();
    let told = format!("corpus trained: {held_out} items are not trained on");
    let report = fs::read_to_string(place("results/heard/report.md")).unwrap();
    assert!(report.contains(&told), "{told:?} is not in: {report}");
    assert!(!String::from_utf8(bench("check").stdout).unwrap().contains(warning));
    let notes = fs::read_to_string(place(".bench/hashes.jsonl")).unwrap();
    let noted = notes.lines().filter(|line| !line.is_empty());
    assert_eq!(noted.count(), 20 + 20 + 6, "no process hashes what another has noted");
}
