//! A suite with corruptions, from its file to its tables.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bench::data::Key;
use tempfile::TempDir;

use crate::command::{self, fails, folder, suite_of};

const ROWS: &str = "\n  - {method: majority}\n  - {method: log_mel}\n  - {method: chroma}\n";
const HEARD: &str = "    corruptions: {shift: [-3, 0, 4], others: [reverse]}\n";

/// A small suite about keys, with these corruptions.
fn written(corruptions: &str) -> TempDir {
    let suite = suite_of(ROWS, "log_mel");
    folder(&[("tiny.yaml", &suite.replace("rows:\n", &format!("{corruptions}rows:\n")))])
}

fn run(folder: &Path) -> PathBuf {
    let line = ["run", "tiny.yaml", "--device", "cpu", "--quiet"];
    let output = command::bench(folder, &line).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.join("results/tiny")
}

fn lines(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split(',').map(String::from).collect()).collect()
}

/// By item, the true and the estimated key.
fn keys(results: &Path, run: &str, task: &str) -> BTreeMap<String, [Key; 2]> {
    let rows = lines(&results.join("predictions").join(run).join(format!("{task}.csv")));
    let key = |row: &[String]| [2, 3].map(|at: usize| row[at].parse().unwrap());
    rows[1..].iter().map(|row| (row[0].clone(), key(row))).collect()
}

#[test]
fn one_probe_answers_clean_and_corrupted_items_and_leaves_the_clean_table_as_it_was() {
    let (heard, clean) = (written(HEARD), written(""));
    let (with, without) = (run(heard.path()), run(clean.path()));
    let same =
        ["predictions/log_mel/1/key.csv", "predictions/chroma/-/key.csv", "table.csv", "wide.csv"];
    for name in same {
        assert_eq!(fs::read(with.join(name)).unwrap(), fs::read(without.join(name)).unwrap());
    }
    let scores = lines(&with.join("scores.csv"));
    let of = |row: &str| scores.iter().filter(|line| line[5] == row).collect::<Vec<_>>();
    let tasks: Vec<&str> = of("log_mel").iter().map(|line| line[2].as_str()).collect();
    assert_eq!(tasks, ["key", "key@shift_-3", "key@shift_+4", "key@reverse"]);
    assert!(of("log_mel").iter().all(|line| line[15] == of("log_mel")[0][15]), "one stage");
    let choices = |results: &Path| {
        let run = fs::read_to_string(results.join("run.yaml")).unwrap();
        run.lines().filter(|line| line.contains("choice:")).count()
    };
    assert_eq!((choices(&with), choices(&without)), (3, 3), "one for each row");
}

#[test]
fn chroma_hears_the_key_move_with_the_pitch() {
    let folder = written(HEARD);
    let results = run(folder.path());
    let clean = keys(&results, "chroma/-", "key");
    for (task, semitones) in [("key@shift_-3", -3), ("key@shift_+4", 4)] {
        let moved = keys(&results, "chroma/-", task);
        assert_eq!(moved.len(), clean.len());
        assert!(clean.iter().all(|(id, key)| moved[id][0] == key[0].transposed(semitones)));
        let heard = clean.iter().filter(|(id, key)| moved[*id][1] == key[1].transposed(semitones));
        let heard = heard.count();
        assert!(3 * heard >= 2 * clean.len(), "{task}: {heard} of {}", clean.len());
    }
}

#[test]
fn changes_are_told_by_row_with_their_mean_and_everything_is_made_once() {
    let folder = written(HEARD);
    let results = run(folder.path());
    let names =
        ["robustness.csv", "report.md", "report.html", "figures/key.shift.svg", "scores.csv"];
    let made = names.map(|name| fs::read(results.join(name)).unwrap());
    let table = lines(&results.join("robustness.csv"));
    let chroma: Vec<&Vec<String>> = table.iter().filter(|line| line[2] == "chroma").collect();
    let told: Vec<[&str; 2]> = chroma.iter().map(|line| [&*line[3], &*line[4]]).collect();
    assert_eq!(
        told,
        [["clean", ""], ["shift", "-3"], ["shift", "4"], ["reverse", ""], ["mean", ""]]
    );
    let number = |line: &[String], column: usize| line[column].parse::<f64>().unwrap();
    let clean = number(chroma[0], 5);
    let mut relative = 0.0;
    for line in &chroma[1..4] {
        let difference = number(line, 5) - clean;
        assert!((number(line, 8) - difference).abs() < 2e-5, "{line:?}");
        assert!((number(line, 11) - difference / clean).abs() < 1e-4, "{line:?}");
        assert!(number(line, 9) <= number(line, 8) && number(line, 8) <= number(line, 10));
        relative += number(line, 11) / 3.0;
    }
    assert!((number(chroma[4], 11) - relative).abs() < 2e-5, "{:?}", chroma[4]);
    let text = String::from_utf8(made[1].clone()).unwrap();
    for words in
        ["through corrupted sound", "figures/key.shift.svg", "shift_-3, shift_+4, reverse;"]
    {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    let store = |part: &str| {
        let entries = fs::read_dir(folder.path().join(".bench").join(part)).unwrap();
        let changed = |entry: fs::DirEntry| {
            (entry.file_name(), entry.metadata().unwrap().modified().unwrap())
        };
        let found = entries.map(|entry| changed(entry.unwrap()));
        found
            .filter(|(name, _)| !name.to_string_lossy().contains("lock"))
            .collect::<BTreeMap<_, _>>()
    };
    let before = ["corpora", "embed"].map(store);
    run(folder.path());
    assert_eq!(before, ["corpora", "embed"].map(store));
    assert_eq!(made, names.map(|name| fs::read(results.join(name)).unwrap()));
    let check = ["check", "tiny.yaml", "--device", "cpu"];
    let plan = command::bench(folder.path(), &check).output().unwrap().stdout;
    let plan = String::from_utf8(plan).unwrap();
    let plan = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "its test items also through shift_-3, shift_+4, reverse",
        "corpus labelled@reverse: 2 of 2 stores there",
        "log_mel 1 4 embeddings, 1 probe nothing",
    ] {
        assert!(plan.contains(words), "{words:?} is not in: {plan}");
    }
}

#[test]
fn corruptions_that_cannot_be_are_refused_with_what_is_allowed() {
    let refused = |corruptions: &str, words: &[&str]| {
        let folder = written(&format!("    corruptions: {corruptions}\n"));
        let line = ["check", "tiny.yaml", "--device", "cpu"];
        fails(&command::bench(folder.path(), &line).output().unwrap(), 2, words);
    };
    refused("{others: [chors]}", &["tiny.yaml:2", "did you mean `chorus`?"]);
    refused("{sift: [1]}", &["tiny.yaml:2", "did you mean `shift`?"]);
    refused("{shift: [13]}", &["task key", "semitones from -12 to 12"]);
    refused("{shift: [0]}", &["task key", "not 0 alone"]);
    refused("{shift: [2, 2]}", &["each can be named only once"]);
    refused("{severity: [2]}", &["severity and extreme shift the pitch, and the key with it"]);
    refused("{others: [reverse], p_compose: 0}", &["p_compose must lie above 0 and up to 1"]);
    let class = suite_of(ROWS, "log_mel").replace("kind: key", "kind: class");
    let class = class.replace("[weighted_key_score]", "[accuracy]");
    let class = class.replace("rows:\n", "    corruptions: {severity: [6], shift: [1]}\nrows:\n");
    let folder = folder(&[("tiny.yaml", &class)]);
    let check = |more: &[&str]| {
        let line = [&["check", "tiny.yaml", "--device", "cpu"][..], more].concat();
        command::bench(folder.path(), &line).output().unwrap()
    };
    fails(&check(&[]), 2, &["whole numbers from 0 to 5"]);
    let milder = "tasks.key.corruptions.severity=[2]";
    fails(&check(&["--set", milder]), 2, &["tasks of kind key only"]);
}
