//! Tests, intervals and effect sizes agree with SciPy, statsmodels, scikit-posthocs and baycomp:
//! `statistics.json` and `delong.json` of the folder of reference values.

mod edges;
mod facts;
mod figures;
mod references;

use std::path::PathBuf;

use bench::Seed;
use bench::stats::test::{
    MeanRanks, Test, Ties, Zeros, bayesian_signed_rank, delong, mcnemar, nadeau_bengio, paired_t,
    sign_flip, wilcoxon, wilcoxon_normal,
};
use serde_json::Value;

/// One of the files, or `None` (and a line that says so) where there are none.
fn golden(name: &str) -> Option<Value> {
    let folder = std::env::var_os("GOLDEN").map_or("../shared/golden".into(), PathBuf::from);
    if !folder.exists() {
        println!("skipped: there are no reference values at {}", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// Within 1e-9 of the expected value, or within 1e-12 of one below 0.001.
fn close(found: f64, expected: f64) {
    let apart = (found - expected).abs();
    assert!(apart <= 1e-9 * expected.abs().max(1e-3), "{found}, expected {expected}");
}

fn all_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(found, expected)| close(*found, *expected));
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn tested(found: Option<Test>, statistic: &Value, p: &Value) {
    let found = found.unwrap();
    close(found.statistic, number(statistic));
    close(found.p, number(p));
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[test]
fn ranks_of_rows_over_tasks_agree() {
    let Some(file) = golden("statistics.json") else { return };
    let better = file["higher_is_better"].as_bool().unwrap();
    let ranks = MeanRanks::new(&rows(&file["performance"]), better).unwrap();
    all_close(&ranks.ranks, &numbers(&file["average_rank"]));
    let friedman = &file["friedman"];
    tested(ranks.friedman(Ties::Corrected), &friedman["chi2"], &friedman["p"]);
    let expected = &file["iman_davenport"];
    tested(ranks.iman_davenport(Ties::Corrected), &expected["f"], &expected["p"]);
    let corrected = ranks.friedman(Ties::Corrected).unwrap().statistic;
    close(corrected, number(&expected["chi2_tie_corrected"]));
    let difference = ranks.critical_difference(0.05).unwrap();
    close(difference, number(&file["nemenyi_critical_difference_0.05"]));
    all_close(&ranks.nemenyi().concat(), &rows(&file["nemenyi_p"]).concat());
}

#[test]
fn tests_of_paired_scores_agree() {
    let Some(file) = golden("statistics.json") else { return };
    let paired = &file["paired"];
    let differences = minus(&numbers(&paired["a"]), &numbers(&paired["b"]));
    let agrees = |found, name: &str| {
        tested(found, &paired[name]["statistic"], &paired[name]["p"]);
    };
    agrees(wilcoxon(&differences, Zeros::Dropped), "wilcoxon");
    agrees(wilcoxon_normal(&differences, Zeros::Dropped), "wilcoxon_normal");
    agrees(paired_t(&differences), "t");
    let expected = &file["nadeau_bengio"];
    let ratio = number(&expected["test_over_train"]);
    let found = nadeau_bengio(&numbers(&expected["difference"]), ratio);
    tested(found, &expected["t"], &expected["p"]);
    let expected = &file["sign_flip_exact"];
    let mut rng = Seed::new(0).stream("none is drawn", &[]);
    let found = sign_flip(&numbers(&expected["difference"]), 0, &mut rng).unwrap();
    close(found.p, number(&expected["p_two_sided"]));
    let expected = &file["mcnemar"];
    let [only_first, only_second] = ["b01", "b10"].map(|name| expected[name].as_u64().unwrap());
    close(mcnemar(only_first, only_second), number(&expected["exact_p"]));
}

/// baycomp's difference is the second less the first.
#[test]
fn the_bayesian_signed_rank_test_agrees_as_far_as_both_are_drawn() {
    let Some(file) = golden("statistics.json") else { return };
    let paired = &file["paired"];
    let differences = minus(&numbers(&paired["b"]), &numbers(&paired["a"]));
    let mut rng = Seed::new(0).stream("bayesian signed rank", &[]);
    let found = bayesian_signed_rank(&differences, 0.01, 50_000, &mut rng).unwrap();
    let expected = &paired["bayesian_signed_rank_rope_0.01"];
    let figures = [("p_left", found.below), ("p_rope", found.within), ("p_right", found.above)];
    for (name, figure) in figures {
        let apart = (figure - number(&expected[name])).abs();
        assert!(apart <= number(&expected["tolerance"]), "{name}: {figure}");
    }
}

#[test]
fn the_comparison_of_areas_under_the_curve_agrees() {
    let Some(file) = golden("delong.json") else { return };
    let truth: Vec<bool> = numbers(&file["truth"]).iter().map(|truth| *truth != 0.0).collect();
    let [first, second] = ["score_a", "score_b"].map(|name| numbers(&file[name]));
    let found = delong(&truth, &first, &second).unwrap();
    all_close(&found.areas, &["auc_a", "auc_b"].map(|name| number(&file[name])));
    tested(found.test, &file["z"], &file["p"]);
}
