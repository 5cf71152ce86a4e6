//! Figures that papers and other programs print, to their printed digits.

use bench::stats::test::{
    MeanRanks, Ties, Zeros, critical_value, delong, holm, interquartile_mean, mcnemar,
    nadeau_bengio, paired_t, wilcoxon, wilson,
};

/// Demšar (Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 2006), table 6:
/// areas under the ROC curve of C4.5, +m, +cf and +m+cf on 14 data sets. The two 0.975 on "voting"
/// are ranked there as if they differed; as in SciPy's tests the first is written 0.9751.
const DEMSAR: [[f64; 4]; 14] = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.590, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000],
    [0.940, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.9751, 0.975],
    [0.957, 0.978, 0.946, 0.970],
];

const PAIRS: [(usize, usize); 6] = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];

/// The figures as they print with so many decimals.
fn printed(found: &[f64], decimals: usize) -> String {
    found.iter().map(|figure| format!("{figure:.decimals$}")).collect::<Vec<_>>().join(" ")
}

fn ranks() -> MeanRanks {
    MeanRanks::new(&DEMSAR.map(Vec::from), true).unwrap()
}

fn differences((a, b): (usize, usize)) -> Vec<f64> {
    DEMSAR.iter().map(|task| task[a] - task[b]).collect()
}

/// Demšar 2006, section 3.2.2; the figures corrected for ties are SciPy's.
#[test]
fn demsars_example_of_friedmans_test() {
    let ranks = ranks();
    assert_eq!(printed(&ranks.ranks, 3), "3.143 2.000 2.893 1.964");
    assert_eq!(printed(&[ranks.friedman(Ties::Ignored).unwrap().statistic], 4), "9.2786");
    assert_eq!(printed(&[ranks.iman_davenport(Ties::Ignored).unwrap().statistic], 3), "3.686");
    let corrected = ranks.friedman(Ties::Corrected).unwrap();
    assert_eq!(printed(&[corrected.statistic], 3), "10.228");
    assert_eq!(printed(&[corrected.p], 5), "0.01672");
    assert_eq!(printed(&[ranks.critical_difference(0.05).unwrap()], 4), "1.2536");
}

/// scikit-posthocs on Demšar's example.
#[test]
fn nemenyis_test_of_demsars_example() {
    let p = ranks().nemenyi();
    let p = PAIRS.map(|(a, b)| p[a][b]);
    assert_eq!(printed(&p, 4), "0.0887 0.9562 0.0742 0.2592 0.9999 0.2267");
}

/// SciPy on Demšar's example: a task on which all tie, and other ties, so none is exact.
#[test]
fn wilcoxons_test_of_demsars_example() {
    let p = PAIRS.map(|pair| wilcoxon(&differences(pair), Zeros::Dropped).unwrap().p);
    assert_eq!(printed(&p, 4), "0.0108 0.8613 0.0159 0.0543 0.3278 0.0302");
    assert_eq!(printed(&holm(&p), 4), "0.0645 0.8613 0.0794 0.1630 0.6557 0.1209");
}

/// Demšar 2006, section 3.1.3: T = 12 with half of the zeros' ranks, 6.5 without them.
#[test]
fn demsars_example_of_wilcoxons_test_splits_zeros() {
    let statistic = |zeros| wilcoxon(&differences((0, 1)), zeros).unwrap().statistic;
    assert_eq!((statistic(Zeros::Split), statistic(Zeros::Dropped)), (12.0, 6.5));
}

/// Demšar 2006, table 5 (SciPy: `studentized_range.ppf(1 - α, k, inf) / √2`).
#[test]
fn critical_values_of_nemenyis_test() {
    let values =
        |miss| -> Vec<f64> { (2..=10).map(|rows| critical_value(rows, miss).unwrap()).collect() };
    let expected = "1.960 2.344 2.569 2.728 2.850 2.948 3.031 3.102 3.164";
    assert_eq!(printed(&values(0.05), 3), expected);
    let expected = "1.645 2.052 2.291 2.460 2.589 2.693 2.780 2.855 2.920";
    assert_eq!(printed(&values(0.10), 3), expected);
}

/// statsmodels, `mcnemar(exact=True)`.
#[test]
fn mcnemars_exact_test() {
    assert_eq!(printed(&[mcnemar(10, 2), mcnemar(2, 10)], 5), "0.03857 0.03857");
}

/// SciPy, from Nadeau and Bengio's formula: ten splits of 1,000 items, a tenth of them for test.
#[test]
fn the_correction_for_shared_training_items() {
    let d = [0.012, 0.004, 0.020, -0.003, 0.015, 0.009, 0.001, 0.011, 0.018, 0.007];
    let found = nadeau_bengio(&d, 100.0 / 900.0).unwrap();
    assert_eq!(printed(&[found.statistic, found.p], 4), "2.7829 0.0213");
    assert_eq!(printed(&[paired_t(&d).unwrap().p], 4), "0.0029");
}

/// The Python version of Sun and Xu's algorithm (yandexdataschool/roc_comparison).
#[test]
fn two_areas_under_the_curve() {
    let truth = [false, true].map(|kind| [kind; 6]).concat();
    let first = [0.1, 0.4, 0.35, 0.8, 0.2, 0.3, 0.5, 0.9, 0.6, 0.7, 0.4, 0.95];
    let second = [0.2, 0.5, 0.3, 0.6, 0.1, 0.4, 0.45, 0.8, 0.7, 0.5, 0.3, 0.9];
    let found = delong(&truth, &first, &second).unwrap();
    assert_eq!(printed(&found.areas, 5), "0.87500 0.80556");
    assert_eq!(printed(&found.covariance, 6), "0.013657 0.010648 0.017284");
    let test = found.test.unwrap();
    assert_eq!(printed(&[test.statistic], 5), "0.70711");
    assert_eq!(printed(&[test.p], 4), "0.4795");
}

/// statsmodels, `proportion_confint(420, 604, method="wilson")` and `multipletests`; SciPy,
/// `trim_mean(range(20), 0.25)`.
#[test]
fn a_proportion_a_correction_and_a_trimmed_mean() {
    let found = wilson(420, 604, 0.05).unwrap();
    assert_eq!(printed(&[found.low, found.high], 5), "0.65752 0.73074");
    assert_eq!(printed(&holm(&[0.01, 0.02, 0.03, 0.04]), 2), "0.04 0.06 0.06 0.06");
    let values: Vec<f64> = (0..20).map(f64::from).collect();
    assert_eq!(interquartile_mean(&values), Some(9.5));
}
