//! Retrieval from the suite file to the table.

use std::fs;
use std::path::{Path, PathBuf};

use bench::tensors::{self, Named};
use serde::Deserialize;
use tch::Tensor;

use crate::command::{self, fails, folder};

const SUITE: &str = "
name: versions
version: 1
title: a test
seeds: 2
baseline: nothing
corpora: {mine: {manifest: mine.csv}}
pretrain: {corpora: [mine]}
budget: {steps: 1}
tasks:
  - name: covers
    corpus: mine
    targets: [work]
    kind: retrieval
    similarity: SIMILARITY
    split: {train: 0, valid: 0, test: 1.0, seed: 1}
    metrics: [map, precision_at_10, mr1]
rows:
  - {name: nothing, method: majority}
  - {method: embeddings, file: mine.safetensors}
";

/// A tenth of a second of a square wave as a WAV file of 8-bit PCM.
fn sound() -> Vec<u8> {
    let (rate, samples) = (8000u32, 800u32);
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend([rate.to_le_bytes(), rate.to_le_bytes()].concat());
    file.extend(b"\x01\0\x08\0data");
    file.extend(samples.to_le_bytes());
    file.extend((0..samples).map(|at| if at % 40 < 20 { 0x60 } else { 0xa0 }));
    file
}

/// A corpus of items of these works, which all sound alike, with embeddings `[items, dim]`.
fn written(works: &[usize], embeddings: &Tensor, similarity: &str) -> tempfile::TempDir {
    let folder = folder(&[("v.yaml", &SUITE.replace("SIMILARITY", similarity))]);
    fs::write(folder.path().join("sound.wav"), sound()).unwrap();
    let id = |item: usize| format!("{item:03}");
    let row = |(item, work): (usize, &usize)| format!("{},sound.wav,w{work},w{work}\n", id(item));
    let rows: String = works.iter().enumerate().map(row).collect();
    fs::write(folder.path().join("mine.csv"), format!("id,path,group,work\n{rows}")).unwrap();
    let ids: Vec<String> = (0..works.len()).map(id).collect();
    let ids = Tensor::from_slice(serde_json::to_string(&ids).unwrap().as_bytes());
    let named =
        Named::from([("embeddings".into(), embeddings.shallow_clone()), ("ids".into(), ids)]);
    tensors::save(&folder.path().join("mine.safetensors"), &named, None).unwrap();
    folder
}

fn run(folder: &Path) -> PathBuf {
    let output = command::bench(folder, &["run", "v.yaml", "--device", "cpu"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.join("results/versions")
}

/// A row's value by one metric.
fn value(results: &Path, row: &str, metric: &str) -> f64 {
    let scores = fs::read_to_string(results.join("scores.csv")).unwrap();
    let start = format!("versions,1,covers,{metric},");
    let row = format!(",{row},");
    let line = scores.lines().find(|line| line.starts_with(&start) && line.contains(&row)).unwrap();
    line.split(',').nth(7).unwrap().parse().unwrap()
}

/// Three works of four, three and two versions, the items of each with one embedding of its own.
fn alike(length: f64) -> tempfile::TempDir {
    let works = [0, 1, 0, 2, 0, 1, 2, 1, 0];
    let rows: Vec<f64> = works
        .iter()
        .enumerate()
        .flat_map(|(item, work)| {
            (0..3).map(move |at| f64::from(u8::from(at == *work)) * (1.0 + length * item as f64))
        })
        .collect();
    let embeddings = Tensor::from_slice(&rows).reshape([9, 3]).to_kind(tch::Kind::Float);
    written(&works, &embeddings, "cosine")
}

#[test]
fn versions_with_the_same_embedding_score_one_and_hearing_nothing_takes_the_gallerys_order() {
    let folder = alike(0.0);
    let results = run(folder.path());
    assert_eq!(value(&results, "embeddings", "map"), 1.0);
    assert_eq!(value(&results, "embeddings", "mr1"), 1.0);
    // By hand: the first other item of the same work is at 2, 5, 1, 6, 1, 2, 4, 2, 1.
    assert!((value(&results, "nothing", "mr1") - 24.0 / 9.0).abs() < 1e-12);
    let found = fs::read_to_string(results.join("predictions/nothing/-/covers.csv")).unwrap();
    assert!(found.starts_with("id,group,truth,ranks\n000,w0,w0,2|4|8\n001,w1,w1,5|7\n"), "{found}");
}

#[test]
fn the_cosine_does_not_hear_how_long_an_embedding_is() {
    let folder = alike(1.0);
    assert_eq!(value(&run(folder.path()), "embeddings", "map"), 1.0);
}

#[test]
fn the_table_comes_back_from_the_ranks_and_ranks_that_cannot_be_are_named() {
    let folder = alike(0.0);
    let results = run(folder.path());
    let names = ["table.csv", "report.md"];
    let made = names.map(|name| fs::read(results.join(name)).unwrap());
    let again = || command::bench(folder.path(), &["report", "results/versions"]).output().unwrap();
    names.iter().for_each(|name| fs::remove_file(results.join(name)).unwrap());
    assert!(again().status.success());
    assert_eq!(made, names.map(|name| fs::read(results.join(name)).unwrap()));
    let text = String::from_utf8(made[1].clone()).unwrap();
    for words in ["mr1 ↓", "↓ less is better", "looks for the others of its work", "(retrieval)"]
    {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    // Three works are three groups: an interval there is, and the row without chance has one run.
    let table = String::from_utf8(made[0].clone()).unwrap();
    let line = table.lines().find(|line| line.contains("covers,map,true,nothing")).unwrap();
    let cells: Vec<&str> = line.split(',').collect();
    assert!(!cells[5].is_empty() && cells[7].is_empty() && cells[8] == "9", "{line}");
    let path = results.join("predictions/embeddings/-/covers.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("1|2|3", "1|2", 1)).unwrap();
    fails(&again(), 1, &["embeddings/-/covers.csv", "the 3 others of w0"]);
    fs::write(&path, text.replacen("1|2|3", "1|b|3", 1)).unwrap();
    fails(&again(), 1, &["covers.csv:2", "\"b\" is not a rank"]);
}

#[test]
fn items_without_another_version_are_told_and_a_gallery_of_such_is_refused() {
    let embeddings = Tensor::eye(4, (tch::Kind::Float, tch::Device::Cpu));
    let folder = written(&[0, 0, 1, 2], &embeddings, "cosine");
    let report = fs::read_to_string(run(folder.path()).join("report.md")).unwrap();
    assert!(report.contains("2 of 4 test items have no other of the same work"), "{report}");
    let folder = written(&[0, 1, 2, 3], &embeddings, "cosine");
    let output = command::bench(folder.path(), &["check", "v.yaml"]).output().unwrap();
    fails(&output, 1, &["task covers", "no two of the 4 test items share work"]);
}

#[test]
fn a_suite_that_probes_what_is_retrieved_is_refused() {
    let folder = alike(0.0);
    let path = folder.path().join("v.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let refused = |from: &str, to: &str, words: &[&str]| {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        fails(&command::bench(folder.path(), &["check", "v.yaml"]).output().unwrap(), 2, words);
    };
    refused("similarity: cosine", "knn: {k: [1]}", &["task covers", "leave out `probe`, `knn`"]);
    refused("kind: retrieval", "kind: class", &["map cannot measure a task of kind class"]);
    refused("similarity: cosine", "similarity: cosin", &["did you mean `cosine`?"]);
    let class = text.replacen("kind: retrieval", "kind: class", 1);
    let class = class.replacen("[map, precision_at_10, mr1]", "[accuracy]", 1);
    fs::write(&path, &class).unwrap();
    let check = || command::bench(folder.path(), &["check", "v.yaml"]).output().unwrap();
    fails(&check(), 2, &["`similarity` is for tasks of kind retrieval only"]);
    fs::write(&path, class.replacen("    similarity: cosine\n", "", 1)).unwrap();
    fails(&check(), 2, &["give one of `probe`, `knn` and `finetune`"]);
}

#[derive(Deserialize)]
struct Golden {
    work: Vec<usize>,
    embedding: Vec<Vec<f64>>,
    map: f64,
    precision_at_10: f64,
    mr1: f64,
}

#[test]
fn reference_embeddings_have_their_reference_figures() {
    let place = std::env::var_os("GOLDEN").map_or("../shared/golden".into(), PathBuf::from);
    if !place.exists() {
        println!("skipped: there are no reference values at {}", place.display());
        return;
    }
    let text = fs::read_to_string(place.join("retrieval.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    let rows: Vec<f64> = golden.embedding.concat();
    let embeddings = Tensor::from_slice(&rows).reshape([golden.work.len() as i64, -1]);
    let folder = written(&golden.work, &embeddings.to_kind(tch::Kind::Float), "dot");
    let results = run(folder.path());
    let expected =
        [("map", golden.map), ("precision_at_10", golden.precision_at_10), ("mr1", golden.mr1)];
    for (metric, expected) in expected {
        let found = value(&results, "embeddings", metric);
        assert!((found - expected).abs() < 1e-9 * expected, "{metric}: {found}, not {expected}");
    }
}
