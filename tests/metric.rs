//! Metrics have their closed forms; `tests/golden.rs` compares them with mir_eval and scikit-learn.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bench::data::Key;
use bench::eval::metric::{self, Predictions, Truth, key_score};

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

/// The example of scikit-learn's documentation: y = [0, 0, 1, 1], s = [.1, .4, .35, .8] gives AUC 0.75 and AP 0.8333; equal
/// scores give 1/2 and P/N.
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
