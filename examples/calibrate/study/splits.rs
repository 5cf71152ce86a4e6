//! Splits drawn again from the same items: the test of Nadeau & Bengio.

use bench::stats::test::nadeau_bengio;
use bench::{Result, Rng};
use rand::seq::SliceRandom;

use super::Plan;
use super::errors::{Rate, Said, rates};
use super::world::{Dominant, World, normals};

/// Splits that are drawn, and items of which each has a tenth for the test.
const SPLITS: usize = 10;
const ITEMS: usize = 200;
const TEST: usize = ITEMS / 10;

/// How often the test tells two equal methods apart: each guesses the mean of its own feature on
/// the train items, and is measured by the squared error on the test items.
pub fn measured(plan: &Plan) -> Result<Vec<Rate>> {
    let said = plan.simulate(plan.count, "errors/splits", |_, rng| {
        let found = nadeau_bengio(&differences(rng), TEST as f64 / (ITEMS - TEST) as f64);
        let p = found.map(|test| test.p);
        Ok(vec![Said { test: "Nadeau–Bengio".into(), unit: "splits", p }])
    })?;
    let world = World::new([SPLITS, ITEMS, 1], Dominant::ItemsAlone);
    Ok(rates(plan, &said, ("squared_error", &world)))
}

/// The methods' differences on splits of one set of items.
fn differences(rng: &mut Rng) -> Vec<f64> {
    let features = [normals(ITEMS, rng), normals(ITEMS, rng)];
    let mut order: Vec<usize> = (0..ITEMS).collect();
    let split = |_| {
        order.shuffle(rng);
        let (test, train) = order.split_at(TEST);
        let [first, second] = features.each_ref().map(|feature| error(feature, test, train));
        first - second
    };
    (0..SPLITS).map(split).collect()
}

/// The mean squared error on the test items of guessing the train items' mean.
fn error(feature: &[f64], test: &[usize], train: &[usize]) -> f64 {
    let mean = |items: &[usize], of: &dyn Fn(f64) -> f64| {
        items.iter().map(|item| of(feature[*item])).sum::<f64>() / items.len() as f64
    };
    let guess = mean(train, &|value| value);
    mean(test, &|value| (value - guess).powi(2))
}
