//! `bench compare`: rows of the committed results, and files that other programs wrote;
//! `tests/common/fixtures/compare.py` gives the expected numbers.

use std::path::Path;
use std::process::Output;

use bench::report::compare::{Asked, Contrast, compare, csv, text};
use bench::report::{Line, Report};
use bench::stats::beside::Beside;
use bench::stats::{Practical, Verdict};
use tempfile::TempDir;

use crate::command;

const NAMES: [&str; 3] = ["C major", "G major", "A minor"];

fn asked(metric: Option<&str>) -> Asked {
    Asked { task: None, metric: metric.map(String::from), rope: 0.01 }
}

fn one(first: &str, second: &str, metric: &str) -> Contrast {
    compare(first, second, &asked(Some(metric))).unwrap().remove(0)
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found}, expected {expected}");
}

fn the_test<'a>(contrast: &'a Contrast, name: &str, unit: &str) -> &'a Beside {
    contrast.tests.iter().find(|test| test.test == name && test.unit == unit).unwrap()
}

/// The lines of the file that `compare.py` writes of one of its two models.
fn lines(wrong: fn(usize) -> bool) -> Vec<String> {
    let line = |item: usize| {
        let truth = item % 3;
        let predicted = if wrong(item) { (truth + 1) % 3 } else { truth };
        format!("item{item},work{},{},{}", item / 3, NAMES[truth], NAMES[predicted])
    };
    (0..48).map(line).collect()
}

/// A folder with the prediction files `a.csv` and `b.csv`, and their paths.
struct Files {
    _folder: TempDir,
    a: String,
    b: String,
}

fn files(a: &str, b: &str) -> Files {
    let folder = command::folder(&[("a.csv", a), ("b.csv", b)]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    Files { a: path("a.csv"), b: path("b.csv"), _folder: folder }
}

fn file(lines: &[String]) -> String {
    format!("id,group,truth,prediction\n{}\n", lines.join("\n"))
}

fn a() -> Vec<String> {
    lines(|item| (item * 7).is_multiple_of(5))
}

fn b() -> Vec<String> {
    lines(|item| (item * 11).is_multiple_of(3))
}

#[test]
fn files_of_another_program_give_the_figures_of_numpy_and_scipy() {
    let files = files(&file(&a()), &file(&b()));
    let found = one(&files.a, &files.b, "accuracy");
    close(found.means[0].as_ref().unwrap().point, 0.7916666666666666);
    close(found.means[1].as_ref().unwrap().point, 0.6666666666666666);
    let compared = found.comparison.as_ref().unwrap();
    close(compared.difference.point, 0.125);
    close(compared.difference.low.unwrap(), 0.03618960226834267);
    close(compared.difference.high.unwrap(), 0.21381039773165733);
    assert!((compared.p.unwrap() - 0.008972737477223327).abs() < 1e-9);
    let mcnemar = the_test(&found, "McNemar, exact", "items right in one alone");
    assert_eq!((mcnemar.n, mcnemar.value), (18, 12.0));
    close(mcnemar.p.unwrap(), 0.237884521484375);
    close(the_test(&found, "sign flips", "groups").p.unwrap(), 0.03125);
    close(found.effects[0].value, 0.75);
    assert_eq!((compared.verdict, found.practical), (Some(Verdict::Better), Practical::Better));
}

#[test]
fn the_order_of_lines_and_columns_changes_nothing() {
    let straight = files(&file(&a()), &file(&b()));
    let turned: Vec<String> = b()
        .iter()
        .rev()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            [cells[3], cells[2], cells[1], cells[0]].join(",")
        })
        .collect();
    let turned = format!("prediction,truth,group,id\n{}\n", turned.join("\n"));
    let turned = files(&file(&a()), &turned);
    let table = |files: &Files| {
        let found = compare(&files.a, &files.b, &asked(None)).unwrap();
        let table = String::from_utf8(csv(&found).unwrap()).unwrap();
        table.replace(&files.a, "a.csv").replace(&files.b, "b.csv")
    };
    assert_eq!(table(&straight), table(&turned));
}

#[test]
fn a_run_compared_with_itself_is_equivalent() {
    for run in ["results/key:clmr:1", "results/key:clmr", "results/key:chroma", "results/key"] {
        for found in compare(run, run, &asked(None)).unwrap() {
            let compared = found.comparison.as_ref().unwrap();
            assert_eq!((compared.difference.point, compared.p), (0.0, Some(1.0)), "{run}");
            assert!(found.tests.iter().all(|test| test.p == Some(1.0)), "{run}: {:?}", found.tests);
            assert_eq!(found.practical, Practical::Equivalent, "{run}");
        }
    }
}

#[test]
fn one_flipped_label_is_one_item_right_in_one_alone() {
    let mut flipped = a();
    flipped[1] = "item1,work0,G major,A minor".into();
    let files = files(&file(&a()), &file(&flipped));
    let found = one(&files.a, &files.b, "accuracy");
    close(found.comparison.as_ref().unwrap().difference.point, 1.0 / 48.0);
    let mcnemar = the_test(&found, "McNemar, exact", "items right in one alone");
    assert_eq!((mcnemar.n, mcnemar.value, mcnemar.p), (1, 1.0, Some(1.0)));
    assert_eq!(mcnemar.smallest, Some(1.0));
}

#[test]
fn rows_of_a_folder_differ_as_its_report_says_and_few_seeds_are_named() {
    let report = Report::read(Path::new("results/key")).unwrap();
    let same = |line: &&Line| line.question && line.against.as_deref() == Some("myna_square");
    let line = report.lines.iter().find(same).unwrap();
    let found = one("results/key:myna_vertical", "results/key:myna_square", "weighted_key_score");
    let (ours, theirs) = (found.comparison.clone().unwrap(), line.comparison.clone().unwrap());
    assert_eq!(ours.difference, theirs.difference);
    assert_eq!(ours.p, theirs.p);
    let seeds = the_test(&found, "sign flips", "paired seeds");
    assert_eq!((seeds.n, seeds.smallest), (5, Some(0.0625)));
    let words = text(&[found]);
    assert!(words.contains("A is better than B (p "), "{words}");
    assert!(
        words.contains("5 paired seeds cannot reach 0.05: their smallest p is 0.0625."),
        "{words}"
    );
}

#[test]
fn single_runs_are_compared_whatever_their_seeds_and_said_to_be_single() {
    let found = one("results/key:clmr:1", "results/key:clmr:2", "accuracy");
    assert!(found.single && found.comparison.is_some());
    assert!(text(&[found]).contains("One run each: what another seed would change"));
}

#[test]
fn of_practice_only_what_an_interval_says_is_said() {
    let (first, second) = ("results/key:clmr", "results/key:chroma");
    let mut found = one(first, second, "accuracy");
    let rope = found.comparison.as_ref().unwrap().difference.point.abs();
    let at_an_edge = compare(first, second, &Asked { rope, ..asked(Some("accuracy")) }).unwrap();
    let said = text(&at_an_edge);
    assert!(
        said.contains(&format!("undecided: the interval crosses an edge of ±{rope}.")),
        "{said}"
    );
    found.practical = Practical::Undecided;
    found.comparison.as_mut().unwrap().difference.low = None;
    assert!(!text(&[found.clone()]).contains("Whether by more than"));
    (found.comparison, found.reason) = (None, "no seed in common".into());
    let said = text(&[found]);
    assert!(
        said.contains("No verdict: no seed in common.\n") && !said.contains("Whether"),
        "{said}"
    );
}

#[test]
fn several_comparisons_are_corrected_together() {
    let found = compare("results/key", "results/key:clmr", &asked(Some("accuracy"))).unwrap();
    assert_eq!(found.len(), 11, "every row but clmr");
    let compared = found.iter().map(|contrast| contrast.comparison.as_ref().unwrap());
    let least = compared.min_by(|a, b| a.p.unwrap().total_cmp(&b.p.unwrap())).unwrap();
    // Holm's first step.
    close(least.p_corrected.unwrap(), 11.0 * least.p.unwrap());
    assert!(text(&found).contains("corrected for 11 comparisons"));
}

/// y = 0×6, 1×6: areas 0.875 and 0.80556, z √½ to five digits, p 0.4795 by the covariance of DeLong
/// et al. (pROC's definition).
#[test]
fn one_tag_is_compared_by_delong() {
    let [first, second] = [
        [0.1, 0.4, 0.35, 0.8, 0.2, 0.3, 0.5, 0.9, 0.6, 0.7, 0.4, 0.95],
        [0.2, 0.5, 0.3, 0.6, 0.1, 0.4, 0.45, 0.8, 0.7, 0.5, 0.3, 0.9],
    ]
    .map(|scores| {
        let line =
            |(item, score): (usize, &f64)| format!("i{item},{},{score}\n", u8::from(item > 5));
        let lines: String = scores.iter().enumerate().map(line).collect();
        format!("id,truth:t,score:t\n{lines}")
    });
    let files = files(&first, &second);
    let found = one(&files.a, &files.b, "macro_roc_auc");
    close(found.means[0].as_ref().unwrap().point, 0.875);
    let delong = the_test(&found, "DeLong", "items");
    assert!((delong.value.powi(2) - 0.5).abs() < 1e-5 && (delong.p.unwrap() - 0.4795).abs() < 5e-5);
    the_test(&found, "paired bootstrap", "items");
}

#[test]
fn scores_of_classes_are_read_as_the_class_with_the_largest() {
    let scored = |best: &str| {
        let line = |item: usize| {
            let score = |name: &str| if name == best { 0.8 } else { 0.1 };
            format!("i{item},rock,{},{}\n", score("jazz"), score("rock"))
        };
        format!("id,truth,score:jazz,score:rock\n{}", (0..5).map(line).collect::<String>())
    };
    let files = files(&scored("rock"), &scored("jazz"));
    let found = one(&files.a, &files.b, "accuracy");
    assert_eq!(found.comparison.unwrap().difference.point, 1.0);
}

/// A query whose one other of its work is found first has an average precision of 1, found second
/// of ½.
#[test]
fn what_queries_find_is_compared() {
    let found = |rank: usize| {
        let line = |item: usize| format!("i{item},work{},{rank}\n", item / 2);
        format!("id,truth,ranks\n{}", (0..4).map(line).collect::<String>())
    };
    let first = files(&found(1), &found(2));
    let difference = one(&first.a, &first.b, "map").comparison.unwrap().difference;
    assert_eq!((difference.point, difference.n), (0.5, 4));
    let other_works = found(2).replace("i3,work1", "i3,work0").replace("i1,work0", "i1,work1");
    refused(&found(1), &other_works, "b.csv: not the same truth as in a.csv: item \"i1\"");
}

fn refused(first: &str, second: &str, message: &str) {
    let files = files(first, second);
    let error = compare(&files.a, &files.b, &asked(None)).unwrap_err().to_string();
    let folder = files.a.strip_suffix("a.csv").unwrap();
    assert_eq!(error.replace(folder, ""), message);
}

#[test]
fn wrong_files_are_refused_with_their_line() {
    let good = file(&a());
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from));
        good.replacen(from, to, 1)
    };
    let id = changed("item3,", "item2,");
    refused(&good, &id, "b.csv:5: item \"item2\" is on line 4 too");
    let truth = changed("item2,work0,A minor,A minor", "item2,work0,G major,A minor");
    refused(&good, &truth, "b.csv: not the same truth as in a.csv: item \"item2\"");
    let group = changed("item2,work0", "item2,work1");
    refused(&good, &group, "b.csv: not the same groups as in a.csv");
    let cut = &good[..good.len() - 10];
    refused(cut, &good, "a.csv:49: 3 cells where the header has 4");
    let short = file(&a()[..47]);
    let message = "b.csv: not the same test items as in a.csv: 1 missing (\"item47\", …), 0 more";
    refused(&good, &short, message);
    refused(&good, "id,truth,prediction\n", "b.csv:1: no line follows the header");
    refused(
        "id,truth:t,score:t\n1,0,0.5\n",
        "id,truth:t,score:t\n1,0,NaN\n",
        "b.csv:2: \"NaN\" is not a number",
    );
    refused(
        "id,truth:t\n1,0\n",
        &good,
        "a.csv:1: the columns truth:<name> and score:<name> do not go together",
    );
}

fn typed(line: &[&str]) -> Output {
    command::bench(Path::new(env!("CARGO_MANIFEST_DIR")), line).output().unwrap()
}

#[test]
fn what_is_misspelt_is_told_with_what_there_is() {
    let clmr = "results/key:clmr";
    let fails = |a: &str, more: &[&str], words: &[&str]| {
        let line = [&["compare", a, clmr], more].concat();
        command::fails(&typed(&line), 2, words);
    };
    fails("results/key:chrom", &[], &["unknown row \"chrom\"", "did you mean \"chroma\""]);
    fails("results/kei:clmr", &[], &["FOLDER:ROW:SEED or FILE.csv"]);
    fails("results/key:clmr:9", &[], &["no run with seed 9", "known: 1, 2, 3, 4, 5"]);
    fails(clmr, &["--task", "kee"], &["unknown task \"kee\"", "\"key\""]);
    fails(clmr, &["--metric", "r2"], &["--metric r2", "Values", "Classes"]);
    fails(clmr, &["--rope=-1"], &["--rope -1"]);
}
