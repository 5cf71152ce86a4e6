//! What may be typed wrong at `bench new method`, and that nothing is then left lying about.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bench::cli::new::{self, MethodArgs};
use bench::{Error, Registry};
use tempfile::TempDir;

/// A folder with a list of methods.
fn checkout() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("methods")).unwrap();
    fs::write(folder.path().join("methods/mod.rs"), "").unwrap();
    folder
}

fn bench(folder: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bench")).args(line).current_dir(folder).output().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Asserts that the line is refused with `code` and all of `words`, and that nothing was made.
fn refused(folder: &Path, line: &[&str], code: i32, words: &[&str]) {
    let before = (names(folder), names(&folder.join("methods")));
    let output = bench(folder, line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{line:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
    assert_eq!(before, (names(folder), names(&folder.join("methods"))), "{line:?}");
}

fn refused_name(name: &str, why: &str) {
    let folder = TempDir::new().unwrap();
    let (out, outside) = (Some(folder.path().join("made")), false);
    let command = new::Command::Method(MethodArgs { name: name.into(), out, outside });
    let error = new::run(&Registry::builtin(), &command, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    assert!(error.to_string().contains(&format!("{name:?}: ")), "{error}");
    assert!(error.to_string().contains(why), "{error}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_name_that_is_not_snake_case_is_refused() {
    for name in
        ["MyMethod", "my-method", "my method", "2nd", "_mine", "my__method", "my_", "../x", ""]
    {
        refused_name(name, "lowercase letters, digits and single underscores");
    }
}

#[test]
fn a_name_that_is_taken_is_refused() {
    refused_name("clmr", "there is one already");
}

#[test]
fn a_name_that_would_not_compile_is_refused() {
    refused_name("type", "Rust has that word");
    refused_name("serde", "a crate that methods use");
    refused_name("batch", "its type would be called Batch");
    refused_name("mel_spec", "its type would be called MelSpec");
}

#[test]
fn a_folder_that_is_there_is_left_as_it_is() {
    let checkout = checkout();
    let folder = checkout.path().join("methods/my_method");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("notes"), "mine").unwrap();
    let words = ["methods/my_method is there already"];
    refused(checkout.path(), &["new", "method", "my_method"], 2, &words);
    assert_eq!(fs::read_to_string(folder.join("notes")).unwrap(), "mine");
}

#[test]
fn a_place_that_cannot_be_written_to_is_named() {
    let checkout = checkout();
    let line = ["new", "method", "my_method", "--outside", "--out", "methods/mod.rs/my_method"];
    refused(checkout.path(), &line, 1, &["methods/mod.rs"]);
}

#[test]
fn outside_a_checkout_both_ways_on_are_named() {
    let folder = TempDir::new().unwrap();
    let output = bench(folder.path(), &["new", "method", "my_method"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("checkout of bench") && said.contains("--outside"), "{said}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_was_begun_and_left_is_begun_again() {
    let checkout = checkout();
    let part = checkout.path().join("methods/.my_method.part");
    fs::create_dir(&part).unwrap();
    fs::write(part.join("stale.rs"), "").unwrap();
    assert!(bench(checkout.path(), &["new", "method", "my_method"]).status.success());
    assert_eq!(names(&checkout.path().join("methods")), ["mod.rs", "my_method"]);
    let files = ["README.md", "loss.rs", "mod.rs", "paper.yaml", "small.yaml", "suite.yaml"];
    assert_eq!(names(&checkout.path().join("methods/my_method")), files);
}

#[test]
fn a_misspelt_word_is_answered_with_the_right_one() {
    let checkout = checkout();
    refused(checkout.path(), &["new", "metod", "my_method"], 2, &["'method'"]);
    refused(checkout.path(), &["new", "method", "my_method", "--outsid"], 2, &["'--outside'"]);
}
