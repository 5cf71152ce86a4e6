//! Probes: what is fitted together is what would be fitted alone, and choices are made on valid.

use bench::eval::metric::{self, Metric, Predictions, Truth};
use bench::eval::probe::{
    Choice, Embedded, Examples, Grid, Neighbours, Sealed, Widths, fit, poll, prior,
};
use bench::{Seed, settings};
use tch::{Device, Kind, Tensor};

fn grid() -> Grid {
    let text =
        "{hidden: [0], batch: [32], lr: [0.01], evaluate_every: 10, patience: 10, max_steps: 200}";
    settings::parse(text, "grid").unwrap()
}

fn noise(rows: i64, columns: i64, seed: u64) -> Tensor {
    let _generator = Seed::new(seed).torch();
    Tensor::randn([rows, columns], (Kind::Float, Device::Cpu))
}

/// Points in the plane, their quadrant as the class.
fn quadrants(items: i64, seed: u64) -> Examples {
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
    let choice = Choice { on: "valid".into(), value: Some(0.5), ..Choice::unmade("accuracy") };
    let path = folder.path().join("choice.yaml");
    let proof = choice.record(&path).unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().contains("on: valid"));
    assert_eq!(*sealed.open(&proof), 7);
    assert!(choice.record(&folder.path().join("choice.yaml/no")).is_err());
}

/// Six points of three classes, and two that ask.
fn six() -> (Examples, Embedded) {
    let points = [[3.0, 1.0], [2.0, 2.0], [0.5, 4.0], [-1.0, 1.0], [-3.0, -0.5], [1.0, -2.0f32]];
    let embeddings = Tensor::from_slice(points.as_flattened()).reshape([6, 2]);
    let asked = Tensor::from_slice(&[1.0f32, 1.5, -2.0, 0.5]).reshape([2, 2]);
    let train = Examples::of_items(embeddings, Truth::Classes(vec![0, 0, 1, 1, 2, 2]));
    (train, Embedded::of_items(asked))
}

fn votes(k: usize, standardise: bool) -> Neighbours {
    Neighbours { k: vec![k], standardise: vec![standardise] }
}

fn assert_scores(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-5, "{found:?}, expected {expected:?}");
    }
}

/// scikit-learn 1.9: `KNeighborsClassifier(k, weights=lambda d: np.exp((1 - d) / 0.07),
/// metric="cosine")`, on `StandardScaler`'s output where standardised, and `KNeighborsRegressor`
/// for numbers.
#[test]
fn neighbours_vote_by_their_similarity() {
    let (train, asked) = six();
    let accuracy = metric::by_name("accuracy").unwrap();
    let ask = |votes: &Neighbours| {
        poll(votes, &names(3), (&train, &train), accuracy).unwrap().predict(&asked).unwrap()
    };
    let three = [0.784_795_171, 0.215_204_829, 0.0, 0.0, 0.299_207_366, 0.700_792_634];
    assert_scores(&ask(&votes(3, false)), &three);
    let four = [0.970_145_383, 0.029_854_617, 0.0, 0.0, 0.492_432_592, 0.507_567_408];
    assert_scores(&ask(&votes(4, true)), &four);
    let numbers = vec![1.0, 0.0, 0.5, 1.0, 0.0, 2.0, 3.0, 1.0, 1.0, 1.0, 0.0, 0.0];
    let train = Examples { truth: Truth::Values(numbers), ..six().0 };
    let r2 = metric::by_name("r2").unwrap();
    let found = poll(&votes(3, false), &names(2), (&train, &train), r2).unwrap();
    let expected = [0.416_381_228, 1.167_237_544, 1.598_390_766, 1.000_007_988];
    assert_scores(&found.predict(&asked).unwrap(), &expected);
}

/// At 64 degrees a point of class 1 is nearest (18.9 degrees), but two of class 0 (19.0 and 45.6)
/// outweigh it.
#[test]
fn the_number_of_neighbours_is_chosen_on_valid_and_the_first_of_equals() {
    let (train, _) = six();
    let angle = 64.0f32.to_radians();
    let asked = Tensor::from_slice(&[angle.cos(), angle.sin()]).reshape([1, 2]);
    let accuracy = metric::by_name("accuracy").unwrap();
    let chosen = |class: usize, k: &[usize]| {
        let valid = Examples::of_items(asked.copy(), Truth::Classes(vec![class]));
        let votes = Neighbours { k: k.to_vec(), standardise: vec![false] };
        let voters = poll(&votes, &names(3), (&train, &valid), accuracy);
        voters.map(|voters| (voters.vote.k, voters.value)).map_err(|e| e.to_string())
    };
    assert_eq!(chosen(0, &[1, 3]), Ok((3, 1.0)));
    assert_eq!(chosen(1, &[3, 1]), Ok((1, 1.0)));
    assert_eq!(chosen(0, &[4, 3]), Ok((4, 1.0)));
    assert_eq!(chosen(0, &[7]), Err("knn: 7 neighbours of 6 items".into()));
}
