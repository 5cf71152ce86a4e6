//! Parts of the labels, frozen and fine-tuned, through a whole suite: who sees which labels, what
//! is chosen on what, and what the results tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bench::eval::metric::Truth;
use bench::eval::probe::{Part, SEGMENTS, Sampler, segments};
use bench::{Seed, settings};
use serde_yaml::Value;
use tempfile::TempDir;

use crate::command::{self, fails, folder};

const SUITE: &str = "
name: few
version: 1
title: a test
seeds: 1
baseline: log_mel
corpora:
  pieces: {etudes: {pieces: 40, seconds: 2, seed: 902}}
pretrain: {corpora: [pieces], exclude_held_out: true}
budget: {steps: 1}
tasks:
  - name: some
    corpus: pieces
    targets: [style]
    kind: class
    split: &split {train: 0.5, valid: 0.25, test: 0.25, seed: 1}
    metrics: [accuracy]
    probe: {hidden: [0], batch: [8], lr: [0.01], evaluate_every: 5, patience: 2, max_steps: 10, fraction: 0.5, draws: 2}
  - name: all
    corpus: pieces
    targets: [style]
    kind: class
    split: *split
    metrics: [accuracy]
    probe: {hidden: [0], batch: [8], lr: [0.01], evaluate_every: 5, patience: 2, max_steps: 10}
  - name: tuned
    corpus: pieces
    targets: [style]
    kind: class
    split: *split
    metrics: [accuracy]
    finetune: &tune {preset: finetune, lr: [0.001], batch: 8, epochs: 2, fraction: 0.5, draws: 2}
  - name: tuned_numbers
    corpus: pieces
    targets: [arousal]
    kind: number
    split: *split
    metrics: [r2]
    finetune: *tune
    rows: [square]
rows:
  - {method: majority}
  - {method: log_mel, set: {method: {frames: 16}}}
  - {name: square, method: myna_square, config: small, untrained: true, set: {method: {frames: 16}}}
questions:
  - {row: square, against: majority}
";

/// Runs a suite to its end.
fn run(folder: &Path, suite: &str) {
    let output = command::bench(folder, &["run", suite, "--quiet"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn ran(suite: &str) -> TempDir {
    let folder = folder(&[("s.yaml", suite)]);
    run(folder.path(), "s.yaml");
    folder
}

fn text(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join("results/few").join(name)).unwrap()
}

/// The lines of `scores.csv` of a row on a task, by the names of their columns.
fn scores(folder: &TempDir, row: &str, task: &str) -> Vec<BTreeMap<String, String>> {
    let path = folder.path().join("results/few/scores.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let lines = reader.deserialize().map(|line| line.unwrap());
    lines.filter(|line: &BTreeMap<_, _>| line["method"] == row && line["task"] == task).collect()
}

/// The ids of the train items that a list names.
fn train(list: &str) -> BTreeSet<&str> {
    list.lines().filter_map(|line| line.strip_suffix(",train")).collect()
}

/// The share of right predictions.
fn right(predictions: &str) -> f64 {
    let mut reader = csv::Reader::from_reader(predictions.as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().map(|line| line.unwrap()).collect();
    let right = lines.iter().filter(|line| line[2] == line[3]).count();
    right as f64 / lines.len() as f64
}

#[test]
fn a_suite_of_few_labels_says_which_it_saw_and_scores_the_mean_of_its_draws() {
    let folder = ran(SUITE);
    let lists = ["some.1.csv", "some.1.2.csv", "tuned.1.csv", "tuned.1.2.csv"];
    let lists = lists.map(|name| text(&folder, &format!("splits/{name}")));
    let whole = text(&folder, "splits/all.csv");
    assert!(
        lists.iter().all(|list| train(list).len() == 11 && train(list).is_subset(&train(&whole)))
    );
    assert_ne!(train(&lists[0]), train(&lists[1]), "a second draw is another one");
    assert_eq!(lists[..2], lists[2..], "fine-tuning sees what frozen probes see");
    for task in ["some", "tuned"] {
        let record = scores(&folder, "square", task).remove(0);
        let draws = ["", ".2"]
            .map(|draw| right(&text(&folder, &format!("predictions/square/1/{task}{draw}.csv"))));
        let value: f64 = record["value"].parse().unwrap();
        assert!((value - (draws[0] + draws[1]) / 2.0).abs() < 1e-12, "{value} of {draws:?}");
        assert_eq!(record["fraction"], "0.5");
    }
    let tuned = scores(&folder, "square", "tuned").remove(0);
    assert!(tuned["protocol"].starts_with("finetune "), "{tuned:?}");
    let again = ["compare", "results/few:square", "results/few:majority"];
    let compared = command::bench(folder.path(), &again).output().unwrap();
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stderr));
}

#[test]
fn every_draw_answers_corrupted_items_by_the_probe_of_clean_ones() {
    let some = "fraction: 0.5, draws: 2}\n  - name: all";
    let heard = "fraction: 0.5, draws: 2}\n    corruptions: {others: [reverse]}\n  - name: all";
    assert!(SUITE.contains(some));
    let folder = ran(&SUITE.replacen(some, heard, 1));
    let [clean, heard] =
        ["some", "some@reverse"].map(|task| scores(&folder, "square", task).remove(0));
    for record in [&clean, &heard] {
        let draws = ["", ".2"].map(|draw| {
            let name = format!("predictions/square/1/{}{draw}.csv", record["task"]);
            right(&text(&folder, &name))
        });
        let value: f64 = record["value"].parse().unwrap();
        assert!((value - (draws[0] + draws[1]) / 2.0).abs() < 1e-12, "{value} of {draws:?}");
    }
    assert_eq!(clean["run"], heard["run"]);
    let probes = probes(&folder);
    let of = |task: &str| probes.iter().filter(|probe| probe["task"] == task).count();
    assert_eq!((of("some"), of("some@reverse")), (2, 0), "one for each draw");
    assert!(text(&folder, "robustness.csv").contains("\nsome,accuracy,square,reverse,"));
    let check = ["check", "s.yaml"];
    let plan = command::bench(folder.path(), &check).output().unwrap().stdout;
    let plan = String::from_utf8(plan).unwrap();
    let plan = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = "square 1 2 embeddings, 7 probes nothing";
    assert!(plan.contains(words), "{words:?} is not in: {plan}");
}

#[test]
fn rows_without_weights_are_not_fine_tuned_and_the_table_says_so() {
    let folder = ran(SUITE);
    assert!(scores(&folder, "log_mel", "tuned").is_empty());
    assert_eq!(scores(&folder, "majority", "tuned")[0]["protocol"], "none");
    assert!(scores(&folder, "majority", "tuned_numbers").is_empty());
    let report = text(&folder, "report.md");
    for words in ["not asked of log_mel: no weights to fine-tune", "asked of square alone"] {
        assert!(report.contains(words), "{words:?} is not in: {report}");
    }
    let (_, tuned) = report.split_once("## tuned\n").unwrap();
    let (tuned, _) = tuned.split_once("\n## ").unwrap();
    assert!(!tuned.contains("\n| log_mel") && tuned.contains("\n| square"), "{tuned}");
    let curve = text(&folder, "figures/all.labels.svg");
    for words in ["log_mel", "square, fine-tuned", "share of 21 train items with a label"] {
        assert!(curve.contains(words), "{words:?} is not in: {curve}");
    }
    assert!(!curve.contains("log_mel, fine-tuned"));
}

#[test]
fn a_second_run_fine_tunes_nothing_and_gives_the_same_bytes() {
    let folder = ran(SUITE);
    let stages = || {
        let stages = fs::read_dir(folder.path().join(".bench/finetune")).unwrap();
        let files = stages.map(|stage| stage.unwrap().path().join("tuned.json"));
        let made = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
        files.filter(|path| path.exists()).map(|path| (made(&path), path)).collect::<BTreeSet<_>>()
    };
    let (before, table) = (stages(), text(&folder, "scores.csv"));
    // Two draws of two tasks for the network, and of one for the row that hears nothing.
    assert_eq!(before.len(), 6);
    run(folder.path(), "s.yaml");
    assert_eq!((stages(), text(&folder, "scores.csv")), (before, table));
}

/// The suite with a corpus of files, asked for a number, so that no label decides on the split.
fn of_files() -> String {
    let (tasks, rest) = SUITE.split_once("  - name: tuned_numbers").unwrap();
    let (_, rows) = rest.split_once("\nrows:\n").unwrap();
    let etudes = "{etudes: {pieces: 40, seconds: 2, seed: 902}}";
    let tasks = tasks
        .replace(etudes, "{manifest: out/manifest.csv}")
        .replace("targets: [style]\n    kind: class", "targets: [arousal]\n    kind: number")
        .replace("[accuracy]", "[r2]");
    format!("{tasks}rows:\n{rows}")
}

#[test]
fn labels_of_test_items_change_no_prediction() {
    let folder = folder(&[("s.yaml", &of_files())]);
    let export = ["data", "export", "etudes:40,seconds=2,seed=902", "out"];
    let output = command::bench(folder.path(), &export).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    run(folder.path(), "s.yaml");
    let predicted = || {
        let lines = text(&folder, "predictions/square/1/tuned.csv");
        let mut reader = csv::Reader::from_reader(lines.as_bytes());
        let lines = reader.records().map(|line| line.unwrap());
        lines.map(|line| (line[0].to_string(), line[3].to_string())).collect::<Vec<_>>()
    };
    let (before, choice) = (predicted(), chosen(&folder));
    shuffle_test_labels(&folder);
    run(folder.path(), "s.yaml");
    assert_eq!(predicted(), before);
    assert_eq!(chosen(&folder), choice);
}

/// What was chosen for the fine-tuned network.
fn chosen(folder: &TempDir) -> Vec<Value> {
    probes(folder).into_iter().map(|probe| probe["choice"].clone()).collect()
}

/// What `run.yaml` tells of the network's probes.
fn probes(folder: &TempDir) -> Vec<Value> {
    let run: Value = settings::parse(&text(folder, "run.yaml"), "run.yaml").unwrap();
    let runs = run["runs"].as_sequence().unwrap();
    let square = runs.iter().find(|run| run["row"] == "square").unwrap();
    square["probes"].as_sequence().unwrap().clone()
}

/// Gives each test item the arousal of the next one.
fn shuffle_test_labels(folder: &TempDir) {
    let split = text(folder, "splits/all.csv");
    let test: BTreeSet<&str> =
        split.lines().filter_map(|line| line.strip_suffix(",test")).collect();
    let path = folder.path().join("out/manifest.csv");
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|title| title == name).unwrap();
    let (id, arousal) = (column("id"), column("arousal"));
    let mut lines: Vec<Vec<String>> =
        reader.records().map(|line| line.unwrap().iter().map(String::from).collect()).collect();
    let tested: Vec<usize> =
        (0..lines.len()).filter(|at| test.contains(lines[*at][id].as_str())).collect();
    let values: Vec<String> = tested.iter().map(|at| lines[*at][arousal].clone()).collect();
    assert!(values.iter().any(|one| *one != values[0]), "there is something to shuffle");
    for (place, at) in tested.iter().enumerate() {
        lines[*at][arousal].clone_from(&values[(place + 1) % values.len()]);
    }
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer.write_record(&header).unwrap();
    lines.iter().for_each(|line| writer.write_record(line).unwrap());
    writer.flush().unwrap();
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is_done() {
    let refused = |from: &str, to: &str, words: &[&str]| {
        assert!(SUITE.contains(from), "{from}");
        let folder = folder(&[("s.yaml", &SUITE.replacen(from, to, 1))]);
        let check = ["check", "s.yaml", "--device", "cpu"];
        fails(&command::bench(folder.path(), &check).output().unwrap(), 2, words);
        assert!(!folder.path().join(".bench").exists());
    };
    let none = "fraction 0.01 of 21 train items is none of them; 4.76e-2 is one";
    refused("fraction: 0.5", "fraction: 0.01", &["task some", none]);
    refused("preset: finetune", "preset: fine_tune", &["s.yaml", "did you mean \"finetune\"?"]);
    refused("epochs: 2", "epoch: 2", &["s.yaml", "did you mean `epochs`?"]);
    refused("rows: [square]", "rows: [squire]", &["row of a task", "did you mean \"square\"?"]);
    refused("draws: 2", "draws: 0", &["task some", "draws: 1 to 100"]);
    refused("    finetune: &tune", "    knn: {k: [1]}\n    finetune: &tune", &["give one of"]);
    let heard = "    corruptions: {others: [reverse]}\n    finetune: &tune";
    refused("    finetune: &tune", heard, &["task tuned", "finetune is for clean sound alone"]);
    let numbers = "fraction: 0.5, sampler: clmr_v1, draws: 2}\n  - name: tuned_numbers";
    refused("fraction: 0.5, draws: 2}\n  - name: tuned_numbers", numbers, &["numbers lack"]);
}

#[test]
fn as_clmr_s_first_release_draws_a_hundredth_of_the_labels_touches_a_third_of_magnatagatune() {
    let lists = std::env::var_os("LISTS").map_or("../shared/splits".into(), PathBuf::from);
    let path = lists.join("magnatagatune/mtt_clips.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        println!("skipped: there is no {} (set LISTS)", path.display());
        return;
    };
    let lines = reader.records().map(|line| line.unwrap());
    let sets: Vec<String> =
        lines.filter(|line| &line[2] == "train").map(|line| line[5].to_string()).collect();
    let names: BTreeSet<&str> =
        sets.iter().flat_map(|set| set.split('|')).filter(|tag| !tag.is_empty()).collect();
    let has = |set: &String| {
        let tags: BTreeSet<&str> = set.split('|').collect();
        names.iter().map(|name| tags.contains(name)).collect::<Vec<_>>()
    };
    let truth = Truth::Tags(sets.iter().flat_map(has).collect());
    assert_eq!((sets.len(), names.len()), (18_706, 50));
    // Counted apart: of the ten segments of the clips of each set of tags its share, at least one.
    let counted = [(0.01, 6_677), (0.02, 7_725), (0.05, 11_415), (0.1, 18_706), (0.5, 93_530)];
    for (share, expected) in counted {
        assert_eq!(segments(&truth, 50, share, Seed::new(1)).len(), expected, "{share}");
    }
    let part = |fraction| Part { fraction, sampler: Sampler::ClmrV1, draws: 1 };
    let clips = |fraction| part(fraction).of(&truth, 50, Seed::new(1)).len();
    assert!((6_600..6_700).contains(&clips(0.01)), "{}", clips(0.01));
    assert!((13_700..14_300).contains(&clips(0.1)), "{}", clips(0.1));
    assert_eq!(SEGMENTS, 10);
}
