//! Results folders: a small suite end to end, and what becomes of the folder that was there before.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::command::{self, SUITE, fails, folder};

fn start(folder: &Path, more: &[&str]) -> Child {
    let mut command = command::bench(folder, &["run", "tiny.yaml", "--device", "cpu"]);
    command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs the suite of a folder to its end.
fn run(folder: &Path, more: &[&str]) -> Output {
    let output = start(folder, more).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Every file under a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

#[test]
fn a_suite_runs_to_its_table_and_a_second_run_trains_nothing() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    let first = run(folder.path(), &[]);
    let table = String::from_utf8(first.stdout).unwrap();
    assert!(table.contains("untrained_square") && table.contains("barely trained"), "{table}");
    let results = folder.path().join("results/tiny");
    let names = ["scores.csv", "table.csv", "report.md", "run.yaml", "costs.csv", "training.csv"];
    let before = names.map(|name| fs::read(results.join(name)).unwrap());
    let weights = fs::metadata(folder.path().join(".bench/train")).unwrap().modified().unwrap();
    for made in ["run.yaml", "costs.csv"] {
        assert!(fs::read_to_string(results.join(made)).unwrap().contains(bench::PROGRAM), "{made}");
    }
    let training = fs::read_to_string(results.join("training.csv")).unwrap();
    assert!(training.starts_with("method,seed,first_step,last_step,loss\n"), "{training}");
    let second = run(folder.path(), &["--quiet"]);
    assert!(second.stderr.is_empty());
    assert_eq!(before, names.map(|name| fs::read(results.join(name)).unwrap()));
    assert_eq!(
        weights,
        fs::metadata(folder.path().join(".bench/train")).unwrap().modified().unwrap()
    );
    fs::remove_file(results.join("table.csv")).unwrap();
    let again = command::bench(folder.path(), &["report", "results/tiny"]).output().unwrap();
    assert!(again.status.success());
    assert_eq!(before, names.map(|name| fs::read(results.join(name)).unwrap()));
    assert_eq!(again.stdout, second.stdout);
}

#[test]
fn a_failed_run_is_a_row_that_says_why_and_the_others_finish() {
    let folder =
        folder(&[("tiny.yaml", &SUITE.replace("train: {batch: 8}", "train: {batch: 25}"))]);
    let output = start(folder.path(), &[]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let scores = fs::read_to_string(folder.path().join("results/tiny/scores.csv")).unwrap();
    assert!(
        scores.lines().any(|line| line.contains("majority") && line.contains(",ok,")),
        "{scores}"
    );
    assert!(scores.contains("a batch of 25 items cannot be drawn from 24"), "{scores}");
}

#[test]
fn an_unwritable_results_folder_is_refused_before_anything_is_computed() {
    let folder = folder(&[("tiny.yaml", SUITE), ("file", "")]);
    let output = start(folder.path(), &["--out", "file/results"]).wait_with_output().unwrap();
    fails(&output, 1, &["file/results"]);
    assert!(!folder.path().join(".bench").exists());
}

#[test]
fn check_tells_what_the_store_holds_of_every_run() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    run(folder.path(), &["--seeds", "1"]);
    let check = |more: &[&str]| {
        let mut command = command::bench(folder.path(), &["check", "tiny.yaml", "--device", "cpu"]);
        let output = command.args(more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plan = squeezed(&check(&[]));
    for words in [
        "results: results/tiny ",
        "corpus labelled: 2 of 2 stores there",
        "majority – 1 embedding, 1 probe nothing",
        "untrained_square 1 1 embedding, 1 probe nothing",
        "untrained_square 2 nothing 1 embedding, 1 probe",
        "clmr 1 weights, 1 embedding, 1 probe nothing",
        "clmr 2 nothing weights, 1 embedding, 1 probe (2 steps of",
        "sound to prepare: nothing;",
    ] {
        assert!(plan.contains(words), "{words:?} is not in: {plan}");
    }
    let plan = squeezed(&check(&["--seeds", "1"]));
    assert!(plan.contains("results: results/tiny.trial "), "{plan}");
    assert!(plan.contains(": nothing; embedding and probes come on top"), "{plan}");
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let folder = folder(&[("tiny.yaml", SUITE), ("music/song.wav", "")]);
    let output = start(folder.path(), &["--out", "music"]).wait_with_output().unwrap();
    fails(&output, 2, &["--out music", "no results", "empty folder"]);
}

#[test]
fn a_changed_suite_leaves_the_table_of_the_suite_alone() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    let results = folder.path().join("results/tiny");
    run(folder.path(), &["--seeds", "2", "--set", "variables.MUSIC=/music"]);
    let before = files(&results);
    run(folder.path(), &["--only", "majority", "--seeds", "1"]);
    assert_eq!(before, files(&results));
    let scores = fs::read_to_string(folder.path().join("results/tiny.trial/scores.csv")).unwrap();
    assert_eq!(scores.lines().count(), 3, "{scores}");
    run(folder.path(), &["--only", "majority", "--seeds", "1", "--out", "results/tiny"]);
    let rows = fs::read_dir(results.join("predictions")).unwrap();
    let mut rows: Vec<_> = rows.map(|entry| entry.unwrap().file_name()).collect();
    rows.sort();
    assert_eq!(rows, ["clmr", "majority"]);
}

#[test]
fn an_interrupted_suite_leaves_the_old_results_and_says_where_the_new_ones_are() {
    let folder = folder(&[("tiny.yaml", SUITE)]);
    run(folder.path(), &[]);
    let before = files(&folder.path().join("results/tiny"));
    let longer = SUITE.replace("budget: {steps: 2}", "budget: {steps: 1000000}");
    fs::write(folder.path().join("tiny.yaml"), longer).unwrap();
    let mut child = start(folder.path(), &[]);
    let report = folder.path().join("results/tiny.partial/report.md");
    while !report.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(50));
    }
    // As Ctrl-C, which who runs the tests in the background has told every process to ignore.
    let interrupted = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    assert!(interrupted.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(15));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("interrupted") && said.contains("results/tiny.partial"), "{said}");
    assert_eq!(before, files(&folder.path().join("results/tiny")));
    assert!(fs::read_to_string(report).unwrap().contains("not finished: "));
    fs::write(folder.path().join("tiny.yaml"), SUITE).unwrap();
    run(folder.path(), &[]);
    assert_eq!(before, files(&folder.path().join("results/tiny")));
    assert!(!folder.path().join("results/tiny.partial").exists());
}
