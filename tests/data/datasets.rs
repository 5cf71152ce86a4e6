//! Published data sets on the command line: what they are, and what is wrong with one's copy.

use std::path::Path;

use crate::command::{self, bench, folder};

fn said(folder: &Path, line: &[&str]) -> (Option<i32>, String) {
    let output = bench(folder, line).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_data_set_that_is_listed_is_explained() {
    let (code, listed) = said(Path::new("."), &["list", "datasets"]);
    assert_eq!(code, Some(0));
    let names: Vec<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.is_sorted() && names.contains(&"giantsteps"), "{names:?}");
    for name in names {
        let (code, card) = said(Path::new("."), &["explain", name]);
        assert_eq!(code, Some(0), "{name}");
        for part in ["licence: ", "size: ", "source: ", "folder: "] {
            assert!(card.contains(part), "{name} lacks {part:?}: {card}");
        }
    }
}

#[test]
fn every_deviation_of_a_copy_is_told() {
    let genres =
        ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae"];
    let mut files: Vec<String> =
        genres.iter().map(|g| format!("genres/{g}/{g}.00000.wav")).collect();
    files.push("genres/rock/rock.00001.au".into());
    let files: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "")).collect();
    let copy = folder(&files);
    let line = ["data", "verify", "gtzan", copy.path().to_str().unwrap()];
    let (code, told) = said(copy.path(), &line);
    assert_eq!(code, Some(1));
    for words in [
        "10 recordings",
        "target genre: 10 labelled, 10 classes",
        "split fault_filtered: not known without --lists (train_filtered.txt",
        ": 1 deviation",
    ] {
        assert!(told.contains(words), "{words:?} is not in: {told}");
    }
    std::fs::create_dir(copy.path().join("lists")).unwrap();
    std::fs::write(copy.path().join("lists/train_filtered.txt"), "blues/blues.00000.wav\n")
        .unwrap();
    let output = bench(copy.path(), &[&line[..], &["--lists", "lists"]].concat()).output().unwrap();
    command::fails(&output, 1, &["train_filtered.txt", "where the published list has 2b04966c"]);
}
