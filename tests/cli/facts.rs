//! What the command tells of runs, columns, results folders and published numbers.

use std::path::Path;

use crate::command;

fn told(line: &[&str]) -> String {
    let output = command::bench(Path::new(env!("CARGO_MANIFEST_DIR")), line).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn two_seeds_of_a_row_differ_in_their_seed_and_what_follows_from_it() {
    let differing = squeezed(&told(&["why", "results/key:clmr:1", "results/key:clmr:2"]));
    for part in [" seed 1 2 ", " train_stage ", " weights ", " probes.key.stage "] {
        assert!(differing.contains(part), "{part:?} is not in {differing}");
    }
    assert!(!differing.contains("settings."), "{differing}");
}

#[test]
fn two_rows_differ_in_their_settings() {
    let rows = ["results/key:myna_square:1", "results/key:myna_vertical:1"];
    let differing = squeezed(&told(&["why", rows[0], rows[1]]));
    assert!(differing.contains(" settings.patches [16, 16] [128, 2] "), "{differing}");
}

#[test]
fn a_run_is_made_of_its_settings_its_suite_and_its_program() {
    let parts = squeezed(&told(&["why", "results/key:clmr:1"]));
    for part in
        ["libtorch 2.11.0", "row clmr", "settings.encoder.strides 9, ", "suite.tasks.key.kind key"]
    {
        assert!(parts.contains(part), "{part:?} is not in {parts}");
    }
    assert_eq!(told(&["why", "results/key:chroma", "results/key:chroma"]), "nothing differs\n");
}

#[test]
fn a_run_that_is_not_there_is_refused_with_those_that_are() {
    let refused = |run: &str, words: &[&str]| {
        let line = ["why", run];
        let output = command::bench(Path::new(env!("CARGO_MANIFEST_DIR")), &line).output().unwrap();
        command::fails(&output, 2, words);
    };
    refused("results/key:clmr", &["add a seed: 1, 2, 3, 4, 5"]);
    refused("results/key:chrome", &["did you mean \"chroma\""]);
    refused("results/key", &["write FOLDER:ROW:SEED"]);
}

#[test]
fn a_column_is_explained_where_it_stands() {
    let told = told(&["explain", "p_holm"]);
    assert!(told.starts_with("p_holm (`table.csv`): p corrected by Holm's method"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn results_and_published_numbers_are_listed() {
    let results = squeezed(&told(&["list", "results"]));
    assert!(
        results.contains("results/key key v1 12 rows · key what is learned about"),
        "{results}"
    );
    let published = told(&["list", "published"]);
    assert_eq!(published.lines().count(), 665);
    let first = squeezed(published.lines().next().unwrap());
    let expected = "MULE tagging MagnaTagATune top50 (12:1:3) ROC-AUC 91.2 JukeMIR 216-grid probe Myna, Table 1";
    assert_eq!(first, expected);
}
