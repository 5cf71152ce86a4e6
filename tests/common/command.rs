//! The command as a person would run it.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A suite that runs in seconds.
pub const SUITE: &str = "
name: tiny
version: 1
title: a test
seeds: 2
baseline: clmr
corpora:
  pieces: {etudes: {pieces: 24, seconds: 4, seed: 900}}
  labelled: {etudes: {pieces: 48, seconds: 4, seed: 901}}
pretrain: {corpora: [pieces]}
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

/// [`SUITE`] with one seed and other rows, which are compared with `baseline`.
pub fn suite_of(rows: &str, baseline: &str) -> String {
    let (settings, _) = SUITE.split_once("rows:").unwrap();
    let settings = settings.replace("seeds: 2", "seeds: 1");
    let settings = settings.replace("baseline: clmr", &format!("baseline: {baseline}"));
    format!("{settings}rows:{rows}")
}

/// `bench` with arguments, to be run in a folder.
pub fn bench(folder: &Path, line: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.args(line).current_dir(folder).env("OMP_NUM_THREADS", "1").env_remove("MUSIC");
    command
}

/// A new folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Asserts how a command failed and that it said all of `words`.
pub fn fails(output: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}
