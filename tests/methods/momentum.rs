//! Momentum encoders and their queue: what follows, what stays, and what is overwritten.

use bench::methods::moco::{Moco, Queue};
use bench::model::{Momentum, NormedHead};
use bench::{Batch, Classes, Context, Method, Plugin, Progress, Registry, Seed, settings, tensors};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

const F32: (Kind, Device) = (Kind::Float, Device::Cpu);

fn head(path: &tch::nn::Path<'_>) -> bench::Result<NormedHead> {
    Ok(NormedHead::new(path, 3, [4, 2]))
}

#[test]
fn a_momentum_encoder_starts_equal_under_the_same_names_and_wants_no_gradient() {
    let _generator = Seed::new(1).torch();
    let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
    head(&vars.root().sub("head")).unwrap();
    Momentum::new(&vars.root().sub("head"), &state.root().sub("copy"), head).unwrap();
    let (original, copy) = (tensors::of(&vars), tensors::of(&state));
    assert_eq!(copy.len(), 7);
    for (name, tensor) in &original {
        assert!(copy[&name.replace("head", "copy")].equal(tensor), "{name}");
    }
    assert!(state.trainable_variables().is_empty());
    assert!(copy.values().all(|tensor| !tensor.requires_grad()));
}

#[test]
fn parameters_follow_as_a_power_of_the_momentum_and_statistics_stay() {
    let _generator = Seed::new(1).torch();
    let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
    head(&vars.root()).unwrap();
    let copy = Momentum::new(&vars.root(), &state.root(), head).unwrap();
    let before = tensors::of(&state).into_iter().map(|(name, tensor)| (name, tensor.copy()));
    let before: tensors::Named = before.collect();
    no_grad(|| {
        tensors::of(&vars).values().for_each(|tensor| drop(tensor.shallow_clone().fill_(7.0)))
    });
    (0..5).for_each(|_| copy.follow(0.9));
    for (name, after) in &tensors::of(&state) {
        let stays = if name.contains("running") { 1.0 } else { 0.9_f64.powi(5) };
        let expected = &before[name] * stays + 7.0 * (1.0 - stays);
        assert!((after - expected).abs().max().double_value(&[]) < 1e-6, "{name}");
    }
}

#[test]
fn a_momentum_encoder_of_another_network_is_refused() {
    let _generator = Seed::new(1).torch();
    let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
    let error = Momentum::new(&vars.root(), &state.root(), head).unwrap_err();
    assert_eq!(error.to_string(), "there is no 0.bias for its copy to follow");
}

#[test]
fn new_keys_take_the_place_of_the_oldest() {
    let _generator = Seed::new(1).torch();
    let state = VarStore::new(Device::Cpu);
    let mut queue = Queue::new(&state.root(), 5, 1).unwrap();
    let lengths = queue.keys().abs();
    assert!((lengths - 1.0).abs().max().double_value(&[]) < 1e-6);
    let mut after = |first: i64, last: i64| {
        queue.push(&Tensor::arange_start(first, last + 1, F32).unsqueeze(1));
        let next = tensors::of(&state)["next"].int64_value(&[]);
        (Vec::<f32>::try_from(queue.keys().squeeze_dim(1)).unwrap(), next)
    };
    after(1, 3);
    assert_eq!(after(4, 6), (vec![6.0, 2.0, 3.0, 4.0, 5.0], 1));
    // More than there is room for: 7 and 8 are overwritten by 12 and 13.
    assert_eq!(after(7, 13), (vec![11.0, 12.0, 13.0, 9.0, 10.0], 3));
}

const MOCO: &str = "
rate: 8000
samples: 2048
mel: {sample_rate: 8000, n_fft: 128, hop: 64, n_mels: 16, fmax: 4000}
encoder: {channels: [4, 4], pools: [[2, 4], [4, 4]]}
projector: [8]
temperature: 1
momentum: 0.9
queue: 10
";

/// The loss of clips that are their own positives, where nothing in the queue is like them.
fn loss_of_equal_views(groups: i64) -> f64 {
    let _generator = Seed::new(5).torch();
    let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
    let config = settings::parse(&format!("{MOCO}groups: {groups}\n"), "moco").unwrap();
    let cx = Context {
        vars: vars.root(),
        state: state.root(),
        items: 6,
        classes: Classes::default(),
        file: None,
        seed: Seed::new(0),
    };
    let mut moco = Moco::new(config, &cx).unwrap();
    let _ = tensors::of(&state)["queue.keys"].shallow_clone().zero_();
    let clips = Tensor::randn([6, 2048], F32) * Tensor::arange(6, F32).unsqueeze(1).exp();
    let order = Tensor::from_slice(&[4_i64, 2, 0, 5, 1, 3]);
    let batch = Batch { clips: clips.unsqueeze(1), items: order.copy(), labels: None };
    let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
    let views = [clips.shallow_clone(), clips, order];
    moco.loss(&views, &batch, progress).unwrap().total.double_value(&[])
}

#[test]
fn shuffled_keys_come_back_to_their_queries() {
    // Similarity 1 to the own key and 0 to the ten of the queue.
    let expected = (1.0 + 10.0 * (-1.0_f64).exp()).ln();
    let whole = loss_of_equal_views(1);
    assert!((whole - expected).abs() < 1e-5, "{whole}, expected {expected}");
    let parts = loss_of_equal_views(3);
    assert!(parts > expected + 1e-4, "{parts}: a key was normalised with its query's neighbours");
}

#[test]
fn settings_that_make_no_method_are_refused_with_their_name() {
    let _generator = Seed::new(1).torch();
    let registry = Registry::builtin();
    for (name, assignment, word) in [
        ("simclr", "temperature=0", "temperature"),
        ("simclr", "projector=[8, 0]", "projector"),
        ("simclr", "encoder.channels=[]", "encoder"),
        ("simclr", "samples=9", "9 samples"),
        ("simclr", "rate=0", "rate"),
        ("simclr", "mel.n_fft=0", "n_fft"),
        ("moco_v1", "temperature=-1", "temperature"),
        ("moco_v1", "momentum=1.5", "momentum"),
        ("moco_v2", "queue=0", "queue"),
        ("moco_v2", "groups=0", "groups"),
        ("byol", "heads=[0, 8]", "heads"),
        ("byol", "momentum=[0.9, -1]", "momentum"),
    ] {
        let entry = registry.find(name).unwrap();
        let mut config = settings::parse(entry.config("small").unwrap(), name).unwrap();
        settings::set(&mut config, &format!("method.{assignment}")).unwrap();
        let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
        let (vars, state) = (vars.root(), state.root());
        let cx = Context {
            vars,
            state,
            items: 1,
            classes: Classes::default(),
            file: None,
            seed: Seed::new(0),
        };
        let refusal = entry.build(config["method"].clone(), &cx).err().unwrap().to_string();
        assert!(refusal.contains(word), "{name} {assignment}: {refusal}");
    }
}
