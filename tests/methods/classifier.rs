//! What wrong answers cost a classifier, against closed forms.

use bench::model::Classifier;
use bench::tensors::{self, Named};
use bench::{Classes, Seed};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

/// One without bias that answers with `weight` times the embedding.
fn classifier(weight: &Tensor, exclusive: bool, dropout: f64) -> Classifier {
    let (count, inputs) = weight.size2().unwrap();
    let names: Vec<String> = (0..count).map(|class| class.to_string()).collect();
    let classes = Classes { names: &names, exclusive };
    let vars = VarStore::new(Device::Cpu);
    let _generator = Seed::new(0).torch();
    let classifier = Classifier::new(&vars.root(), inputs, classes, dropout).unwrap();
    let given: Named = [
        ("bias".to_string(), Tensor::zeros([count], FLOAT)),
        ("weight".to_string(), weight.shallow_clone()),
    ]
    .into();
    tensors::restore(&tensors::of(&vars), &given, "classifier").unwrap();
    classifier
}

#[track_caller]
fn assert_costs(found: &Tensor, expected: f64, tolerance: f64) {
    let found = found.double_value(&[]);
    assert!((found - expected).abs() < tolerance, "{found}, expected {expected}");
}

#[test]
fn without_weights_one_of_three_classes_costs_ln_3_and_a_tag_ln_2() {
    let embeddings = Tensor::arange(4, FLOAT).view([2, 2]);
    let labels = Tensor::from_slice2(&[[1.0_f32, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    for (exclusive, expected) in [(true, 3.0_f64.ln()), (false, 2.0_f64.ln())] {
        let classifier = classifier(&Tensor::zeros([3, 2], FLOAT), exclusive, 0.0);
        assert_costs(&classifier.loss(&embeddings, &labels), expected, 1e-6);
    }
}

/// The logarithms of two items' odds.
fn outputs() -> Tensor {
    Tensor::from_slice2(&[[1.0_f32, 2.0, 5.0], [3.0, 1.0, 1.0]]).log()
}

#[test]
fn a_class_costs_the_logarithm_of_its_share_averaged_over_items() {
    let labels = Tensor::from_slice2(&[[0.0_f32, 0.0, 1.0], [0.0, 1.0, 0.0]]);
    let loss = classifier(&Tensor::eye(3, FLOAT), true, 0.0).loss(&outputs(), &labels);
    // Shares of 5 in 8 and of 1 in 5.
    assert_costs(&loss, ((8.0_f64 / 5.0).ln() + 5.0_f64.ln()) / 2.0, 1e-6);
}

#[test]
fn tags_cost_the_logarithms_of_their_probabilities_averaged_over_items_and_tags() {
    let labels = Tensor::from_slice2(&[[1.0_f32, 0.0, 1.0], [0.0, 0.0, 0.0]]);
    let loss = classifier(&Tensor::eye(3, FLOAT), false, 0.0).loss(&outputs(), &labels);
    // A tag of odds o costs ln(1 + 1/o) where it is set and ln(1 + o) where it is not.
    let costs = [2.0, 3.0, 1.2, 4.0, 2.0, 2.0].map(f64::ln);
    assert_costs(&loss, costs.iter().sum::<f64>() / 6.0, 1e-6);
}

#[test]
fn the_loss_drops_part_of_the_embedding_and_scales_up_the_rest() {
    let items: i64 = 40_000;
    let weight = Tensor::full([1, 1], 3.0_f64.ln() / 4.0, FLOAT);
    let ones = Tensor::ones([items, 1], FLOAT);
    let classifier = classifier(&weight, false, 0.75);
    let _generator = Seed::new(1).torch();
    let loss = classifier.loss(&ones, &ones);
    // Odds of 1 where the only value is dropped, of 3 where it is four times itself; the standard
    // deviation of an item is 0.18.
    let expected = 0.75 * 2.0_f64.ln() + 0.25 * (4.0_f64 / 3.0).ln();
    assert_costs(&loss, expected, 5.0 * 0.18 / (items as f64).sqrt());
}
