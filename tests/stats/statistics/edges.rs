//! Where nothing differs, and where a figure is undefined.

use bench::stats::Clusters;
use bench::stats::test::{
    MeanRanks, Test, Ties, Zeros, bayesian_signed_rank, bootstrap, cohens_d, cohens_d_z,
    critical_value, delong, interquartile_mean, kendall, mann_whitney, mcnemar, mean_t,
    nadeau_bengio, paired_t, sign_flip, smallest_p_paired, smallest_p_unpaired, spearman,
    superiority, wilcoxon, wilson,
};
use bench::{Rng, Seed};

use super::close;

const SAME: Option<Test> = Some(Test { statistic: 0.0, p: 1.0 });

fn rng() -> Rng {
    Seed::new(0).stream("edges", &[])
}

#[test]
fn rows_that_score_the_same_differ_by_nothing() {
    let zeros = [0.0; 30];
    assert_eq!(paired_t(&zeros), SAME);
    assert_eq!(nadeau_bengio(&zeros, 0.1), SAME);
    assert_eq!(wilcoxon(&zeros, Zeros::Dropped), SAME);
    assert_eq!(wilcoxon(&zeros, Zeros::Split).unwrap().p, 1.0);
    assert_eq!(sign_flip(&zeros, 100, &mut rng()), SAME);
    assert_eq!(mcnemar(0, 0), 1.0);
    assert_eq!(mann_whitney(&zeros, &zeros).unwrap().p, 1.0);
    assert_eq!((cohens_d(&zeros, &zeros), cohens_d_z(&zeros)), (Some(0.0), Some(0.0)));
    let equal = bayesian_signed_rank(&zeros, 0.01, 100, &mut rng()).unwrap();
    assert_eq!((equal.below, equal.within, equal.above), (0.0, 1.0, 0.0));
    let truth: Vec<bool> = (0..30).map(|item| item % 3 == 0).collect();
    let scores: Vec<f64> = (0..30).map(|item| f64::from(item * 7 % 30)).collect();
    assert_eq!(delong(&truth, &scores, &scores).unwrap().test, SAME);
    let ranks = MeanRanks::new(&vec![vec![0.5; 3]; 4], true).unwrap();
    assert_eq!(ranks.friedman(Ties::Corrected), SAME);
    assert_eq!(ranks.nemenyi(), [[1.0; 3]; 3]);
}

#[test]
fn an_interval_of_no_difference_is_zero() {
    let clusters = Clusters::new(vec![None; 10]);
    let nothing = |_: &[f64]| Some(0.0);
    let drawn = bootstrap::resample(&clusters, 100, &mut rng(), nothing);
    let left_out = bootstrap::leave_out(&clusters, nothing);
    let percentile = bootstrap::percentile(&drawn, 0.05).unwrap();
    assert_eq!((percentile.low, percentile.high), (0.0, 0.0));
    assert_eq!(bootstrap::bca(0.0, &drawn, &left_out, 0.05), Some(percentile));
    assert_eq!(bootstrap::p(0.0, &drawn), Some(1.0));
    let chance = superiority(&[0.0; 10], 0.05, 100, &mut rng()).unwrap();
    assert_eq!((chance.chance, chance.interval.low, chance.interval.high), (0.5, 0.5, 0.5));
}

#[test]
fn what_has_no_spread_or_no_values_is_undefined() {
    assert_eq!((paired_t(&[0.1; 7]), cohens_d_z(&[0.1; 7])), (None, None));
    assert_eq!((paired_t(&[0.1]), mean_t(&[0.1], 0.05)), (None, None));
    assert_eq!(nadeau_bengio(&[0.1, 0.2], -1.0), None);
    assert_eq!(cohens_d(&[1.0, 1.0], &[2.0, 2.0]), None);
    assert_eq!((wilcoxon(&[], Zeros::Split), sign_flip(&[], 9, &mut rng())), (None, None));
    assert_eq!(mann_whitney(&[], &[1.0]), None);
    assert_eq!((spearman(&[1.0, 2.0], &[3.0, 3.0]), kendall(&[1.0], &[1.0])), (None, None));
    assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1.0, 2.0, 4.0]).unwrap().p, None);
    assert_eq!(interquartile_mean(&[]), None);
    assert_eq!((wilson(0, 0, 0.05), wilson(1, 2, 1.0), wilson(3, 2, 0.05)), (None, None, None));
    assert_eq!(delong(&[true, false, false], &[1.0, 0.0, 0.5], &[1.0, 0.5, 0.0]), None);
    let apart = delong(&[true, true, false, false], &[1.0, 1.0, 0.0, 0.0], &[0.0; 4]).unwrap();
    assert_eq!((apart.areas, apart.test), ([1.0, 0.5], None));
    assert_eq!(bayesian_signed_rank(&[0.1], 0.0, 10, &mut rng()), None);
    assert_eq!((critical_value(1, 0.05), critical_value(3, 0.0)), (None, None));
    let alike = MeanRanks::new(&vec![vec![1.0, 2.0, 3.0]; 5], true).unwrap();
    assert_eq!(alike.iman_davenport(Ties::Corrected), None);
    assert_eq!(MeanRanks::new(&[vec![1.0, 2.0], vec![1.0]], true), None);
    assert_eq!(bootstrap::percentile(&[Some(1.0), None, None], 0.05), None);
    assert_eq!(bootstrap::bca(1.0, &[Some(2.0); 9], &[Some(1.0); 3], 0.05), None);
    assert_eq!(bootstrap::bca(1.0, &[Some(1.0); 9], &[Some(1.0), None], 0.05), None);
}

#[test]
fn what_is_no_number_is_never_counted() {
    let large = [1e308, 1e308, -1e308];
    assert_eq!((paired_t(&large), mean_t(&large, 0.05)), (None, None));
    let values = [0.1, f64::NAN, 0.3];
    assert_eq!((paired_t(&values), mean_t(&values, 0.05)), (None, None));
    assert_eq!(
        (wilcoxon(&values, Zeros::Dropped), sign_flip(&values, 9, &mut rng())),
        (None, None)
    );
    assert_eq!((mann_whitney(&values, &values), spearman(&values, &values)), (None, None));
    assert_eq!(delong(&[true, false, true], &values, &values), None);
    assert_eq!(MeanRanks::new(&[values.to_vec()], true), None);
    assert_eq!((interquartile_mean(&values), mean_t(&[1.0, 2.0], f64::NAN)), (None, None));
}

/// Three, four, five and six pairs; three, four and five unpaired values on either side.
#[test]
fn the_smallest_p_values_are_those_of_the_most_extreme_data() {
    for (pairs, expected) in [(3, 0.25), (4, 0.125), (5, 0.0625), (6, 0.03125)] {
        let d: Vec<f64> = (1..=pairs).map(|value| value as f64).collect();
        assert_eq!(smallest_p_paired(pairs), expected);
        assert_eq!(sign_flip(&d, 0, &mut rng()).unwrap().p, expected);
        assert_eq!(wilcoxon(&d, Zeros::Dropped).unwrap().p, expected);
        close(mcnemar(pairs as u64, 0), expected);
    }
    for (each, expected) in [(3, "0.1000"), (4, "0.0286"), (5, "0.0079")] {
        let low: Vec<f64> = (0..each).map(|value| value as f64).collect();
        let high: Vec<f64> = low.iter().map(|value| value + 100.0).collect();
        let p = mann_whitney(&low, &high).unwrap().p;
        assert_eq!(
            format!("{p:.4} {:.4}", smallest_p_unpaired(each, each)),
            format!("{expected} {expected}")
        );
    }
}
