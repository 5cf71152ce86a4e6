//! The command, run as a person would: a small suite end to end, and everything that may be typed
//! wrong.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const SUITE: &str = "
name: tiny
version: 1
title: a test
seeds: 2
baseline: clmr
corpora:
  unlabelled: {etudes: {pieces: 24, seconds: 4, seed: 900}}
  labelled: {etudes: {pieces: 48, seconds: 4, seed: 901}}
pretrain: {corpora: [unlabelled]}
budget: {steps: 2}
tasks:
  - name: key
    corpus: labelled
    targets: [key]
    kind: key
    split: {train: 0.5, valid: 0.2, test: 0.3, seed: 1}
    metrics: [weighted_key_score]
    probe: {hidden: [0], batch: [16], lr: [0.01], evaluate_every: 10, patience: 2, max_steps: 20}
rows:
  - {method: majority}
  - {name: untrained_square, method: myna_square, config: small, untrained: true}
  - {method: clmr, config: small, set: {train: {batch: 8}}}
";

fn bench(folder: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(line)
        .current_dir(folder)
        .env("OMP_NUM_THREADS", "1")
        .env_remove("MUSIC")
        .output()
        .unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Asserts that the suite, changed by `from` → `to`, is refused with `code` and all of `words`.
fn refused(from: &str, to: &str, code: i32, words: &[&str]) {
    assert!(SUITE.contains(from));
    let folder = folder(&[("tiny.yaml", &SUITE.replacen(from, to, 1))]);
    fails(&bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]), code, words);
}

fn fails(output: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

#[test]
fn a_suite_runs_to_its_table_and_a_second_run_trains_nothing() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    let first = bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let table = String::from_utf8(first.stdout).unwrap();
    assert!(table.contains("untrained_square") && table.contains("barely trained"), "{table}");
    let results = folder.path().join("results/tiny");
    let names = ["scores.csv", "table.csv", "report.md", "run.yaml", "costs.csv"];
    let before = names.map(|name| fs::read(results.join(name)).unwrap());
    let weights = fs::metadata(folder.path().join(".bench/train")).unwrap().modified().unwrap();
    let second = bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu", "--quiet"]);
    assert!(second.status.success() && second.stderr.is_empty());
    assert_eq!(before, names.map(|name| fs::read(results.join(name)).unwrap()));
    assert_eq!(
        weights,
        fs::metadata(folder.path().join(".bench/train")).unwrap().modified().unwrap()
    );
    fs::remove_file(results.join("table.csv")).unwrap();
    let again = bench(folder.path(), &["report", "results/tiny"]);
    assert!(again.status.success());
    assert_eq!(before, names.map(|name| fs::read(results.join(name)).unwrap()));
    assert_eq!(again.stdout, second.stdout);
}

#[test]
fn a_failed_run_is_a_row_that_says_why_and_the_others_finish() {
    let folder =
        folder(&[("tiny.yaml", &SUITE.replace("train: {batch: 8}", "train: {batch: 25}"))]);
    let output = bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]);
    assert_eq!(output.status.code(), Some(1));
    let scores = fs::read_to_string(folder.path().join("results/tiny/scores.csv")).unwrap();
    assert!(
        scores.lines().any(|line| line.contains("majority") && line.contains(",ok,")),
        "{scores}"
    );
    assert!(scores.contains("a batch of 25 items cannot be drawn from 24"), "{scores}");
}

#[test]
fn a_misspelt_field_is_refused_with_its_line_and_the_nearest_name() {
    refused("budget: {steps: 2}", "budgett: {steps: 2}", 2, &["tiny.yaml:", "budgett", "`budget`"]);
}

#[test]
fn a_misspelt_method_is_refused_with_the_nearest_name() {
    refused(
        "myna_square",
        "myna_squre",
        2,
        &["row untrained_square", "did you mean \"myna_square\""],
    );
}

#[test]
fn a_misspelt_setting_of_a_method_is_refused_with_the_nearest_name() {
    refused("train: {batch: 8}", "train: {bach: 8}", 2, &["row clmr", "bach", "`batch`"]);
}

#[test]
fn a_misspelt_metric_is_refused_with_the_nearest_name() {
    refused("weighted_key_score", "weighted_key_scor", 2, &["task key", "weighted_key_score"]);
}

#[test]
fn a_metric_for_another_kind_of_task_is_refused() {
    refused("[weighted_key_score]", "[macro_roc_auc]", 2, &["macro_roc_auc", "key"]);
}

#[test]
fn a_suite_that_is_not_there_is_refused_with_the_nearest_name() {
    let folder = folder(&[]);
    fails(
        &bench(folder.path(), &["run", "suites/smok.yaml"]),
        2,
        &["smok", "did you mean \"smoke\""],
    );
}

#[test]
fn pre_training_on_tested_items_is_refused() {
    refused(
        "pretrain: {corpora: [unlabelled]}",
        "pretrain: {corpora: [labelled]}",
        1,
        &["labelled", "exclude_held_out"],
    );
}

#[test]
fn an_unwritable_results_folder_is_refused_before_anything_is_computed() {
    let folder = folder(&[("tiny.yaml", SUITE), ("file", "")]);
    let output = bench(folder.path(), &["run", "tiny.yaml", "--out", "file/results"]);
    fails(&output, 1, &["file/results"]);
    assert!(!folder.path().join(".bench").exists());
}

#[test]
fn a_device_that_is_not_there_is_refused_with_the_reason() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    let words = ["device cuda:99 cannot be used"];
    fails(&bench(folder.path(), &["run", "tiny.yaml", "--device", "cuda:99"]), 2, &words);
    fails(&bench(folder.path(), &["run", "tiny.yaml", "--device", "gpu"]), 2, &["auto, cpu, cuda"]);
}

fn with_manifest(manifest: &str, files: &[(&str, &str)]) -> Output {
    let suite = SUITE.replace(
        "labelled: {etudes: {pieces: 48, seconds: 4, seed: 901}}",
        "labelled: {manifest: m.csv}",
    );
    let mut all = vec![("tiny.yaml", suite.as_str()), ("m.csv", manifest)];
    all.extend(files);
    let folder = folder(&all);
    bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"])
}

#[test]
fn an_empty_manifest_is_refused() {
    fails(&with_manifest("id,path,key\n", &[]), 1, &["m.csv:1", "no row follows"]);
}

#[test]
fn a_missing_file_is_named_with_its_line() {
    fails(&with_manifest("id,path,key\na,a.wav,C major\n", &[]), 1, &["m.csv:2", "a.wav"]);
}

#[test]
fn a_corpus_with_one_class_is_refused() {
    let rows: String = (0..9).map(|i| format!("{i},{i}.wav,C major\n")).collect();
    let files: Vec<(String, &str)> = (0..9).map(|i| (format!("{i}.wav"), "")).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    fails(&with_manifest(&format!("id,path,key\n{rows}"), &files), 1, &["same class"]);
}

#[test]
fn text_that_is_called_wav_is_named() {
    let rows: String =
        (0..12).map(|i| format!("{i},{i}.wav,{} major\n", ["C", "D"][i % 2])).collect();
    let files: Vec<(String, &str)> = (0..12).map(|i| (format!("{i}.wav"), "not sound")).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    fails(&with_manifest(&format!("id,path,key\n{rows}"), &files), 1, &["0.wav", "11.wav"]);
}

#[test]
fn check_prints_the_plan_without_running_it() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    let output = bench(folder.path(), &["check", "tiny.yaml", "--device", "cpu"]);
    let plan = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && plan.contains("2 missing; 2 steps"), "{plan}");
    assert!(!folder.path().join(".bench").exists() && !folder.path().join("results").exists());
}

#[test]
fn every_built_in_suite_is_sound() {
    let folder = folder(&[]);
    for name in ["key", "smoke"] {
        let output = bench(folder.path(), &["check", name, "--device", "cpu"]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    fails(&bench(folder.path(), &["check", "recordings"]), 2, &["MUSIC"]);
}

/// The small suite with a network that is trained on labels.
fn supervised(pretrain: &str, row: &str) -> String {
    let rows = format!("  - {{method: cnn1d, config: small{row}}}\n");
    SUITE
        .replace("pretrain: {corpora: [unlabelled]}", pretrain)
        .replace("  - {method: clmr, config: small, set: {train: {batch: 8}}}\n", &rows)
        .replace("baseline: clmr", "baseline: majority")
}

const BY_KEY: &str =
    "pretrain: {corpora: [unlabelled], labels: {corpus: labelled, target: key, kind: key}}";

#[test]
fn a_network_trained_on_labels_answers_with_its_own_classes() {
    let small_batch = ", set: {train: {batch: 8}}";
    let folder = folder(&[("tiny.yaml", &supervised(BY_KEY, small_batch))]);
    let output = bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results = folder.path().join("results/tiny");
    let scores = fs::read_to_string(results.join("scores.csv")).unwrap();
    assert_eq!(scores.lines().filter(|line| line.contains("cnn1d")).count(), 2, "{scores}");
    let probes = fs::read_dir(folder.path().join(".bench/probe")).unwrap();
    let choices = probes
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("choice.yaml")).ok());
    assert_eq!(choices.filter(|choice| choice.contains("readout: classifier")).count(), 2);
}

#[test]
fn labels_that_may_not_be_learned_from_are_refused() {
    let refused = |pretrain: &str, row: &str, words: &[&str]| {
        let folder = folder(&[("tiny.yaml", &supervised(pretrain, row))]);
        fails(&bench(folder.path(), &["check", "tiny.yaml", "--device", "cpu"]), 2, words);
    };
    refused("pretrain: {corpora: [unlabelled]}", "", &["cnn1d", "learns from labels", "target"]);
    refused(&BY_KEY.replace("kind: key", "kind: number"), "", &["are numbers"]);
    refused(&BY_KEY.replace("corpus: labelled", "corpus: labeled"), "", &["did you mean"]);
    refused(BY_KEY, ", set: {train: {labels: {share: 0.5}}}", &["from labels alone", "share"]);
    refused(BY_KEY, ", set: {train: {labels: {fraction: 2}}}", &["between 0 and 1"]);
}

#[test]
fn a_file_is_for_methods_that_are_made_of_one() {
    refused("method: majority}", "method: majority, file: x}", 2, &["majority", "no file"]);
    refused("method: majority}", "method: majority, from: clmr}", 2, &["majority", "no file"]);
    refused("method: majority}", "method: majority, from: clmrr}", 2, &["did you mean", "clmr"]);
}

/// The small suite with rows made of files, and no others but `clmr`, trained for two steps.
fn outside(rows: &str) -> String {
    let (suite, _) = SUITE.split_once("rows:").unwrap();
    let clmr = "  - {method: clmr, config: small, set: {train: {batch: 8}}}";
    format!("{}rows:\n{clmr}\n{rows}", suite.replace("seeds: 2", "seeds: 1"))
}

/// Settings of a small network over samples.
const NETWORK: &str = "rate: 16000, layers: {channels: [8, 8, 8, 8, 16], strides: [9, 3, 3, 3]}";
/// Those of `clmr` as it is trained there.
const CLMR: &str = "rate: 16000, layers: {channels: [16, 32, 32, 64, 64, 64, 128, 128, 128], \
                    strides: [9, 3, 3, 3, 3, 3, 3, 3]}";

/// Writes the network of [`NETWORK`] as weights and as a module; gives its clip length.
fn write_network(folder: &Path) -> usize {
    let registry = bench::Registry::builtin();
    let entry = registry.find("checkpoint").unwrap();
    let mut config: serde_yaml::Value =
        bench::settings::parse(entry.config("clmr").unwrap(), "clmr").unwrap();
    let network = bench::settings::parse(&format!("{{network: {{{NETWORK}}}}}"), "here").unwrap();
    bench::settings::merge(&mut config["method"], network);
    let (seen, seed) = (bench::train::Seen::default(), bench::Seed::new(3));
    let config = &config["method"];
    let mut network =
        bench::train::Network::new(entry, config, seen, seed, tch::Device::Cpu).unwrap();
    bench::tensors::save(&folder.join("w.safetensors"), &network.tensors(), None).unwrap();
    network.vars.freeze();
    let samples = network.encoder().input().length();
    let clips = tch::Tensor::zeros([2, samples as i64], (tch::Kind::Float, tch::Device::Cpu));
    let mut run =
        |clips: &[tch::Tensor]| vec![network.encoder().forward(&clips[0], false).unwrap()];
    let module = tch::CModule::create_by_tracing("Encoder", "forward", &[clips], &mut run).unwrap();
    module.save(folder.join("m.pt")).unwrap();
    samples
}

/// What a row scored: task, metric, seed and value of every line.
fn scored(folder: &Path, row: &str) -> Vec<[String; 4]> {
    let mut scores = csv::Reader::from_path(folder.join("results/tiny/scores.csv")).unwrap();
    let header = scores.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|field| field == name).unwrap();
    let wanted = ["task", "metric", "seed", "value"].map(column);
    let lines = scores.records().map(|record| record.unwrap());
    let lines = lines.filter(|record| &record[column("method")] == row);
    lines.map(|record| wanted.map(|at| record[at].to_string())).collect()
}

#[test]
fn copies_of_one_encoder_score_the_same_however_they_are_handed_over() {
    let folder = folder(&[]);
    let samples = write_network(folder.path());
    let set = format!("method.network={{kind: sample_cnn, {NETWORK}}}");
    let line = ["embed", "w.safetensors", "etudes:48,seconds=4,seed=901", "--device", "cpu"];
    let made_of = ["--method", "checkpoint", "--config", "clmr", "--set", &set];
    let out = ["--out", "e.safetensors"];
    let embedded = bench(folder.path(), &[&line[..], &made_of, &out].concat());
    assert!(embedded.status.success(), "{}", String::from_utf8_lossy(&embedded.stderr));
    let rows = [
        format!(
            "{{name: weights, method: checkpoint, config: clmr, file: w.safetensors, \
             set: {{method: {{network: {{{NETWORK}}}}}}}}}"
        ),
        format!(
            "{{name: module, method: torchscript, file: m.pt, \
             set: {{method: {{rate: 16000, samples: {samples}}}}}}}"
        ),
        "{name: vectors, method: embeddings, file: e.safetensors}".to_string(),
        format!(
            "{{name: again, method: checkpoint, config: clmr, from: clmr, \
             set: {{method: {{network: {{{CLMR}}}}}}}}}"
        ),
    ];
    let rows: String = rows.iter().map(|row| format!("  - {row}\n")).collect();
    fs::write(folder.path().join("tiny.yaml"), outside(&rows)).unwrap();
    let output = bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let scored = |row| scored(folder.path(), row);
    assert_eq!(scored("weights").len(), 1);
    assert_eq!(scored("module"), scored("weights"));
    assert_eq!(scored("vectors"), scored("weights"));
    assert_eq!(scored("again"), scored("clmr"));
    assert_ne!(scored("again"), scored("weights"));
}

#[test]
fn a_file_that_does_not_fit_is_refused_with_its_row_before_anything_is_computed() {
    let refused = |row: &str, words: &[&str]| {
        let suite = outside(&format!("  - {{name: mine, {row}}}\n"));
        let folder = folder(&[("tiny.yaml", &suite), ("w.pt", "a pickle")]);
        fails(&bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]), 2, words);
        assert!(!folder.path().join(".bench").exists());
    };
    let words = ["row mine, w.pt", "not a sound safetensors file"];
    refused("method: checkpoint, config: clmr, file: w.pt", &words);
    refused("method: torchscript, file: w.pt", &["row mine, w.pt", "not a TorchScript module"]);
    refused("method: embeddings, file: w.npz", &["row mine", "w.npz"]);
    refused("method: embeddings", &["give `file: PATH`", "`from: ROW`"]);
    refused("method: checkpoint, config: clmr, from: mine", &["mine is not trained in this suite"]);
}
