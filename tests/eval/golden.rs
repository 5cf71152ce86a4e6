//! Everything that is here agrees with other implementations: the comparisons of `examples/golden`.

#[path = "../../examples/golden/compare/mod.rs"]
mod compare;

use std::path::{Path, PathBuf};

use compare::{Line, compare};

/// The folder, or `None` (and a line that says so) where it is absent.
fn golden() -> Option<PathBuf> {
    let folder = std::env::var_os("GOLDEN").map_or("../shared/golden".into(), PathBuf::from);
    if !folder.exists() {
        println!("skipped: there are no reference values at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn failures(folder: &Path) -> Vec<String> {
    let lines = compare(folder).unwrap();
    lines.iter().filter(|line| line.failed()).map(ToString::to_string).collect()
}

fn copy(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        std::fs::write(copy.path().join(entry.file_name()), std::fs::read(entry.path()).unwrap())
            .unwrap();
    }
    copy
}

#[test]
fn every_reference_value_is_met() {
    let Some(folder) = golden() else { return };
    let lines = compare(&folder).unwrap();
    lines.iter().for_each(|line| println!("{line}"));
    assert_eq!(failures(&folder), Vec::<String>::new());
    assert!(lines.iter().any(Line::passed));
}

#[test]
fn an_expectation_that_nobody_compares_is_a_failure() {
    let Some(folder) = golden() else { return };
    let copy = copy(&folder);
    let edit = |file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(copy.path().join(file)).unwrap();
        std::fs::write(copy.path().join(file), text.replacen(from, to, 1)).unwrap();
    };
    edit("key.json", "\"accuracy\"", "\"exactness\"");
    edit("tagging.json", "\"macro_roc_auc\":", "\"macro_roc_auc\": 2, \"more\":");
    edit("retrieval.json", "\"mr1\"", "\"mr2\"");
    edit("mel.json", "\"hop\"", "\"dithering\": 0, \"hop\"");
    edit("statistics.json", "\"mcnemar\": {", "\"mcnemar\": {\"odds\": 1, ");
    edit("delong.json", "\"auc_b\"", "\"area_b\"");
    std::fs::remove_file(copy.path().join("adam.safetensors")).unwrap();
    std::fs::write(copy.path().join("samplecnn.safetensors"), "no tensors").unwrap();
    let failures = failures(copy.path());
    let about = |file: &str| failures.iter().filter(|line| line.contains(file)).count();
    let json = ["key.json", "tagging.json", "retrieval.json", "mel.json", "statistics.json"];
    let others = ["delong.json", "adam.safetensors", "samplecnn.safetensors"];
    for file in json.into_iter().chain(others) {
        assert_eq!(about(file), 1, "{file}: {failures:#?}");
    }
    assert_eq!(failures.len(), 8, "{failures:#?}");
}

#[test]
fn other_files_are_named_and_a_missing_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("later.json"), "{}").unwrap();
    let lines: Vec<String> =
        compare(folder.path()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(lines.last().unwrap(), "not covered: later.json");
    assert_eq!(failures(folder.path()).len(), lines.len() - 1);
    assert!(compare(&folder.path().join("none")).is_err());
}

#[test]
fn an_error_above_its_tolerance_or_that_is_no_number_fails() {
    let line = |error| Line::Compared { name: "x".into(), error, tolerance: 1e-4 };
    assert_eq!([1e-4, 2e-4, f64::NAN].map(|error| line(error).failed()), [false, true, true]);
}
