//! Metrics agree with mir_eval and scikit-learn (reference values in `GOLDEN`) and with closed forms.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use bench::data::Key;
use bench::eval::metric::{
    self, MacroAveragePrecision, MacroRocAuc, Metric, Predictions, R2, Truth, key_score,
};
use serde_json::Value;

/// A reference file; none, with a line that says so, where there is no such folder.
fn golden(name: &str) -> Option<Value> {
    let folder = std::env::var_os("GOLDEN").map_or("../shared/golden".into(), PathBuf::from);
    if !folder.exists() {
        println!("skipped: there are no reference values at {}", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    let rows = value.as_array().unwrap();
    rows.iter().flat_map(|row| row.as_f64().map_or_else(|| numbers(row), |x| vec![x])).collect()
}

fn places(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|place| place as usize).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|name| name.to_string()).collect()
}

fn close(found: Option<f64>, expected: &Value, what: &str) {
    match (found, expected.as_f64()) {
        (None, None) => {}
        (Some(a), Some(b)) if (a - b).abs() <= 1e-9 * b.abs().max(1.0) => {}
        _ => panic!("{what}: {found:?}, expected {expected}"),
    }
}

fn closes(found: &[Option<f64>], expected: &Value, what: &str) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len(), "{what}");
    found.iter().zip(expected).for_each(|(found, expected)| close(*found, expected, what));
}

fn by_name(name: &str, predictions: &Predictions) -> metric::Score {
    metric::by_name(name).unwrap().score(predictions).unwrap()
}

/// Every field must have been compared or be an input: an expectation nobody reads proves nothing.
fn complete(file: &Value, read: &[&str]) {
    for field in file.as_object().unwrap().keys() {
        assert!(read.contains(&field.as_str()), "{field} was not compared");
    }
}

#[test]
fn key_scores_agree_with_mir_eval() {
    let Some(file) = golden("key.json") else { return };
    complete(&file, &["order", "pairs", "reference", "estimate", "weighted_score", "accuracy"]);
    let key = |name: &Value| name.as_str().unwrap().parse::<Key>().unwrap();
    for pair in file["pairs"].as_array().unwrap() {
        let score = key_score(key(&pair["reference"]), key(&pair["estimate"]), false);
        close(Some(score), &pair["score"], &pair.to_string());
    }
    let order = file["order"].as_array().unwrap();
    let order: Vec<String> = order.iter().map(|name| name.as_str().unwrap().into()).collect();
    let (truth, estimate) = (places(&file["reference"]), places(&file["estimate"]));
    let one_hot = |class: usize| (0..order.len()).map(move |at| f64::from(at == class));
    let scores = estimate.into_iter().flat_map(one_hot).collect();
    let predictions = Predictions::new(order.clone(), scores, Truth::Classes(truth)).unwrap();
    close(
        by_name("weighted_key_score", &predictions).value,
        &file["weighted_score"],
        "weighted score",
    );
    close(by_name("accuracy", &predictions).value, &file["accuracy"], "accuracy");
}

#[test]
fn keys_are_in_the_class_order_of_the_references() {
    let Some(file) = golden("key.json") else { return };
    for (name, key) in file["order"].as_array().unwrap().iter().zip(Key::all()) {
        assert_eq!(name.as_str().unwrap().parse::<Key>().unwrap(), key, "{name}");
    }
}

#[test]
fn tagging_figures_agree_with_scikit_learn() {
    let Some(file) = golden("tagging.json") else { return };
    let figures = [
        "roc_auc_per_tag",
        "average_precision_per_tag",
        "macro_roc_auc",
        "macro_average_precision",
    ];
    complete(&file, &[&figures[..], &["truth", "score", "defined_tags"]].concat());
    let truth = numbers(&file["truth"]).into_iter().map(|tag| tag != 0.0).collect();
    let tags = file["truth"][0].as_array().unwrap().len();
    let predictions =
        Predictions::new(names(tags), numbers(&file["score"]), Truth::Tags(truth)).unwrap();
    let roc_auc = MacroRocAuc::per_tag(&predictions).unwrap();
    let defined: Vec<usize> = (0..tags).filter(|&tag| roc_auc[tag].is_some()).collect();
    assert_eq!(defined, places(&file["defined_tags"]));
    let precision = MacroAveragePrecision::per_tag(&predictions).unwrap();
    for &tag in &defined {
        close(roc_auc[tag], &file["roc_auc_per_tag"][tag], "ROC-AUC of a tag");
        close(
            precision[tag],
            &file["average_precision_per_tag"][tag],
            "average precision of a tag",
        );
    }
    for name in ["macro_roc_auc", "macro_average_precision"] {
        let score = by_name(name, &predictions);
        close(score.value, &file[name], name);
        assert_eq!(
            (score.n, score.left_out),
            (predictions.items(), tags - defined.len()),
            "{name}"
        );
    }
}

#[test]
fn regression_and_classification_agree_with_scikit_learn() {
    let Some(file) = golden("regression_classification.json") else { return };
    let read =
        ["target", "prediction", "r2_per_column", "label", "logits", "accuracy", "top3_accuracy"];
    complete(&file, &read);
    let columns = file["target"][0].as_array().unwrap().len();
    let truth = Truth::Values(numbers(&file["target"]));
    let predictions =
        Predictions::new(names(columns), numbers(&file["prediction"]), truth).unwrap();
    let per_column = R2::per_output(&predictions).unwrap();
    closes(&per_column, &file["r2_per_column"], "R²");
    let mean = per_column.iter().flatten().sum::<f64>() / columns as f64;
    assert_eq!(R2.score(&predictions).unwrap().value, Some(mean));

    let classes = file["logits"][0].as_array().unwrap().len();
    let truth = Truth::Classes(places(&file["label"]));
    let predictions = Predictions::new(names(classes), numbers(&file["logits"]), truth).unwrap();
    for name in ["accuracy", "top3_accuracy"] {
        close(by_name(name, &predictions).value, &file[name], name);
    }
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

/// EVALUATION 3.2: y = [0, 0, 1, 1], s = [.1, .4, .35, .8] gives AUC 0.75 and AP 0.8333; equal scores give 1/2 and P/N.
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
