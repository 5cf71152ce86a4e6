//! What is said of names, settings and files that are typed wrong.

use std::path::Path;
use std::process::Output;

use crate::command::{SUITE, bench, fails, folder};

fn typed(folder: &Path, line: &[&str]) -> Output {
    bench(folder, line).output().unwrap()
}

/// Asserts that a line is refused as wrongly typed, with all of `words`.
fn refused(line: &[&str], words: &[&str]) {
    let folder = folder(&[("tiny.yaml", SUITE), ("kept.csv", "")]);
    fails(&typed(folder.path(), line), 2, words);
}

#[test]
fn the_nearest_name_of_every_kind_is_suggested_to_who_asks_for_its_meaning() {
    for (wrong, meant) in [("clmrr", "clmr"), ("giantstep", "giantsteps"), ("p_hol", "p_holm")] {
        refused(&["explain", wrong], &["unknown name", &format!("did you mean {meant:?}?")]);
    }
}

#[test]
fn the_header_of_a_table_explains_nothing() {
    let output = typed(Path::new("."), &["explain", "metric"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("metric (`scores.csv`): what was asked, and"), "{told}");
    assert!(!told.contains(": meaning"), "{told}");
    refused(&["explain", "column"], &["unknown name \"column\""]);
}

#[test]
fn what_set_does_wrong_is_not_blamed_on_the_file_alone() {
    let check = |set: &str, words: &[&str]| refused(&["check", "tiny.yaml", "--set", set], words);
    check("seeds=many", &["tiny.yaml, changed by --set", "many"]);
    check("rows.clmrr.note=x", &["unknown item \"clmrr\"; did you mean \"clmr\"?", "majority"]);
    check("tasks.key.metrics.1=accuracy", &["unknown item \"1\"", "known: 0"]);
}

#[test]
fn a_second_limit_is_refused_with_the_way_to_give_another() {
    let clips = ["check", "tiny.yaml", "--device", "cpu", "--set", "budget.clips=64"];
    refused(&clips, &["exactly one of steps", "--set 'budget={clips: 1000}'"]);
    let folder = folder(&[("tiny.yaml", SUITE)]);
    let line = ["check", "tiny.yaml", "--device", "cpu", "--set", "budget={clips: 64}"];
    let output = typed(folder.path(), &line);
    assert!(String::from_utf8_lossy(&output.stdout).contains("; 64 clips per trained run"));
}

#[test]
fn a_method_without_training_has_no_step_to_measure_and_no_views_to_show() {
    refused(&["perf", "majority", "--device", "cpu"], &["majority is not trained"]);
    refused(&["views", "majority", "etudes:2", "--out", "out"], &["majority is not trained"]);
}

#[test]
fn another_ending_than_yaml_is_no_built_in_suite() {
    refused(&["check", "suites/key.backup"], &["there is no such file", "known: key, smoke"]);
}

#[test]
fn results_are_not_written_over_a_file() {
    for verb in ["run", "check"] {
        refused(&[verb, "tiny.yaml", "--out", "kept.csv"], &["--out kept.csv: it is a file"]);
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let folder = folder(&[("a.wav", "")]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = bench(folder.path(), &["audio", "."]).stdout(writer).output().unwrap();
    fails(&output, 0, &[]);
    assert!(output.stderr.is_empty());
}
