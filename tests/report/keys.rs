//! How estimated keys stand to the true ones, from a results folder.

use std::fs;
use std::path::Path;

use bench::data::Key;
use bench::eval::metric::{self, Predictions};
use bench::report::{
    Cost, Facts, Record, Report, TaskFacts, TestItems, prediction_path, write_predictions,
};

use crate::toy;

/// True and estimated keys: two right, a fifth above, a fifth below, the relative of a major and of
/// a minor key, the parallel, and none of these (a tone above).
const PAIRS: [[&str; 2]; 8] = [
    ["C major", "C major"],
    ["A minor", "A minor"],
    ["C major", "G major"],
    ["C major", "F major"],
    ["Eb major", "C minor"],
    ["A minor", "C major"],
    ["F# minor", "Gb major"],
    ["B minor", "C# minor"],
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let outputs: Vec<String> = Key::all().map(|key| key.to_string()).collect();
    let task = TaskFacts {
        outputs: outputs.clone(),
        metrics: vec!["weighted_key_score".into()],
        test: PAIRS.len(),
        ..toy::task()
    };
    let facts = Facts {
        baseline: "ears".into(),
        rows: vec![toy::row("ears", false)],
        tasks: vec![task],
        questions: Vec::new(),
        ..toy::facts()
    };
    let place = |name: &str| name.parse::<Key>().unwrap().class();
    let [truth, predicted]: [Vec<usize>; 2] =
        [0, 1].map(|at| PAIRS.iter().map(|pair| place(pair[at])).collect());
    let rank = truth.iter().zip(&predicted).map(|(a, b)| if a == b { 1 } else { 2 }).collect();
    let predictions = Predictions::classified(outputs, truth, predicted, rank).unwrap();
    let ids = (0..PAIRS.len()).map(|item| format!("item{item}")).collect();
    let items = TestItems { ids, groups: vec![None; PAIRS.len()] };
    let path = prediction_path(folder.path(), "ears", None, "key");
    write_predictions(&path, &items, &predictions).unwrap();
    let metric = metric::by_name("weighted_key_score").unwrap();
    let record = Record {
        value: metric.score(&predictions).unwrap().value,
        n: Some(PAIRS.len()),
        ..toy::record("ears", None, metric.name())
    };
    facts.write(folder.path()).unwrap();
    Record::write_all(folder.path(), &[record]).unwrap();
    Cost::write_all(folder.path(), &[]).unwrap();
    folder
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// By hand from [`PAIRS`]; MIREX's categories sum to 1 and give the weighted score.
#[test]
fn every_estimate_is_in_the_category_of_mirex_that_it_belongs_to() {
    let folder = folder();
    let report = Report::read(folder.path()).unwrap();
    let shares: Vec<(&str, f64)> = report.keys[0].rows[0]
        .shares
        .iter()
        .map(|(name, share)| (*name, 8.0 * share.point))
        .collect();
    let expected = [
        ("correct", 2.0),
        ("fifth", 1.0),
        ("relative", 2.0),
        ("parallel", 1.0),
        ("other", 2.0),
        ("fifth_below", 1.0),
        ("tonic_accuracy", 3.0),
        ("mode_accuracy", 5.0),
    ];
    assert_eq!(shares, expected);
    let weighted = (2.0 + 0.5 + 0.3 * 2.0 + 0.2) / 8.0;
    assert!((report.records[0].value.unwrap() - weighted).abs() < 1e-12);
}

#[test]
fn recall_is_told_with_its_number_of_items_and_of_no_key_without_any() {
    let folder = folder();
    Report::read(folder.path()).unwrap().write(folder.path()).unwrap();
    let csv = text(folder.path(), "keys.csv");
    let recall: Vec<&str> = csv.lines().filter(|line| line.contains(",recall,")).collect();
    assert_eq!(recall.len(), 5, "{csv}");
    assert!(recall[0].starts_with("key,ears,recall,C major,0.333333,"), "{csv}");
    assert!(recall[0].ends_with(",,3"), "{csv}");
    assert_eq!(recall[4], "key,ears,recall,B minor,0.0,,,,1");
}

#[test]
fn the_rose_says_in_words_what_it_shows_and_comes_back_byte_for_byte() {
    let folder = folder();
    let write = || Report::read(folder.path()).unwrap().write(folder.path()).unwrap();
    let files = || ["keys.csv", "keys-key.svg", "report.md"].map(|name| text(folder.path(), name));
    write();
    let made = files();
    write();
    assert_eq!(made, files());
    let [_, svg, report] = made;
    assert!(svg.contains("<title id=\"title\">") && svg.contains("aria-labelledby=\"title desc\""));
    let told = "ears: correct 25 %, fifth 12 %, relative 25 %, parallel 12 %, other 25 %.";
    assert!(svg.contains(told), "{svg}");
    for petal in ["same mode, +1 sharps further: 12 %", "other mode, +3 sharps further: 12 %"] {
        assert!(svg.contains(petal), "{petal} is not in {svg}");
    }
    for link in report.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(folder.path().join(link).is_file(), "{link}");
    }
}
