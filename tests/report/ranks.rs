//! Families of comparisons, rows over several tasks, and what finished results tell of the next
//! ones.

use std::fs;
use std::path::Path;

use bench::eval::comparisons::{Against, Comparisons, Correction, Family, PostHoc};
use bench::eval::metric::{self, Predictions, Truth};
use bench::report::{
    Facts, Record, Report, RowFacts, TaskFacts, TestItems, prediction_path, write_predictions,
};
use bench::stats::planner::Sources;
use bench::stats::{Clusters, Difference, Errors, Estimate, judge_family};
use tempfile::TempDir;

use crate::command;
use crate::toy;

/// The report on the toy's results with other comparisons.
fn compared(comparisons: Comparisons) -> Report {
    let folder = toy::folder();
    Facts { comparisons, ..toy::facts() }.write(folder.path()).unwrap();
    Report::read(folder.path()).unwrap()
}

fn file(report: &Report, name: &str) -> String {
    let files = report.files().unwrap();
    let (_, bytes) = files.into_iter().find(|(file, _)| file == name).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The cells of a CSV file below a heading, as far as `keep` holds of a line's cells.
fn column(
    text: &str,
    heading: &str,
    keep: impl Fn(&dyn Fn(&str) -> String) -> bool,
) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|title| title == name).unwrap();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let kept = lines.iter().filter(|line| keep(&|name| line[place(name)].to_string()));
    kept.map(|line| line[place(heading)].to_string()).collect()
}

fn numbers(cells: &[String]) -> Vec<f64> {
    cells.iter().map(|cell| cell.parse().unwrap()).collect()
}

/// The figures as they print with so many decimals.
fn printed(cells: &[String], decimals: usize) -> String {
    let shown = numbers(cells).into_iter().map(|figure| format!("{figure:.decimals$}"));
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_family_is_named_with_its_size_below_the_tables() {
    let report = compared(Comparisons::default());
    for text in [report.text().replace('\n', " "), report.markdown(), file(&report, "report.html")]
    {
        assert!(text.contains("Family: the 5 comparisons of the suite with a p value"), "{text}");
    }
    let report = compared(Comparisons { family: Family::Task, ..Default::default() });
    let sizes = "key weighted key score 3, key accuracy 2";
    for text in [report.text().replace('\n', " "), report.markdown(), file(&report, "report.html")]
    {
        assert!(text.contains(sizes), "{text}");
    }
    let csv = file(&report, "comparisons.csv");
    let size = |metric: &str| {
        column(&csv, "comparisons", |cell| cell("metric") == metric && !cell("p").is_empty())
    };
    assert_eq!(size("weighted_key_score"), ["3"; 3]);
    assert_eq!(size("accuracy"), ["2"; 2]);
}

/// Of five rows there are ten pairs, of which three are of rows that may have verdicts.
#[test]
fn all_pairs_are_compared_once_by_each_metric() {
    let report = compared(Comparisons { against: Against::AllPairs, ..Default::default() });
    let csv = file(&report, "comparisons.csv");
    for metric in ["weighted_key_score", "accuracy"] {
        let names = |heading| column(&csv, heading, |cell| cell("metric") == metric);
        let pair = |(a, b): (String, String)| if a < b { [a, b] } else { [b, a] };
        let mut pairs: Vec<_> =
            names("method").into_iter().zip(names("against")).map(pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!((pairs.len(), names("method").len()), (10, 10), "{metric}");
        assert_eq!(names("p").iter().filter(|p| !p.is_empty()).count(), 3);
    }
    let markdown = report.markdown();
    assert!(markdown.contains("Holm's correction is over 6 comparisons."), "{markdown}");
    assert!(markdown.contains("### key: every row against every other by weighted key score"));
    let line = markdown.lines().rfind(|line| line.starts_with("| good")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), "| good | ▲ | ▲ | | | |");
}

/// statsmodels: `multipletests([.01, .04, .03, .02], method=…)`.
#[test]
fn the_corrections_are_those_of_their_names() {
    let p = [0.01, 0.04, 0.03, 0.02];
    let difference = |p: f64| {
        // The normal's quantile, of so many groups.
        let errors = Errors { seeds: 0.0, seed_count: 1, items: 1.0, groups: 1 << 40 };
        let point = errors.half_width(p);
        let (low, high, seeds, sd_seeds, se_items) = (None, None, None, None, None);
        let estimate =
            Estimate { point, low, high, n: 1, seeds, sd_seeds, se_items, errors: Some(errors) };
        Difference { estimate, higher_is_better: true, enters: true }
    };
    let expected = [
        (Correction::Holm, [0.04, 0.06, 0.06, 0.06]),
        (Correction::BenjaminiHochberg, [0.04; 4]),
        (Correction::Bonferroni, [0.04, 0.16, 0.12, 0.08]),
        (Correction::None, p),
    ];
    for (correction, expected) in expected {
        let judged = judge_family(p.map(difference).to_vec(), correction);
        let found = judged.iter().map(|comparison| comparison.p_corrected.unwrap());
        let apart = found.zip(expected).map(|(found, expected)| (found - expected).abs());
        assert!(apart.fold(0.0, f64::max) < 1e-6, "{correction:?}: {judged:?}");
    }
}

#[test]
fn another_correction_has_another_column_and_other_words() {
    let correction = Correction::BenjaminiHochberg;
    let report = compared(Comparisons { correction, ..Default::default() });
    let table = file(&report, "table.csv");
    let header = table.lines().next().unwrap();
    assert!(header.contains(",p,p_benjamini_hochberg,") && !header.contains("p_holm"), "{header}");
    for text in [report.text(), report.markdown(), file(&report, "table.tex")] {
        assert!(text.contains("Benjamini-Hochberg") && !text.contains("Holm"), "{text}");
    }
}

#[test]
fn a_comparison_has_its_tests_and_effect_sizes_beside_it() {
    let csv = file(&compared(Comparisons::default()), "comparisons.csv");
    let of_good = |heading| {
        column(&csv, heading, |cell| {
            let pair = [cell("method"), cell("against"), cell("metric")];
            pair == ["good", "base", "accuracy"]
        })
    };
    // Every run of `good` beats every run of `base`, and of three seeds 2 in 8 signs are as
    // extreme.
    for (heading, value) in [
        ("cliffs_delta", "1.0"),
        ("superiority", "1.0"),
        ("seeds_p", "0.25"),
        ("seeds_smallest_p", "0.25"),
        ("items_test", "sign flips"),
        ("verdict", "better"),
        ("practical", "better"),
        ("asked", "baseline"),
    ] {
        assert_eq!(of_good(heading), [value], "{heading}");
    }
}

/// Demšar (Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 2006), table 6, per
/// thousand but for the two that are equal there and ranked as if they differed.
const DEMSAR: [[usize; 4]; 14] = [
    [7630, 7680, 7710, 7980],
    [5990, 5910, 5900, 5690],
    [9540, 9710, 9680, 9670],
    [6280, 6610, 6540, 6570],
    [8820, 8880, 8860, 8980],
    [9360, 9310, 9160, 9310],
    [6610, 6680, 6090, 6850],
    [5830, 5830, 5630, 6250],
    [7750, 8380, 8660, 8750],
    [10000, 10000, 10000, 10000],
    [9400, 9620, 9650, 9620],
    [6190, 6660, 6140, 6690],
    [9720, 9810, 9751, 9750],
    [9570, 9780, 9460, 9700],
];

/// A results folder in which row `r` is right on `right[t][r]` of `items` items of task `t`, in one
/// run without a seed.
fn scored<const ROWS: usize>(
    right: &[[usize; ROWS]],
    items: usize,
    comparisons: Comparisons,
) -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let row = |name: String| RowFacts { trained: false, ..toy::row(&name, false) };
    let task = |task: usize| TaskFacts {
        name: format!("task{task}"),
        outputs: ["no", "yes"].map(String::from).into(),
        metrics: vec!["accuracy".into()],
        test: items,
        ..toy::task()
    };
    let ids = (0..items).map(|item| format!("item{item:05}")).collect();
    let all = TestItems { ids, groups: vec![None; items] };
    let mut records = Vec::new();
    for (place, right) in right.iter().enumerate() {
        for (row, right) in right.iter().enumerate() {
            let predicted: Vec<usize> = (0..items).map(|item| usize::from(item < *right)).collect();
            let rank = predicted.iter().map(|class| 2 - class).collect();
            let names = task(place).outputs;
            let found = Predictions::classified(names, vec![1; items], predicted, rank).unwrap();
            let (name, row) = (task(place).name, format!("row{row}"));
            write_predictions(&prediction_path(path, &row, None, &name), &all, &found).unwrap();
            let value = Some(*right as f64 / items as f64);
            records.push(Record { task: name, value, ..toy::record(&row, None, "accuracy") });
        }
    }
    let facts = Facts {
        baseline: "row0".into(),
        rows: (0..ROWS).map(|place| row(format!("row{place}"))).collect(),
        tasks: (0..right.len()).map(task).collect(),
        questions: Vec::new(),
        comparisons,
        ..toy::facts()
    };
    facts.write(path).unwrap();
    Record::write_all(path, &records).unwrap();
    bench::report::Cost::write_all(path, &[]).unwrap();
    folder
}

#[test]
fn demsars_example_comes_out_of_a_results_folder() {
    let (against, ranks) = (Against::AllPairs, PostHoc::Nemenyi);
    let folder = scored(&DEMSAR, 10_000, Comparisons { against, ranks, ..Default::default() });
    let report = Report::read(folder.path()).unwrap();
    let csv = file(&report, "ranks.csv");
    let of = |figure: &str, heading| column(&csv, heading, |cell| cell("figure") == figure);
    assert_eq!(printed(&of("mean_rank", "value"), 3), "3.143 2.000 2.893 1.964");
    assert_eq!(printed(&of("friedman", "value"), 4), "9.2786");
    assert_eq!(printed(&of("friedman_ties", "value"), 3), "10.228");
    assert_eq!(printed(&of("friedman_ties", "p"), 5), "0.01672");
    assert_eq!(printed(&of("iman_davenport", "value"), 3), "3.686");
    assert_eq!(printed(&of("critical_difference", "value"), 4), "1.2536");
    // Pairs 2-1, 3-1, 3-2, 4-1, 4-2, 4-3.
    let p = printed(&of("wilcoxon", "p"), 4);
    assert_eq!(p, "0.0108 0.8613 0.0543 0.0159 0.3278 0.0302");
    let corrected = printed(&of("wilcoxon", "p_corrected"), 4);
    assert_eq!(corrected, "0.0645 0.8613 0.1630 0.0794 0.6557 0.1209");
    let nemenyi = printed(&of("nemenyi", "p_corrected"), 4);
    assert_eq!(nemenyi, "0.0887 0.9562 0.2592 0.0742 0.9999 0.2267");
    let markdown = report.markdown();
    for words in ["χ² 9.279 (p 0.0258); corrected for ties 10.228 (p 0.0167)", "F 3.686 (p 0.0198)"]
    {
        assert!(markdown.contains(words), "{words} is not in\n{markdown}");
    }
    let diagram = file(&report, "figures/ranks.critical.svg");
    assert!(diagram.contains("critical difference 1.25"), "{diagram}");
    assert!(diagram.contains("row3, row1, row2, row0"), "{diagram}");
}

#[test]
fn too_few_tasks_are_ranked_with_intervals_and_without_tests() {
    let right = [[60, 80, 20], [50, 90, 10], [70, 95, 50]];
    let report = Report::read(scored(&right, 100, Comparisons::default()).path()).unwrap();
    let csv = file(&report, "ranks.csv");
    let of = |figure: &str, heading| column(&csv, heading, |cell| cell("figure") == figure);
    assert_eq!(of("mean_rank", "value"), ["2.0", "1.0", "3.0"]);
    assert_eq!(of("tie_group", "value"), ["2.0", "1.0", "3.0"]);
    // A quarter of three scores, rounded down, is none: (60 - 20)/(80 - 20), (50 - 10)/(90 - 10)
    // and (70 - 50)/(95 - 50).
    let mean = numbers(&of("interquartile_mean", "value"));
    assert!((mean[0] - (2.0 / 3.0 + 0.5 + 4.0 / 9.0) / 3.0).abs() < 1e-5, "{mean:?}");
    assert_eq!(mean[1..], [1.0, 0.0]);
    assert_eq!(of("wilcoxon", "smallest_p"), ["0.25"; 2]);
    let markdown = report.markdown();
    assert!(markdown.contains("3 tasks cannot reach 0.05: the smallest p"), "{markdown}");
    assert!(!markdown.contains("Friedman's test with"), "{markdown}");
    assert!(report.files().unwrap().iter().all(|(name, _)| name != "figures/ranks.critical.svg"));
    assert!(file(&report, "report.html").contains("id=\"several\""));
}

#[test]
fn rows_that_chance_alone_orders_share_a_tie_group() {
    let right = [[50, 51], [51, 50], [50, 51]];
    let report = Report::read(scored(&right, 100, Comparisons::default()).path()).unwrap();
    let standings = &report.ranks.as_ref().unwrap().ranking.standings;
    assert_eq!([standings[0].group, standings[1].group], [1, 1]);
    // The two rows' right items are nested, so a draw has them equal or the same one ahead.
    assert!(standings.iter().all(|standing| standing.interval.unwrap().low < 2.0));
}

fn shuffle(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let (header, lines) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.reverse();
    let middle = lines.len() / 3;
    lines.rotate_left(middle);
    fs::write(path, format!("{header}\n{}\n", lines.join("\n"))).unwrap();
}

#[test]
fn the_order_of_the_lines_changes_nothing() {
    let folder = toy::folder();
    let before = Report::read(folder.path()).unwrap().files().unwrap();
    for name in ["scores.csv", "costs.csv", "predictions/good/2/key.csv"] {
        shuffle(&folder.path().join(name));
    }
    let after = Report::read(folder.path()).unwrap().files().unwrap();
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        assert!(before == after, "{name} has changed");
    }
}

/// Some scores are tied, some groups are large, and one tag is rare.
#[test]
fn figures_on_many_draws_are_those_on_each_draw_to_the_last_bit() {
    let (items, tags) = (90, 3);
    let truth: Vec<bool> =
        (0..items * tags).map(|at| (at * at) % [3, 2, 29][at % tags] == 0).collect();
    let scores: Vec<f64> =
        (0..items * tags).map(|at| ((at * 37) % 41) as f64 / 7.0 - (at % 2) as f64).collect();
    let names = ["a", "b", "c"].map(String::from).to_vec();
    let predictions = Predictions::new(names, scores, Truth::Tags(truth)).unwrap();
    let groups: Vec<String> = (0..items).map(|item| (item * item / 40).to_string()).collect();
    let draws = Clusters::new(groups.iter().map(|group| Some(group.as_str())))
        .draws("suite", "task", "metric");
    for name in ["macro_roc_auc", "macro_average_precision"] {
        let metric = metric::by_name(name).unwrap();
        let drawn = metric.drawn(&predictions, &draws).unwrap();
        assert_eq!(drawn.len(), draws.len());
        for (found, weights) in drawn.into_iter().zip(&draws) {
            assert_eq!(found, metric.weighted(&predictions, weights).unwrap().value, "{name}");
        }
    }
}

/// Two proportions of 0.7 that do not pair, by the normal distribution: 10.7, 7.4 and 2.5 points of
/// 290, 604 and 5329 items.
#[test]
fn the_smallest_difference_found_is_the_textbooks() {
    let found = [290, 604, 5329].map(|groups| {
        let se_items = (2.0 * 0.21 / groups as f64).sqrt();
        Sources { sd_seeds: 0.0, seeds: 1, se_items, groups }.detectable(0.05)
    });
    assert_eq!(found.map(|points| format!("{:.1}", 100.0 * points)), ["10.7", "7.4", "2.5"]);
}

#[test]
fn what_is_needed_finds_the_difference_and_one_less_does_not() {
    let sources = Sources { sd_seeds: 0.03, seeds: 3, se_items: 0.01, groups: 200 };
    let seeds = sources.seeds_for(0.04, 0.05).unwrap();
    let finds = |seeds: usize| {
        let errors = Errors {
            seeds: 0.03 / (seeds as f64).sqrt(),
            seed_count: seeds,
            items: 0.01,
            groups: 200,
        };
        // 0.8416…: the normal's 0.8 quantile.
        errors.half_width(0.05) + 0.841_621_233_572_914 * errors.seeds.hypot(0.01) <= 0.04
    };
    assert!(finds(seeds) && !finds(seeds - 1), "{seeds}");
    assert_eq!(sources.groups_for(0.04, 0.05), None, "three seeds alone leave more than that");
    let steady = Sources { sd_seeds: 0.0, ..sources };
    let groups = steady.groups_for(0.005, 0.05).unwrap();
    // (1.96 + 0.84)² 0.01² 200 / 0.005², and a little more for Student's t.
    assert!((6279..6300).contains(&groups), "{groups}");
    assert!(sources.share_of_seeds(0.05).unwrap() > 0.9);
}

#[test]
fn a_plan_is_made_of_finished_results() {
    let folder = toy::folder();
    let name = folder.path().display().to_string();
    let line = ["plan", name.as_str(), "--difference", "0.02"];
    let output = command::bench(Path::new("."), &line).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    for words in
        ["toy v1 · Holm over 5 comparisons", "to find 0.02", "3 paired seeds cannot reach 0.05"]
    {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
    assert!(told.lines().any(|line| line.starts_with("key") && line.ends_with('%')), "{told}");
}

#[test]
fn a_suite_without_results_is_refused() {
    let folder = command::folder(&[("empty/notes.txt", "")]);
    let refused = |line: &[&str], words: &[&str]| {
        command::fails(&command::bench(folder.path(), line).output().unwrap(), 2, words);
    };
    refused(&["plan", "smoke"], &["no results in results/smoke", "bench run smoke"]);
    refused(&["plan", "empty"], &["no suite.yaml"]);
    refused(&["plan", "smok"], &["did you mean \"smoke\""]);
    refused(&["plan", "smoke", "--difference", "0"], &["expected more than 0"]);
}
