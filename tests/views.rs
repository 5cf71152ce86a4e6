//! `bench views`: what a method's loss compares, as files to hear and see.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use std::fs;
use std::path::Path;
use std::process::Output;

use bench::audio::{Wave, decode};
use command::{fails, folder};

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
fn the_views_of_a_method_on_spectrograms_are_written_as_pictures() {
    let folder = folder(&[]);
    let size = |method: &str, set: &str, name: &str| {
        let line = ["views", method, "etudes:1,seconds=4", "--out", "seen", "--set", set];
        let output = bench(folder.path(), &line);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let seen = folder.path().join("seen");
        let names = written(&seen, ".png");
        let name = names.iter().find(|stem| stem.ends_with(name)).unwrap();
        let file =
            std::io::BufReader::new(fs::File::open(seen.join(format!("{name}.png"))).unwrap());
        let reader = png::Decoder::new(file).read_info().unwrap();
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
        ("chroma", "etudes:2", "method.templates=temperley", 1, "is not trained"),
    ] {
        let line = ["views", method, corpus, "--out", "seen", "--set", set];
        fails(&bench(folder.path(), &line), code, &[near]);
    }
    assert!(!folder.path().join("seen").exists());
}
