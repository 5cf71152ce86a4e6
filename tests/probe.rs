//! Probes: what is fitted together is what would be fitted alone, and choices are made on valid.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bench::eval::metric::{self, Metric, Predictions, Truth};
use bench::eval::probe::{Choice, Examples, Grid, Sealed, Widths, fit, prior};
use bench::{Seed, settings};
use tch::{Device, Kind, Tensor};

fn grid() -> Grid {
    let text =
        "{hidden: [0], batch: [32], lr: [0.01], evaluate_every: 10, patience: 10, max_steps: 200}";
    settings::parse(text, "grid").unwrap()
}

fn noise(rows: i64, columns: i64, seed: i64) -> Tensor {
    tch::manual_seed(seed);
    Tensor::randn([rows, columns], (Kind::Float, Device::Cpu))
}

/// Points in the plane, their quadrant as the class.
fn quadrants(items: i64, seed: i64) -> Examples {
    let embeddings = noise(items, 2, seed) * 10.0 + 3.0;
    let rows = Vec::<Vec<f32>>::try_from(&embeddings).unwrap();
    let class = |row: &Vec<f32>| usize::from(row[0] > 3.0) * 2 + usize::from(row[1] > 3.0);
    let classes = rows.iter().map(class).collect();
    Examples::of_items(embeddings, Truth::Classes(classes))
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| i.to_string()).collect()
}

fn score(metric: &dyn Metric, scores: Vec<f64>, truth: &Truth, outputs: usize) -> f64 {
    let predictions = Predictions::new(names(outputs), scores, truth.clone()).unwrap();
    metric.score(&predictions).unwrap().value.unwrap()
}

#[test]
fn probes_fitted_together_are_those_fitted_alone() {
    let (train, valid, test) = (quadrants(80, 1), quadrants(40, 2), quadrants(40, 3));
    let accuracy = metric::by_name("accuracy").unwrap();
    let together = Grid {
        lr: vec![0.001, 0.01],
        l2: vec![0.0, 0.1],
        hidden: vec![Widths::One(0), Widths::One(8)],
        ..grid()
    };
    let seed = Seed::new(5);
    let chosen = fit(&together, &names(4), (&train, &valid), accuracy, seed).unwrap();
    let alone = Grid {
        lr: vec![chosen.point.lr],
        l2: vec![chosen.point.l2],
        hidden: vec![chosen.point.hidden.clone()],
        ..grid()
    };
    let again = fit(&alone, &names(4), (&train, &valid), accuracy, seed).unwrap();
    assert_eq!((chosen.value, chosen.steps), (again.value, again.steps));
    let (one, other) =
        (chosen.predict(&test.embedded).unwrap(), again.predict(&test.embedded).unwrap());
    for (a, b) in one.iter().zip(&other) {
        assert!((a - b).abs() < 1e-4, "{a} and {b}");
    }
}

#[test]
fn a_rule_that_a_line_can_draw_is_found() {
    let (train, valid, test) = (quadrants(400, 1), quadrants(100, 2), quadrants(200, 3));
    let accuracy = metric::by_name("accuracy").unwrap();
    let fitted = fit(&grid(), &names(4), (&train, &valid), accuracy, Seed::new(1)).unwrap();
    let found = score(accuracy, fitted.predict(&test.embedded).unwrap(), &test.truth, 4);
    assert!(found > 0.93, "{found}");
}

#[test]
fn the_point_with_the_best_valid_score_is_chosen() {
    let (train, valid) = (quadrants(200, 1), quadrants(100, 2));
    let accuracy = metric::by_name("accuracy").unwrap();
    let several = Grid { lr: vec![1e-9, 0.01], ..grid() };
    let fitted = fit(&several, &names(4), (&train, &valid), accuracy, Seed::new(1)).unwrap();
    assert_eq!(fitted.point.lr, 0.01);
}

#[test]
fn of_equals_the_first_point_is_chosen() {
    let (train, valid) = (quadrants(60, 1), quadrants(30, 2));
    let accuracy = metric::by_name("accuracy").unwrap();
    let equals = Grid { l2: vec![0.3, 0.2, 0.1], lr: vec![1e-12], ..grid() };
    let fitted = fit(&equals, &names(4), (&train, &valid), accuracy, Seed::new(1)).unwrap();
    assert_eq!((fitted.point.l2, fitted.steps), (0.3, 0));
}

#[test]
fn numbers_are_predicted_in_their_own_unit() {
    let linear = |embeddings: Tensor| {
        let sums = embeddings.sum_dim_intlist([1].as_slice(), false, Kind::Double) * 50.0 + 1000.0;
        let values = Vec::<f64>::try_from(&sums).unwrap();
        Examples::of_items(embeddings, Truth::Values(values))
    };
    let (train, valid, test) =
        (linear(noise(300, 4, 1)), linear(noise(100, 4, 2)), linear(noise(100, 4, 3)));
    let r2 = metric::by_name("r2").unwrap();
    let longer = Grid { max_steps: Some(1000), lr: vec![0.03], ..grid() };
    let fitted = fit(&longer, &names(1), (&train, &valid), r2, Seed::new(1)).unwrap();
    let found = score(r2, fitted.predict(&test.embedded).unwrap(), &test.truth, 1);
    assert!(found > 0.999, "{found}");
}

#[test]
fn the_prior_is_how_often_each_answer_occurs_in_train() {
    assert_eq!(prior(&Truth::Classes(vec![2, 2, 0, 2]), 3, 2), [0.25, 0.0, 0.75, 0.25, 0.0, 0.75]);
    assert_eq!(prior(&Truth::Tags(vec![true, false, true, true]), 2, 1), [1.0, 0.5]);
    assert_eq!(prior(&Truth::Values(vec![1.0, 2.0, 3.0]), 1, 2), [2.0, 2.0]);
}

#[test]
fn test_opens_only_with_a_choice_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = Sealed::new(7);
    let choice = Choice {
        protocol: None,
        readout: "embedding".into(),
        probe: None,
        pool: None,
        among: 1,
        on: "valid".into(),
        metric: "accuracy".into(),
        value: Some(0.5),
        steps: 0,
    };
    let path = folder.path().join("choice.yaml");
    let proof = choice.record(&path).unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().contains("on: valid"));
    assert_eq!(*sealed.open(&proof), 7);
    assert!(choice.record(&folder.path().join("choice.yaml/no")).is_err());
}
