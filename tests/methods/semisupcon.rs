//! SemiSupCon: who belongs to whom, and what it costs not to look alike.

use bench::methods::semisupcon::{Criterion, Word, supcon, targets};
use bench::model::contrast;
use bench::{Batch, Built, Classes, Context, Progress, Registry, Seed, settings};
use serde_yaml::Value;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

const WEIGHTED: Criterion = Criterion::Word(Word::Weighted);

fn rows(matrix: &Tensor) -> Vec<Vec<f64>> {
    Vec::<Vec<f64>>::try_from(matrix.to_kind(Kind::Double)).unwrap()
}

#[test]
fn views_belong_to_their_item_and_to_items_with_labels_in_common() {
    let labels = Tensor::from_slice2(&[[1.0_f32, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]);
    let one = [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let two = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let half = [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for (criterion, expected) in
        [(Criterion::Shared(1), one), (Criterion::Shared(2), two), (WEIGHTED, half)]
    {
        let found = rows(&targets(&labels, 2, criterion).unwrap());
        let items = |view: usize| (0..6).map(move |other| expected[view / 2][other / 2]);
        let expected: Vec<Vec<f64>> = (0..6).map(|view| items(view).collect()).collect();
        assert_eq!(found, expected, "{criterion:?}");
    }
}

fn unlabelled(items: i64, views: i64) -> Tensor {
    let none = Tensor::zeros([items, 3], (Kind::Float, Device::Cpu));
    targets(&none, views, Criterion::Shared(1)).unwrap()
}

#[test]
fn the_loss_of_equal_orthonormal_views_has_its_closed_form() {
    let (items, views) = (5, 3);
    let z =
        Tensor::eye(items, (Kind::Float, Device::Cpu)).repeat_interleave_self_int(views, 0, None);
    for (temperature, epsilon) in [(0.1, 1e-6), (0.5, 0.0), (1.0, 0.3), (0.005, 1e-6)] {
        let far = (items - 1) as f64 * views as f64 * (-1.0_f64 / temperature).exp();
        let expected = -(1.0 / ((views - 1) as f64 + far) + epsilon).ln();
        let found = supcon(&z, &unlabelled(items, views), temperature, epsilon).unwrap();
        let error = (found.double_value(&[]) - expected).abs();
        // Similarities over τ are up to 200, and float32 has seven digits.
        assert!(error < 1e-5, "τ {temperature}, ε {epsilon}: off by {error}");
    }
}

#[test]
fn two_views_without_labels_or_epsilon_make_nt_xent() {
    let _generator = Seed::new(5).torch();
    let z = Tensor::randn([8, 2, 6], (Kind::Float, Device::Cpu));
    let expected = contrast::nt_xent(&z.select(1, 0), &z.select(1, 1), 0.2).unwrap();
    let found = supcon(&z.reshape([16, 6]), &unlabelled(8, 2), 0.2, 0.0).unwrap();
    assert!((found.double_value(&[]) / expected.double_value(&[]) - 1.0).abs() < 1e-6);
}

/// The loss as it is written, in float64.
fn as_written(z: &Tensor, targets: &Tensor, temperature: f64, epsilon: f64) -> Tensor {
    let unit = z / z.square().sum_dim_intlist(1, true, Kind::Double).sqrt();
    let others = 1.0 - Tensor::eye(z.size()[0], (Kind::Double, Device::Cpu));
    let powers = (unit.matmul(&unit.tr()) / temperature).exp();
    let sums = (&powers * &others).sum_dim_intlist(1, true, Kind::Double);
    let weights = targets.to_kind(Kind::Double) * others;
    let penalties = -(powers / sums + epsilon).log() * &weights;
    let positives = weights.sum_dim_intlist(1, false, Kind::Double).clamp_min(1.0);
    (penalties.sum_dim_intlist(1, false, Kind::Double) / positives).mean(Kind::Double)
}

#[test]
fn the_gradient_is_that_of_the_loss_as_it_is_written() {
    let _generator = Seed::new(6).torch();
    let z = Tensor::randn([12, 4], (Kind::Double, Device::Cpu)).set_requires_grad(true);
    let labels = Tensor::from_slice2(&[[1, 1, 0], [0, 1, 1], [0, 0, 0], [1, 1, 1]]);
    for (criterion, epsilon) in
        [(Criterion::Shared(2), 0.0), (Criterion::Shared(1), 1e-6), (WEIGHTED, 1e-3)]
    {
        let targets = targets(&labels, 3, criterion).unwrap();
        let gradient = |loss: Tensor| Tensor::run_backward(&[loss], &[&z], false, false).remove(0);
        let expected = gradient(as_written(&z, &targets, 0.1, epsilon));
        let found = gradient(supcon(&z, &targets, 0.1, epsilon).unwrap());
        let error = (found - &expected).abs().max() / expected.abs().max();
        assert!(error.double_value(&[]) < 1e-5, "{criterion:?}");
    }
}

#[test]
fn a_view_without_positives_costs_nothing() {
    let z = Tensor::eye(3, (Kind::Float, Device::Cpu));
    let loss = supcon(&z, &unlabelled(3, 1), 0.1, 1e-6).unwrap();
    assert_eq!(loss.double_value(&[]), 0.0);
}

fn small(changes: &[&str]) -> Value {
    let text = Registry::builtin().find("semisupcon").unwrap().config("small").unwrap();
    let mut method = settings::parse::<Value>(text, "small").unwrap()["method"].clone();
    changes.iter().for_each(|change| settings::set(&mut method, change).unwrap());
    method
}

fn build(method: Value) -> bench::Result<Built> {
    let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
    let (seed, items, classes, file) = (Seed::new(1), 8, Classes::default(), None);
    let (vars, state) = (vars.root(), state.root());
    let cx = Context { vars, state, items, classes, file, seed };
    Registry::builtin().find("semisupcon")?.build(method, &cx)
}

#[test]
fn labels_change_the_loss_and_none_is_the_same_as_all_zeros() {
    let _generator = Seed::new(2).torch();
    let Built::Method(mut method) = build(small(&["augment.p=0"])).unwrap() else { panic!() };
    let clips = Tensor::randn([4, 2, 19_683], (Kind::Float, Device::Cpu)) * 0.1;
    let items = Tensor::arange(4, (Kind::Int64, Device::Cpu));
    let mut loss = |labels: Option<Tensor>| {
        let batch = Batch { clips: clips.copy(), items: items.copy(), labels };
        let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
        let views = method.views(&batch, &mut Seed::new(3).stream("views", &[])).unwrap();
        assert_eq!(views[0].size(), [8, 19_683]);
        let loss = no_grad(|| method.loss(&views, &batch, progress)).unwrap();
        loss.total.double_value(&[])
    };
    let labels = |rows: &[[i64; 3]]| Some(Tensor::from_slice2(rows).to_kind(Kind::Float));
    let alone = loss(None);
    assert_eq!(alone, loss(labels(&[[0; 3]; 4])));
    assert_ne!(alone, loss(labels(&[[1, 0, 0], [1, 0, 0], [0; 3], [0; 3]])));
}

#[test]
fn wrong_settings_are_refused_by_name() {
    let _generator = Seed::new(1).torch();
    let refused = |change: &str| match build(small(&[change])) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{change} was taken"),
    };
    assert_eq!(refused("views=1"), "method: views 1; 2 to 64 are allowed");
    assert_eq!(refused("temperature=0"), "method: temperature must be a positive number");
    assert_eq!(refused("epsilon=1"), "method: epsilon must lie in [0, 1)");
    assert_eq!(refused("criterion=0"), "criterion: must be at least 1, or `weighted`");
    assert_eq!(
        refused("samples=10000"),
        "encoder: clips must have 19683 to 39365 samples, not 10000"
    );
    assert_eq!(refused("augment.p=2"), "augment.p is 2; a probability lies between 0 and 1");
    assert!(refused("augment.gain.q=2").contains("unknown field `q`"));
    assert!(refused("encoder.network=wavenet").contains("unknown variant `wavenet`"));
}
