//! Metrics have their closed forms; `golden` compares them with mir_eval and scikit-learn.

use bench::data::Key;
use bench::eval::metric::{self, Predictions, Truth, key_score, retrieval};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|name| name.to_string()).collect()
}

fn by_name(name: &str, predictions: &Predictions) -> metric::Score {
    metric::by_name(name).unwrap().score(predictions).unwrap()
}

#[test]
fn of_equal_scores_the_first_class_is_predicted() {
    let truth = Truth::Classes(vec![0, 1]);
    let predictions = Predictions::new(names(3), vec![1.0; 6], truth).unwrap();
    assert_eq!(predictions.classes().unwrap(), (&[0, 1][..], &[0, 0][..], &[1, 2][..]));
    assert_eq!(by_name("accuracy", &predictions).value, Some(0.5));
}

#[test]
fn only_the_other_key_score_counts_a_fifth_below() {
    let key = |name: &str| name.parse::<Key>().unwrap();
    let below = |both| key_score(key("C major"), key("F major"), both);
    assert_eq!((below(false), below(true)), (0.0, 0.5));
    let below = |both| key_score(key("A minor"), key("D minor"), both);
    assert_eq!((below(false), below(true)), (0.0, 0.5));
}

/// The example of scikit-learn's documentation: y = [0, 0, 1, 1], s = [.1, .4, .35, .8] gives AUC
/// 0.75 and AP 0.8333; equal scores give 1/2 and P/N.
#[test]
fn tagging_figures_have_their_textbook_values() {
    let tag = |scores: Vec<f64>| {
        let truth = Truth::Tags(vec![false, false, true, true]);
        let predictions = Predictions::new(names(1), scores, truth).unwrap();
        ["macro_roc_auc", "macro_average_precision"]
            .map(|name| by_name(name, &predictions).value.unwrap())
    };
    let [roc_auc, precision] = tag(vec![0.1, 0.4, 0.35, 0.8]);
    assert!((roc_auc - 0.75).abs() < 1e-12 && (precision - 5.0 / 6.0).abs() < 1e-12);
    assert_eq!(tag(vec![0.3; 4]), [0.5, 0.5]);
}

#[test]
fn counting_an_item_twice_is_its_weight_of_two() {
    let rows = [(true, 0.1), (false, 0.7), (true, 0.7), (false, 0.2), (true, 0.9)];
    let tagged = |rows: &[(bool, f64)]| {
        let (truth, scores) = rows.iter().copied().unzip();
        Predictions::new(names(1), scores, Truth::Tags(truth)).unwrap()
    };
    let valued = |rows: &[(bool, f64)]| {
        let truth = rows.iter().map(|row| f64::from(row.0)).collect();
        Predictions::new(names(1), rows.iter().map(|row| row.1).collect(), Truth::Values(truth))
            .unwrap()
    };
    let twice = [&rows[..], &rows[1..2]].concat();
    let weights = [1.0, 2.0, 1.0, 1.0, 1.0];
    let check = |name: &str, once: Predictions, twice: Predictions| {
        let weighted =
            metric::by_name(name).unwrap().weighted(&once, &weights).unwrap().value.unwrap();
        assert!((weighted - by_name(name, &twice).value.unwrap()).abs() < 1e-12, "{name}");
    };
    check("macro_roc_auc", tagged(&rows), tagged(&twice));
    check("macro_average_precision", tagged(&rows), tagged(&twice));
    check("r2", valued(&rows), valued(&twice));
}

#[test]
fn a_figure_that_is_undefined_is_missing() {
    let predictions =
        Predictions::new(names(1), vec![0.1, 0.2], Truth::Tags(vec![true, true])).unwrap();
    let score = by_name("macro_roc_auc", &predictions);
    assert_eq!((score.value, score.left_out), (None, 1));
    let predictions =
        Predictions::new(names(1), vec![0.1, 0.2], Truth::Values(vec![3.0, 3.0])).unwrap();
    assert_eq!(by_name("r2", &predictions).value, None);
}

#[test]
fn wrong_predictions_and_names_are_refused() {
    assert!(Predictions::new(names(2), vec![f64::NAN, 0.0], Truth::Classes(vec![0])).is_err());
    assert!(Predictions::new(names(2), vec![0.0, 0.0], Truth::Classes(vec![2])).is_err());
    assert!(Predictions::new(names(2), vec![0.0], Truth::Classes(vec![0])).is_err());
    let tags = Predictions::new(names(1), vec![0.5], Truth::Tags(vec![true])).unwrap();
    assert!(metric::by_name("accuracy").unwrap().score(&tags).is_err());
    let error = metric::by_name("weighted_key_scor").err().unwrap().to_string();
    assert!(error.contains("did you mean \"weighted_key_score\""), "{error}");
}

/// Items 0 to 2 are of one work, 3 and 4 of another. The ranks at which each finds its like are
/// 1 and 4, 3 and 4, 1 and 2, 2, 1.
const SIMILARITY: [[f64; 5]; 5] = [
    [1.0, 0.9, 0.1, 0.5, 0.2],
    [0.1, 1.0, 0.2, 0.9, 0.8],
    [0.9, 0.8, 1.0, 0.1, 0.2],
    [0.5, 0.6, 0.7, 1.0, 0.65],
    [0.1, 0.2, 0.3, 0.4, 1.0],
];
const WORKS: [&str; 5] = ["a", "a", "a", "b", "b"];

fn assert_figure(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
}

/// The figures of what items of these works find.
fn figures(similarity: &[f64], works: &[&str]) -> [Option<f64>; 5] {
    let queries = retrieval::queries(similarity, works).unwrap();
    let works = works.iter().map(|work| work.to_string()).collect();
    let predictions = Predictions::retrieved(works, queries).unwrap();
    ["map", "map_without_empty", "precision_at_10", "mr1", "mr1_without_empty"]
        .map(|name| by_name(name, &predictions).value)
}

#[test]
fn retrieval_figures_have_their_closed_forms() {
    let queries = retrieval::queries(SIMILARITY.as_flattened(), &WORKS).unwrap();
    let precisions = [3.0 / 4.0, 5.0 / 12.0, 1.0, 1.0 / 2.0, 1.0];
    for (query, expected) in queries.iter().zip(precisions) {
        assert_figure(query.average_precision(), expected);
    }
    let first: Vec<Option<usize>> = queries.iter().map(|query| query.first()).collect();
    assert_eq!(first, [1, 3, 1, 2, 1].map(Some));
    let found = figures(SIMILARITY.as_flattened(), &WORKS);
    for (found, expected) in found.into_iter().zip([11.0 / 15.0, 11.0 / 15.0, 0.16, 1.6, 1.6]) {
        assert_figure(found, expected);
    }
}

#[test]
fn a_query_is_not_in_its_own_list() {
    let mut others = SIMILARITY;
    others.iter_mut().enumerate().for_each(|(item, row)| row[item] = -1.0);
    let found =
        |similarity: [[f64; 5]; 5]| retrieval::queries(similarity.as_flattened(), &WORKS).unwrap();
    assert_eq!(found(others), found(SIMILARITY));
}

/// Items 0 and 1 find each other at ranks 2 and 1; item 2 has nothing to find.
#[test]
fn a_query_with_nothing_to_find_counts_nought_or_is_left_out() {
    let similarity = [1.0, 0.1, 0.9, 0.9, 1.0, 0.1, 0.2, 0.3, 1.0];
    let queries = retrieval::queries(&similarity, &[7, 7, 8]).unwrap();
    assert_eq!((queries[2].average_precision(), queries[2].first()), (None, None));
    let found = figures(&similarity, &["a", "a", "b"]);
    for (found, expected) in found.into_iter().zip([0.5, 0.75, 0.2 / 3.0, 1.0, 1.5]) {
        assert_figure(found, expected);
    }
    let nothing = figures(&similarity, &["a", "b", "c"]);
    assert_eq!(nothing, [Some(0.0), None, Some(0.0), Some(0.0), None]);
    assert_eq!(figures(&[], &[]), [None; 5]);
}

#[test]
fn ranks_that_are_not_those_of_the_others_of_a_work_are_refused() {
    let works = || ["a", "a", "b"].map(String::from).to_vec();
    let retrieved = |ranks: [&[usize]; 3]| {
        let queries = ranks.map(|ranks| retrieval::Query::new(ranks.to_vec()).unwrap());
        Predictions::retrieved(works(), queries.to_vec()).map_err(|e| e.to_string())
    };
    assert!(retrieved([&[1], &[2], &[]]).is_ok());
    let lacking = retrieved([&[1], &[], &[]]).unwrap_err();
    assert!(lacking.contains("the ranks [] are not those of the 1 others of a"), "{lacking}");
    assert!(retrieved([&[1], &[3], &[]]).is_err());
    assert!(retrieval::Query::new(vec![2, 2]).is_err() && retrieval::Query::new(vec![0]).is_err());
}

#[test]
fn equally_similar_items_rank_in_the_order_of_the_gallery() {
    let ranks = |similarity: [f64; 16]| {
        let queries = retrieval::queries(&similarity, &[0, 1, 0, 1]).unwrap();
        queries.iter().map(|query| query.first()).collect::<Vec<_>>()
    };
    let expected = [2, 3, 1, 2].map(Some);
    assert_eq!(ranks([0.5; 16]), expected);
    let mut signs = [0.0; 16];
    signs.iter_mut().step_by(4).for_each(|zero| *zero = -0.0);
    assert_eq!(ranks(signs), expected);
}

#[test]
fn precision_at_10_looks_at_ten_items_and_at_no_fewer() {
    let of_one_work = |items: usize| figures(&vec![0.0; items * items], &vec!["a"; items])[2];
    assert_figure(of_one_work(12), 1.0);
    assert_figure(of_one_work(4), 0.3);
}

#[test]
fn similarities_of_other_items_or_that_are_no_numbers_are_refused() {
    assert!(retrieval::queries(&[0.0; 3], &[1, 1]).is_err());
    assert!(retrieval::queries(&[0.0, f64::NAN, 0.0, 0.0], &[1, 1]).is_err());
}
