//! `bench perf`: what a training step takes, as a table and as a row.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::command::{self, fails, folder};

fn bench(folder: &Path, line: &[&str]) -> Output {
    let short =
        ["--device", "cpu", "--steps", "3", "--batch", "6", "--corpus", "etudes:4,seconds=4"];
    command::bench(folder, &[line, &short].concat()).output().unwrap()
}

/// The row of a file by its columns.
fn row(path: &Path) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 1);
    header.iter().zip(&rows[0]).map(|(name, cell)| (name.into(), cell.into())).collect()
}

#[test]
fn the_parts_of_a_step_account_for_its_time() {
    let folder = folder(&[]);
    let output = bench(folder.path(), &["perf", "myna_square", "--csv", "step.csv"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    for words in ["means over 3 steps of 6 items in f32", "items a second", "forward", "GPU busy"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    let row = row(&folder.path().join("step.csv"));
    let number = |name: &str| row[name].parse::<f64>().unwrap();
    let step = number("seconds_per_step");
    assert!((number("items_per_second") * step / 6.0 - 1.0).abs() < 1e-9);
    let parts = ["loading", "views", "forward", "backward", "update"];
    let parts = parts.map(|part| number(&format!("{part}_seconds")));
    assert!(parts.iter().all(|part| *part > 0.0), "{parts:?}");
    let sum: f64 = parts.iter().sum();
    // Parts and whole are timed one after the other, on a machine that may be busy.
    assert!((0.1..10.0).contains(&(sum / step)), "{parts:?} of {step}");
    assert!(number("peak_memory_bytes") > 1e6);
    // Nothing is copied to a CPU, and it is not asked how busy it is.
    assert_eq!(
        [&row["busy_share"], &row["copied_bytes_per_step"], &row["micro_batch"]],
        ["", "", ""]
    );
}

#[test]
fn a_method_that_sees_labels_is_given_some_and_settings_of_both_sections_count() {
    let folder = folder(&[]);
    let output = bench(folder.path(), &["perf", "semisupcon", "--precision", "bf16"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = ["perf", "myna_square", "--set", "train.micro_batch=4", "--set", "method.mask=0.5"];
    let output = bench(folder.path(), &line);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("6 items in parts of 4 in f32"), "{said}");
}

#[test]
fn what_cannot_be_measured_is_told_and_nothing_is_written() {
    let folder = folder(&[]);
    for (line, code, words) in [
        (vec!["perf", "log_mel"], 2, vec!["log_mel", "is not trained"]),
        (
            vec!["perf", "byol", "--set", "train.micro_batch=2"],
            2,
            vec!["byol", "batch normalisation"],
        ),
        (vec!["perf", "clmr", "--precision", "f16"], 2, vec!["f16", "bf16"]),
        (vec!["perf", "clmr", "--set", "budget.steps=2"], 2, vec!["budget.steps", "train.lr"]),
    ] {
        let output = bench(folder.path(), &[&line[..], &["--csv", "step.csv"]].concat());
        fails(&output, code, &words);
        assert!(!fs::exists(folder.path().join("step.csv")).unwrap(), "{line:?}");
    }
}
