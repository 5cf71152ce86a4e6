//! What `methods/README.md` tells a newcomer to type, typed.
//!
//! Cargo builds nothing in here: this crate is the one that `bench new` writes, so its command
//! stands for the one that would be built, and its own tests for those that would be run.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const HERE: &str = env!("CARGO_MANIFEST_DIR");
const EXAMPLE: &str = "example_method";
/// Keeps a suite to seconds.
const TINY: &str = "--set corpora.unlabelled.etudes.pieces=48 \
    --set corpora.labelled.etudes.pieces=160 --set budget.steps=2 --seeds 2 --device cpu --quiet";

fn readme() -> String {
    fs::read_to_string(Path::new(HERE).join("../../methods/README.md")).unwrap()
}

/// The part of the walk under `heading`, about the example.
fn section(heading: &str) -> String {
    let text = readme();
    let section = text.split("\n### ").find(|section| section.starts_with(heading)).unwrap();
    section.replace("my_method", EXAMPLE).replace("MyMethod", "ExampleMethod")
}

/// The lines of a section's blocks in a language.
fn block<'a>(section: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let blocks = section.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).collect()
}

fn output(program: impl AsRef<OsStr>, folder: &Path, words: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).env("OMP_NUM_THREADS", "1");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?} in {}: {said}", folder.display());
    String::from_utf8(output.stdout).unwrap()
}

/// The command as it is before the example is a part of it.
fn bench() -> PathBuf {
    let bench = Path::new(env!("CARGO_BIN_EXE_plugin")).with_file_name("bench");
    assert!(bench.is_file(), "there is no {}: build the whole workspace", bench.display());
    bench
}

/// Types the lines one after the other in a checkout with nothing but its list of methods, and
/// returns what each printed.
fn walk(lines: &[&str]) -> Vec<String> {
    let place = TempDir::new().unwrap();
    let mut folder = place.path().join("checkout");
    fs::create_dir_all(folder.join("methods")).unwrap();
    fs::copy(Path::new(HERE).join("../../methods/mod.rs"), folder.join("methods/mod.rs")).unwrap();
    let plugin = env!("CARGO_BIN_EXE_plugin");
    let tiny: Vec<&str> = TINY.split_whitespace().collect();
    let mut said = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        said.push(match words.as_slice() {
            ["cd", to] => {
                folder = folder.join(to);
                String::new()
            }
            ["cargo", "run", "--release", "--", "new", ..] => output(bench(), &folder, &words[4..]),
            ["cargo", "run", "--release", "--", "run", ..] => {
                output(plugin, &folder, &[&words[4..], &tiny].concat())
            }
            ["cargo", "run", "--release", "--", ..] => output(plugin, &folder, &words[4..]),
            ["cargo", "test", "--release", "--test", "methods"] => {
                same("src/example_method", &folder.join("methods").join(EXAMPLE));
                String::new()
            }
            ["cargo", "test", "--release"] => {
                same("src", &folder.join("src"));
                same("build.rs", &folder.join("build.rs"));
                output(cargo(), &folder, &["metadata", "--offline", "--format-version=1"])
            }
            _ => panic!("nothing that a newcomer can be told to type: {line}"),
        });
    }
    said
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or("cargo".into())
}

/// Asserts that what was written is what is compiled and tested here.
fn same(ours: &str, written: &Path) {
    let ours = Path::new(HERE).join(ours);
    if ours.is_dir() {
        for entry in fs::read_dir(ours).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap();
            if name != "lib.rs" {
                same(path.to_str().unwrap(), &written.join(name));
            }
        }
    } else {
        let [a, b] = [&ours, written].map(|path| fs::read_to_string(path).unwrap());
        assert!(a == b, "{} is not {}", written.display(), ours.display());
    }
}

#[test]
fn no_command_is_left_out() {
    let walked =
        ["Here", "In a crate of your own"].map(|heading| block(&section(heading), "sh").len());
    assert_eq!(walked.iter().sum::<usize>(), block(&readme(), "sh").len());
}

#[test]
fn a_method_of_the_checkout_comes_to_its_table() {
    let section = section("Here");
    let said = walk(&block(&section, "sh"));
    for line in block(&section, "rust") {
        assert!(said[0].contains(&format!("    {line}\n")), "{line:?} is not in: {}", said[0]);
    }
    let table = said.last().unwrap();
    assert!(table.contains("untrained_example_method"), "{table}");
}

#[test]
fn a_crate_of_ones_own_comes_to_its_table() {
    let said = walk(&block(&section("In a crate of your own"), "sh"));
    let table = said.last().unwrap();
    assert!(table.contains("untrained_example_method"), "{table}");
}
