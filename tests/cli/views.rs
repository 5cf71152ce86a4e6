//! `bench views`: what a method's loss compares, as files to hear and see.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::Output;

use bench::audio::{Mel, MelSpec, Wave, decode};
use bench::{Registry, Shown};
use tch::Tensor;

use crate::command::{self, fails, folder};

fn bench(folder: &Path, line: &[&str]) -> Output {
    command::bench(folder, line).output().unwrap()
}

/// The files of a folder by name, without their common ending.
fn written(folder: &Path, ending: &str) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let stem = |name: std::ffi::OsString| Some(name.to_str()?.strip_suffix(ending)?.to_string());
    let mut stems: Vec<String> = files.filter_map(stem).collect();
    stems.sort();
    stems
}

#[test]
fn the_views_of_a_method_on_waveforms_are_written_as_sound() {
    let folder = folder(&[]);
    let line = ["views", "clmr", "etudes:3,seconds=4", "--items", "2", "--out", "seen"];
    let output = bench(folder.path(), &line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4 files written to seen\n");
    let seen = folder.path().join("seen");
    let names = written(&seen, ".wav");
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names[0].ends_with("_view1") && names[1].ends_with("_view2"), "{names:?}");
    let sounds = names.iter().map(|name| decode(&seen.join(format!("{name}.wav"))).unwrap().wave);
    let sounds: Vec<Wave> = sounds.collect();
    assert!(sounds.iter().all(|wave| (wave.rate, wave.samples.len()) == (16_000, 19_683)));
    assert!(sounds[0].samples != sounds[1].samples);
    let first = fs::read(seen.join(format!("{}.wav", names[0]))).unwrap();
    bench(folder.path(), &line);
    assert_eq!(first, fs::read(seen.join(format!("{}.wav", names[0]))).unwrap());
    bench(folder.path(), &[&line[..], &["--seed", "2"]].concat());
    assert!(first != fs::read(seen.join(format!("{}.wav", names[0]))).unwrap());
}

#[test]
fn clips_that_become_spectrograms_are_written_as_sound_too() {
    let folder = folder(&[]);
    let line = ["views", "pemr", "etudes:3,seconds=4", "--items", "1", "--out", "seen"];
    let output = bench(folder.path(), &line);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "3 files written to seen\n");
    let seen = folder.path().join("seen");
    assert!(written(&seen, ".png")[0].ends_with("_views"));
    let names = written(&seen, ".wav");
    assert!(names[0].ends_with("_view1") && names[1].ends_with("_view2"), "{names:?}");
    for name in names {
        let wave = decode(&seen.join(format!("{name}.wav"))).unwrap().wave;
        assert_eq!((wave.rate, wave.samples.len()), (16_000, 16_000), "{name}");
    }
}

fn picture(file: &Path) -> png::Reader<BufReader<File>> {
    png::Decoder::new(BufReader::new(File::open(file).unwrap())).read_info().unwrap()
}

/// How far two pictures of one size are apart: the mean difference of their red, green and blue.
fn apart(one: &Path, other: &Path) -> f64 {
    let [one, other] = [one, other].map(|file| {
        let mut reader = picture(file);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    });
    assert_eq!(one.len(), other.len());
    let sum: u64 = one.iter().zip(&other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

#[test]
fn crops_of_spectrograms_sound_as_they_look() {
    let folder = folder(&[]);
    let mel = "method.encoder.mel={n_fft: 1024, n_mels: 48}";
    let line = ["views", "musicnn", "etudes:2,seconds=6", "--out", "seen", "--set", mel];
    let output = bench(folder.path(), &line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = folder.path().join("seen");
    let file = |item: &str, ending: &str| seen.join(format!("{item}_{ending}"));
    let items = written(&seen, "_crop.wav");
    let mel = Mel::new(&MelSpec { n_fft: 1024, n_mels: 48, ..MelSpec::default() }).unwrap();
    for item in &items {
        let crop = decode(&file(item, "crop.wav")).unwrap().wave;
        assert_eq!((crop.rate, crop.samples.len()), (16_000, 94 * 512));
        let power = Tensor::from_slice(&mel.power(&crop.samples).unwrap()).view([1, -1, 48]);
        let heard = Shown::picture("heard", vec![power.narrow(1, 0, 94)]);
        heard.write(&seen, std::slice::from_ref(item)).unwrap();
    }
    for (looks, sounds) in [(0, 0), (1, 1), (0, 1)] {
        let found = apart(&file(&items[looks], "view1.png"), &file(&items[sounds], "heard.png"));
        // Frames at the edges also hear what lies beyond them.
        assert_eq!(found < 5.0, looks == sounds, "{looks} and {sounds}: {found}");
    }
}

#[test]
fn every_method_that_is_trained_has_something_to_hear() {
    let folder = folder(&[]);
    for entry in Registry::builtin().entries().iter().filter(|entry| entry.trains) {
        let output = bench(folder.path(), &["views", entry.name, "etudes:1", "--out", entry.name]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", entry.name);
        assert!(!written(&folder.path().join(entry.name), ".wav").is_empty(), "{}", entry.name);
    }
}

#[test]
fn the_views_of_a_method_on_spectrograms_are_written_as_pictures() {
    let folder = folder(&[]);
    let size = |method: &str, set: &str, name: &str| {
        let line = ["views", method, "etudes:1,seconds=4", "--out", "seen", "--set", set];
        let output = bench(folder.path(), &line);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let seen = folder.path().join("seen");
        let names = written(&seen, ".png");
        let name = names.iter().find(|stem| stem.ends_with(name)).unwrap();
        let reader = picture(&seen.join(format!("{name}.png")));
        (reader.info().width, reader.info().height)
    };
    // Four pixels a side for each of 96 frames and 128 mels, eight between two panels.
    assert_eq!(size("mae", "method.mask=0.5", "_reconstruction"), (3 * 384 + 2 * 8, 512));
    assert_eq!(size("myna_hybrid", "method.mask=0.5", "_vertical"), (2 * 384 + 8, 512));
}

#[test]
fn views_of_what_is_misspelt_are_refused_with_the_nearest_name() {
    let folder = folder(&[("pieces/manifest.csv", "id,path\n")]);
    for (method, corpus, set, code, near) in [
        ("clmrr", "etudes:2", "method.rate=16000", 2, "did you mean \"clmr\""),
        ("clmr", "etudez:2", "method.rate=16000", 1, "did you mean \"etudes:2\""),
        ("clmr", "pieces/manifst.csv", "method.rate=16000", 1, "did you mean \"manifest.csv\""),
        ("clmr", "etudes:2", "method.rat=16000", 2, "did you mean `rate`"),
        ("clmr", "etudes:2", "rate=16000", 2, "method's own settings"),
        ("chroma", "etudes:2", "method.templates=temperley", 2, "is not trained"),
    ] {
        let line = ["views", method, corpus, "--out", "seen", "--set", set];
        fails(&bench(folder.path(), &line), code, &[near]);
    }
    assert!(!folder.path().join("seen").exists());
}
