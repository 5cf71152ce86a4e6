//! What `statistics.json` has no case of: `tests/common/fixtures/statistics.py` gives the expected
//! numbers.

use bench::Seed;
use bench::stats::Clusters;
use bench::stats::test::{
    MeanRanks, Ties, Zeros, bootstrap, cohens_d_z, kendall, mann_whitney, paired_t, sign_flip,
    spearman, superiority, wilcoxon,
};

use super::{all_close, close};

const TIED_X: [f64; 8] = [1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 5.0, 8.0];
const TIED_Y: [f64; 8] = [2.0, 1.0, 4.0, 4.0, 6.0, 6.0, 7.0, 3.0];

#[test]
fn short_lists_without_ties_are_compared_exactly() {
    let (x, y) = ([1.1, 2.3, 0.4, 3.7, 2.9], [0.2, 1.9, 0.8, 1.4, 0.1, 2.0, 0.6]);
    for (found, statistic) in [(mann_whitney(&x, &y), 27.0), (mann_whitney(&y, &x), 8.0)] {
        let found = found.unwrap();
        all_close(&[found.statistic, found.p], &[statistic, 0.148989898989899]);
    }
    let found = mann_whitney(&TIED_X, &TIED_Y).unwrap();
    all_close(&[found.statistic, found.p], &[29.0, 0.7910862864900152]);
}

#[test]
fn correlations_of_tied_values() {
    let found = spearman(&TIED_X, &TIED_Y).unwrap();
    all_close(&[found.coefficient, found.p.unwrap()], &[0.5404665063240887, 0.16667267293710938]);
    close(kendall(&TIED_X, &TIED_Y).unwrap(), 0.4403524229639897);
}

#[test]
fn signed_ranks_with_ties_and_zeros() {
    let d = [3.0, -1.0, 0.0, 2.0, 2.0, -2.0, 5.0, 0.0, 4.0, 1.0, 1.0, -3.0, 6.0, 2.0];
    let found = wilcoxon(&d, Zeros::Dropped).unwrap();
    all_close(&[found.statistic, found.p], &[16.0, 0.06955947172215528]);
    let found = wilcoxon(&d, Zeros::Split).unwrap();
    all_close(&[found.statistic, found.p], &[23.5, 0.06758931372443831]);
}

/// 20,000 draws of 2²⁴: the standard error is 0.0032.
#[test]
fn signs_are_drawn_where_there_are_too_many_to_try() {
    let d: Vec<f64> =
        (0..24).map(|i| f64::from(37 * i % 25) - 11.5 + f64::from(i % 3) / 8.0).collect();
    let found = sign_flip(&d, 20_000, &mut Seed::new(0).stream("signs", &[])).unwrap();
    close(found.statistic, 0.5833333333333334);
    assert!((found.p - 0.7066360712051392).abs() < 0.013, "{}", found.p);
    let again = sign_flip(&d, 20_000, &mut Seed::new(0).stream("signs", &[])).unwrap();
    assert_eq!(found, again);
}

/// All 256 draws of four groups: nothing is left to chance.
#[test]
fn intervals_of_every_draw_of_four_groups() {
    let items = [0.25, 0.5, 1.0, 0.75, 2.5, 3.5, 0.125, 0.0];
    let groups = ["a", "a", "b", "b", "c", "c", "d", "d"];
    let clusters = Clusters::new(groups.map(Some));
    let mean = |times: &[f64]| {
        let sum: f64 = items.iter().zip(times).map(|(item, times)| item * times).sum();
        Some(sum / times.iter().sum::<f64>())
    };
    let times = |draw: usize, group: usize| {
        (0..4).filter(|place| (draw >> (2 * place)) & 3 == group).count() as f64
    };
    let draw = |draw: usize| (0..8).map(|item| times(draw, item / 2)).collect::<Vec<f64>>();
    let drawn: Vec<Option<f64>> = (0..256).map(|index| mean(&draw(index))).collect();
    let found = bootstrap::percentile(&drawn, 0.05).unwrap();
    all_close(&[found.low, found.high], &[0.21875, 2.34375]);
    let left_out = bootstrap::leave_out(&clusters, mean);
    let point = mean(&[1.0; 8]).unwrap();
    let found = bootstrap::bca(point, &drawn, &left_out, 0.05).unwrap();
    all_close(&[found.low, found.high], &[0.296875, 2.46875]);
    close(bootstrap::p(point, &drawn).unwrap(), 0.054474708171206226);
}

/// Twenty throws of a coin that falls so nine times in ten: the quantiles are those of the binomial
/// distribution, 15/20 and 20/20 (SciPy: `binom.ppf([0.025, 0.975], 20, 0.9)`).
#[test]
fn how_often_a_row_is_better_has_the_interval_of_a_coin() {
    let mut differences = [[0.1; 18].as_slice(), &[-0.2; 2]].concat();
    let mut rng = Seed::new(0).stream("superiority", &[]);
    let found = superiority(&differences, 0.05, 20_000, &mut rng).unwrap();
    all_close(&[found.chance, found.interval.low, found.interval.high], &[0.9, 0.75, 1.0]);
    differences[18..].fill(0.0);
    assert_eq!(superiority(&differences, 0.05, 100, &mut rng).unwrap().chance, 0.95);
}

/// d_z = t / √n.
#[test]
fn the_effect_size_of_paired_differences_is_in_their_t() {
    let differences = [0.3, -0.1, 0.2, 0.5, 0.1];
    let t = paired_t(&differences).unwrap().statistic;
    close(cohens_d_z(&differences).unwrap(), t / 5.0f64.sqrt());
}

#[test]
fn chances_of_a_range_however_small() {
    let alike = |rows: usize, tasks: usize| {
        let scores: Vec<f64> = (0..rows).map(|row| row as f64).collect();
        MeanRanks::new(&vec![scores; tasks], false).unwrap().nemenyi()[0][1..].to_vec()
    };
    all_close(&alike(3, 2), &[0.576846955330759, 0.112183114278097]);
    let expected = [0.839370043048572, 0.15944970417953, 0.00453680175728067, 2.57468373826651e-5];
    let found = alike(6, 10);
    all_close(&found[..4], &expected);
    close(found[4] / 3.42161274437352e-8, 1.0);
}

#[test]
fn ranks_of_tasks_with_ties() {
    let scores = [[1.0, 2.0, 2.0, 4.0], [3.0, 3.0, 1.0, 2.0], [1.0, 2.0, 3.0, 4.0]];
    let ranks = MeanRanks::new(&scores.map(Vec::from), true).unwrap();
    let found = ranks.friedman(Ties::Corrected).unwrap();
    all_close(&[found.statistic, found.p], &[2.464285714285719, 0.4817800438688551]);
}
