//! Corrections, effect sizes, correlations and intervals: `statistics.json`.

use bench::stats::test::{
    benjamini_hochberg, bonferroni, cliffs_delta, cohens_d, holm, interquartile_mean, kendall,
    mann_whitney, mean_t, spearman, vargha_delaney, wilson,
};

use super::{all_close, close, golden, number, numbers, tested};

#[test]
fn corrections_for_several_comparisons_agree() {
    let Some(file) = golden("statistics.json") else { return };
    let adjust = &file["adjust"];
    let p = numbers(&adjust["p"]);
    all_close(&holm(&p), &numbers(&adjust["holm"]));
    all_close(&bonferroni(&p), &numbers(&adjust["bonferroni"]));
    all_close(&benjamini_hochberg(&p), &numbers(&adjust["benjamini_hochberg"]));
}

#[test]
fn figures_of_one_or_two_lists_agree() {
    let Some(file) = golden("statistics.json") else { return };
    let lists = |name: &str, second: &str| {
        (numbers(&file[name]["x"]), numbers(&file[name][second]), &file[name])
    };
    let (x, z, expected) = lists("effect_size", "z");
    close(cliffs_delta(&x, &z).unwrap(), number(&expected["cliffs_delta"]));
    close(vargha_delaney(&x, &z).unwrap(), number(&expected["vargha_delaney_a12"]));
    close(cohens_d(&x, &z).unwrap(), number(&expected["cohens_d"]));
    let (x, z, expected) = lists("mann_whitney", "z");
    tested(mann_whitney(&x, &z), &expected["u"], &expected["p"]);
    let (x, y, expected) = lists("spearman", "y");
    let found = spearman(&x, &y).unwrap();
    close(found.coefficient, number(&expected["rho"]));
    close(found.p.unwrap(), number(&expected["p"]));
    close(kendall(&x, &y).unwrap(), number(&expected["kendall_tau"]));
    let expected = &file["interquartile_mean"];
    close(interquartile_mean(&numbers(&expected["x"])).unwrap(), number(&expected["value"]));
}

#[test]
fn intervals_agree() {
    let Some(file) = golden("statistics.json") else { return };
    let expected = &file["mean_t_interval_0.95"];
    let found = mean_t(&numbers(&expected["x"]), 0.05).unwrap();
    all_close(&[found.low, found.high], &["low", "high"].map(|end| number(&expected[end])));
    let expected = &file["wilson"];
    let [successes, items] = ["successes", "n"].map(|name| expected[name].as_u64().unwrap());
    let found = wilson(successes, items, 0.05).unwrap();
    all_close(&[found.low, found.high], &["low", "high"].map(|end| number(&expected[end])));
}
