//! The command, run as a person would: everything that may be typed wrong.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::command::{self, SUITE, fails, folder, suite_of};

fn bench(folder: &Path, line: &[&str]) -> Output {
    command::bench(folder, line).output().unwrap()
}

/// Asserts that the suite, changed by `from` → `to`, is refused with `code` and all of `words`.
fn refused(from: &str, to: &str, code: i32, words: &[&str]) {
    assert!(SUITE.contains(from));
    let folder = folder(&[("tiny.yaml", &SUITE.replacen(from, to, 1))]);
    fails(&bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]), code, words);
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
    refused("method: majority", "method: majorty", 2, &["did you mean \"majority\""]);
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
        "pretrain: {corpora: [pieces]}",
        "pretrain: {corpora: [labelled]}",
        2,
        &["tiny.yaml: corpus labelled", "exclude_held_out"],
    );
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
    let output = bench(folder.path(), &["check", "tiny.yaml", "--device", "cpu", "--jobs", "3"]);
    let plan = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for words in [
        // Of 4 s at 16 kHz: samples, and 126 frames of 128 mels, 4 bytes each.
        "corpus labelled: 0 of 2 stores there, the others will hold about 15.4 MB",
        "corpus pieces: 0 of 1 stores there, the others will hold about 6.1 MB",
        "weights, 1 embedding, 1 probe (2 steps of",
        "training with --jobs 3: less than a minute",
    ] {
        assert!(plan.contains(words), "{words:?} is not in: {plan}");
    }
    assert!(!folder.path().join(".bench").exists() && !folder.path().join("results").exists());
}

#[test]
fn what_cannot_be_the_name_of_a_file_is_no_name() {
    for name in ["../tiny", "a/b", "a:1", ".hidden"] {
        refused("name: tiny", &format!("name: {name}"), 2, &["name of a file"]);
        refused("name: key", &format!("name: {name}"), 2, &["name of a file"]);
        let row = format!("name: {name}, method: myna_square");
        refused("name: untrained_square, method: myna_square", &row, 2, &["name of a file"]);
    }
}

#[test]
fn a_comparison_counts_once() {
    let question = "{row: majority, against: untrained_square}";
    let turned = "{row: untrained_square, against: majority}";
    for twice in [[question, question], [question, turned]] {
        let seeds = format!("questions: [{}]\nseeds: 2", twice.join(", "));
        refused("seeds: 2", &seeds, 2, &["repeats a comparison"]);
    }
    let twice = "metrics: [accuracy, accuracy]";
    refused("metrics: [weighted_key_score]", twice, 2, &["accuracy is named twice"]);
}

#[test]
fn a_row_that_is_left_out_hinders_no_other() {
    let absent = "  - {name: absent, method: embeddings, file: gone.npz}\n";
    let suite = SUITE.replace("baseline: clmr", "baseline: majority") + absent;
    let folder = folder(&[("tiny.yaml", &suite)]);
    let line = ["run", "tiny.yaml", "--only", "untrained_square", "--jobs", "2"];
    let output = bench(folder.path(), &line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_row_whose_file_is_not_there_leaves_a_gap_and_the_rest_is_done() {
    let rows = "
  - {method: majority}
  - {name: lost, method: embeddings, file: gone.npz, note: vectors of somebody}
  - {name: unnamed, method: checkpoint, config: clmr, file: '${NET}'}
";
    let suite = suite_of(rows, "lost") + "variables: {NET: null}\n";
    let folder = folder(&[("tiny.yaml", &suite)]);
    let missing = "there is no file gone.npz";
    let unset = "the variable NET has no value (${NET})";
    let plan = bench(folder.path(), &["check", "tiny.yaml"]);
    let plan = String::from_utf8(plan.stdout).unwrap();
    assert!(
        plan.contains(&format!("not there: row lost: {missing}\n    vectors of somebody")),
        "{plan}"
    );
    assert!(plan.contains(&format!("not there: row unnamed: {unset}")), "{plan}");
    let run = bench(folder.path(), &["run", "tiny.yaml", "--device", "cpu"]);
    let left_out = [("lost", missing), ("unnamed", unset)];
    let left_out = left_out.map(|(row, why)| format!("left out: row {row}: {why}"));
    fails(&run, 1, &[&left_out[0], &left_out[1], "1 runs (0 to train), 0 failed"]);
    let scores = fs::read_to_string(folder.path().join("results/tiny/scores.csv")).unwrap();
    assert_eq!(scores.lines().filter(|line| line.contains(missing)).count(), 1, "{scores}");
    let misspelt = suite.replace("'${NET}'", "'${NETT}'");
    fs::write(folder.path().join("tiny.yaml"), misspelt).unwrap();
    let run = bench(folder.path(), &["run", "tiny.yaml"]);
    fails(&run, 2, &["row unnamed", "did you mean \"NET\"?"]);
}

#[test]
fn every_suite_there_is_comes_along_under_its_path() {
    let output = bench(Path::new("."), &["list", "suites"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    let listed: BTreeSet<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let mut there = BTreeSet::new();
    for pattern in ["", "ablations/", "paper/"] {
        for entry in fs::read_dir(format!("suites/{pattern}")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            there.extend(name.strip_suffix(".yaml").map(|stem| format!("{pattern}{stem}")));
        }
    }
    assert_eq!(listed, there.iter().map(String::as_str).collect());
}

#[test]
fn numbers_of_threads_and_runs_that_cannot_be_meant_are_refused() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    for option in ["--jobs", "--threads", "--seeds"] {
        for number in ["0", "-1", "100000"] {
            let line = format!("{option}={number}");
            fails(&bench(folder.path(), &["run", "tiny.yaml", &line]), 2, &[option, number]);
        }
    }
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
        .replace("pretrain: {corpora: [pieces]}", pretrain)
        .replace("  - {method: clmr, config: small, set: {train: {batch: 8}}}\n", &rows)
        .replace("baseline: clmr", "baseline: majority")
}

const BY_KEY: &str =
    "pretrain: {corpora: [pieces], labels: {corpus: labelled, target: key, kind: key}}";

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
    refused("pretrain: {corpora: [pieces]}", "", &["cnn1d", "learns from labels", "target"]);
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
    refused("method: embeddings", &["give `file: PATH`", "`from: ROW`"]);
    refused("method: checkpoint, config: clmr, from: mine", &["mine is not trained in this suite"]);
}
