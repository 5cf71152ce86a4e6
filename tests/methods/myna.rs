//! Myna: what its running estimates remember, what the hybrid descends on, and how many tokens it
//! is given.

use bench::audio::{DeviceMel, MelSpec};
use bench::model::Tokeniser;
use bench::train::{Network, Seen};
use bench::{Batch, Loss, Progress, Registry, Seed, settings, tensors};
use serde_yaml::Value;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor, no_grad};

const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

const SMALL: &str = "
frames: 16
encoder: {dim: 8, depth: 1, heads: 1, dim_head: 8, mlp_dim: 16}
projector: [8]
mask: 0.5
loss: {name: sogclr, temperature: 0.5, gamma: 0.75}
log: true
mel: {sample_rate: 8000, n_fft: 256, hop: 128, n_mels: 16, fmax: 4000}
";

/// A small Myna that remembers four items.
struct Small(Network);

impl Small {
    fn new(patches: &str) -> Small {
        let registry = Registry::builtin();
        let text = format!("{SMALL}patches: {patches}\n");
        let config: Value = settings::parse(&text, "small").unwrap();
        let seen = Seen { items: 4, ..Seen::default() };
        let entry = registry.find("myna_hybrid").unwrap();
        Small(Network::new(entry, &config, seen, Seed::new(0), Device::Cpu).unwrap())
    }

    /// Makes all projections one vector, whose similarity to itself is 1, or 0 if it is 0.
    fn project_to(&self, value: f64) {
        let vars = tensors::of(&self.0.vars);
        no_grad(|| {
            drop(vars["linear_head.0.weight"].shallow_clone().zero_());
            drop(vars["linear_head.0.bias"].shallow_clone().fill_(value));
        });
    }

    fn estimates(&self) -> Tensor {
        tensors::of(&self.0.state)["estimates"].shallow_clone()
    }

    fn loss(&mut self, items: [i64; 2], epoch: u64) -> Loss {
        let _generator = Seed::new(2).torch();
        let clips = Tensor::rand([2, 2, 16, 16], FLOAT);
        let batch = Batch { clips, items: Tensor::from_slice(&items), labels: None };
        let method = self.0.method().unwrap();
        let views = method.views(&batch, &mut Seed::new(3).stream("views", &[])).unwrap();
        let progress = Progress { step: epoch, steps: 9, epoch, epochs: 9 };
        method.loss(&views, &batch, progress).unwrap()
    }
}

/// The power of a similarity of 1, exp(1/τ); that of a similarity of 0 is 1.
fn alike() -> f64 {
    2.0_f64.exp()
}

#[track_caller]
fn assert_near(found: &Tensor, expected: &[f64]) {
    let found = Vec::<f64>::try_from(found).unwrap();
    let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(near && found.len() == expected.len(), "{found:?}, expected {expected:?}");
}

#[test]
fn what_is_first_heard_in_the_first_epoch_is_remembered_whole_and_later_by_its_weight() {
    let mut myna = Small::new("[[4, 4]]");
    myna.project_to(1.0);
    myna.loss([0, 2], 0);
    assert_near(&myna.estimates(), &[alike(), 0.0, alike(), 0.0]);
    myna.loss([1, 3], 1);
    let late = 0.75 * alike();
    assert_near(&myna.estimates(), &[alike(), late, alike(), late]);
}

#[test]
fn what_was_heard_before_fades_in_the_first_epoch_too() {
    let mut myna = Small::new("[[4, 4]]");
    myna.project_to(1.0);
    myna.loss([0, 2], 0);
    myna.project_to(0.0);
    myna.loss([0, 2], 0);
    let faded = 0.25 * alike() + 0.75;
    assert_near(&myna.estimates(), &[faded, 0.0, faded, 0.0]);
}

const BOTH: &str = "[[4, 4], [16, 2]]";

#[test]
fn both_kinds_of_patches_write_to_the_same_estimates() {
    let mut myna = Small::new(BOTH);
    no_grad(|| drop(myna.estimates().fill_(17.0)));
    myna.project_to(0.0);
    myna.loss([1, 3], 1);
    // What is left of the distance to 1, twice a quarter of it: 1 + 16/16.
    assert_near(&myna.estimates(), &[17.0, 2.0, 17.0, 2.0]);
}

#[test]
fn the_second_kind_of_patches_reads_what_the_first_wrote_and_the_loss_is_their_mean() {
    let mut myna = Small::new(BOTH);
    no_grad(|| drop(myna.estimates().fill_(17.0)));
    myna.project_to(1.0);
    let loss = myna.loss([1, 3], 1);
    let first = 0.25 * 17.0 + 0.75 * alike();
    let second = 0.25 * first + 0.75 * alike();
    // Every negative weighs its power over u, both ways, and every positive is 1, both ways.
    let [square, vertical] = [first, second].map(|u| 2.0 * alike() / u - 2.0);
    let names: Vec<&str> = loss.terms.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["square", "vertical"]);
    let terms: Vec<&Tensor> = loss.terms.iter().map(|(_, term)| term).collect();
    assert_near(&Tensor::stack(&terms, 0), &[square, vertical]);
    assert_near(&loss.total.view([1]), &[(square + vertical) / 2.0]);
}

/// Frames of the default spectrogram of so many samples.
fn frames(samples: i64) -> i64 {
    let mel = DeviceMel::new(&MelSpec::default()).unwrap();
    mel.power(&Tensor::zeros([1, samples], FLOAT)).unwrap().size()[1]
}

/// Tokens that are made of 128 mels.
fn tokens(frames: i64, patch: [i64; 2]) -> i64 {
    let vars = VarStore::new(Device::Cpu);
    let _generator = Seed::new(0).torch();
    Tokeniser::new(&vars.root(), [128, frames], patch, 8).unwrap().tokens()
}

#[test]
fn clips_have_the_published_numbers_of_frames_and_tokens() {
    let (square, vertical) = ([16, 16], [128, 2]);
    assert_eq!((frames(50_000), tokens(98, vertical)), (98, 49));
    assert_eq!((tokens(96, square), tokens(96, vertical)), (48, 48));
    // KeyMyna's windows are twice as long.
    assert_eq!((frames(100_000), tokens(196, vertical)), (196, 98));
}

#[test]
fn published_settings_make_the_published_numbers_of_tokens() {
    let registry = Registry::builtin();
    for (name, expected) in
        [("myna_square", vec![48]), ("myna_vertical", vec![49]), ("myna_hybrid", vec![48, 48])]
    {
        let text = registry.find(name).unwrap().config("paper").unwrap();
        let config: Value = settings::parse(text, name).unwrap();
        let frames = config["method"]["frames"].as_i64().unwrap();
        let patches = config["method"]["patches"].clone();
        let patches: Vec<[i64; 2]> = settings::from_value(patches, name).unwrap();
        let found: Vec<i64> = patches.into_iter().map(|patch| tokens(frames, patch)).collect();
        assert_eq!(found, expected, "{name}");
    }
}
