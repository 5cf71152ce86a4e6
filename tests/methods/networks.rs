//! Networks and losses against closed forms and published sizes.

use bench::methods::{byol, mae, moco, myna};
use bench::model::{
    Fcn, FcnConfig, Projector, SampleCnn, SampleCnnConfig, Tokeniser, Tune, TuneConfig, Vit,
    VitConfig, contrast,
};
use bench::train::{Network, Seen};
use bench::{Batch, Classes, Progress, Registry, Seed, settings};
use serde_yaml::Value;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

/// Largest difference, relative to the largest expected value.
fn error(ours: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(ours.size(), expected.size());
    (ours - expected).abs().max().double_value(&[]) / expected.abs().max().double_value(&[])
}

#[track_caller]
fn assert_near(what: &str, ours: &Tensor, expected: &Tensor, tolerance: f64) {
    let error = error(ours, expected);
    println!("{what}: relative error {error:.1e}");
    assert!(error < tolerance, "{what}: relative error {error:.1e}");
}

#[test]
fn losses_of_equal_orthonormal_views_have_their_closed_forms() {
    let z = Tensor::eye(6, (Kind::Float, Device::Cpu));
    let negative = (-1.0_f64 / 0.5).exp();
    let nt_xent = contrast::nt_xent(&z, &z, 0.5).unwrap().double_value(&[]);
    assert!((nt_xent - (1.0 + 10.0 * negative).ln()).abs() < 1e-6);
    let infonce = myna::infonce(&z, &z, 0.5).unwrap().double_value(&[]);
    assert!((infonce - (1.0 + 5.0 * negative).ln()).abs() < 1e-6);
    let [queries, queue] = [z.narrow(0, 0, 2), z.narrow(0, 2, 4)];
    let moco = moco::momentum_contrast(&queries, &queries, &queue, 0.5).unwrap();
    assert!((moco.double_value(&[]) - (1.0 + 4.0 * negative).ln()).abs() < 1e-6);
}

#[test]
fn predictions_cost_nothing_where_they_hit_and_two_where_they_are_orthogonal() {
    let z = Tensor::eye(6, (Kind::Float, Device::Cpu));
    let cost = |targets: Tensor| byol::regression(&(&z * 3.0), &targets).double_value(&[]);
    assert!(cost(&z * 0.5).abs() < 1e-6);
    assert!((cost(z.roll([1], [0])) - 2.0).abs() < 1e-6);
    assert!((cost(-&z) - 4.0).abs() < 1e-6);
}

#[test]
fn the_deviation_of_projections_tells_a_collapse() {
    let collapsed = Tensor::ones([50, 64], (Kind::Float, Device::Cpu));
    assert!(byol::deviation(&collapsed).double_value(&[]) < 1e-6);
    let apart = Tensor::eye(64, (Kind::Float, Device::Cpu));
    // Each dimension holds a single 1 among 64 rows: √(1/64 − 1/64²).
    let expected = (1.0_f64 / 64.0 - 1.0 / 4096.0).sqrt();
    assert!((byol::deviation(&apart).double_value(&[]) - expected).abs() < 1e-6);
}

/// τ log g − a·b, both ways: what the global contrastive loss descends on when it forgets the past.
fn log_mean(first: &Tensor, second: &Tensor, temperature: f64) -> Tensor {
    let unit = |z: &Tensor| z / z.square().sum_dim_intlist(1, true, Kind::Double).sqrt();
    let (a, b) = (unit(first), unit(second));
    let others = Tensor::eye(a.size()[0], (Kind::Double, Device::Cpu)).ones_like()
        - Tensor::eye(a.size()[0], (Kind::Double, Device::Cpu));
    let count = 2.0 * (a.size()[0] - 1) as f64;
    let side = |own: &Tensor, other: &Tensor| {
        let powers = |to: &Tensor| {
            ((own.matmul(&to.tr()) / temperature).exp() * &others).sum_dim_intlist(
                1,
                false,
                Kind::Double,
            )
        };
        ((powers(other) + powers(own)) / count).log() * temperature
            - (&a * &b).sum_dim_intlist(1, false, Kind::Double)
    };
    (side(&a, &b) + side(&b, &a)).mean(Kind::Double)
}

#[test]
fn the_global_contrastive_loss_descends_on_the_log_of_the_mean() {
    let _generator = Seed::new(3).torch();
    let draw = || Tensor::randn([7, 5], (Kind::Double, Device::Cpu)).set_requires_grad(true);
    let (first, second) = (draw(), draw());
    let expected =
        Tensor::run_backward(&[log_mean(&first, &second, 0.2)], &[&first, &second], false, false);
    let past = Tensor::ones([7], (Kind::Float, Device::Cpu));
    let (loss, _) =
        myna::global_contrastive(&first, &second, &past, &Tensor::from(1.0_f32), 0.2).unwrap();
    let ours = Tensor::run_backward(&[loss], &[&first, &second], false, false);
    assert_near("gradient of the first view", &ours[0], &expected[0], 1e-5);
    assert_near("gradient of the second view", &ours[1], &expected[1], 1e-5);
}

#[test]
fn running_estimates_of_equal_orthonormal_views_have_their_closed_form() {
    let z = Tensor::eye(4, (Kind::Float, Device::Cpu));
    let past = Tensor::from_slice(&[0.0_f32, 1.0, 2.0, 3.0]);
    let (loss, after) =
        myna::global_contrastive(&z, &z, &past, &Tensor::from(0.9_f32), 0.1).unwrap();
    // Every negative is orthogonal: exp(0) = 1 on average, and similarity 0 in the loss.
    assert_near("u", &after, &Tensor::from_slice(&[0.9_f32, 1.0, 1.1, 1.2]), 1e-6);
    assert!((loss.double_value(&[]) + 2.0).abs() < 1e-6);
}

fn parameters(vars: &VarStore) -> i64 {
    vars.trainable_variables().iter().map(|tensor| tensor.numel() as i64).sum()
}

fn vit_s(frames: i64, patches: &[[i64; 2]]) -> i64 {
    let vars = VarStore::new(Device::Cpu);
    let config = VitConfig { dim: 384, depth: 12, heads: 6, dim_head: 64, mlp_dim: 1536 };
    Vit::new(&vars.root(), &config, [128, frames], patches).unwrap();
    parameters(&vars)
}

#[test]
fn published_networks_have_their_published_sizes() {
    let _generator = Seed::new(1).torch();
    assert_eq!(vit_s(96, &[[16, 16]]), 21_375_872);
    assert_eq!(vit_s(98, &[[128, 2]]), 21_375_872);
    assert_eq!(vit_s(96, &[[16, 16], [128, 2]]), 21_475_840);
    let vars = VarStore::new(Device::Cpu);
    SampleCnn::new(&vars.root(), &SampleCnnConfig::default()).unwrap();
    assert_eq!(parameters(&vars), 2_368_512);
    let vars = VarStore::new(Device::Cpu);
    Projector::new(&vars.root(), 512, &[512, 64], false);
    assert_eq!(parameters(&vars), 294_912);
    let vars = VarStore::new(Device::Cpu);
    let fcn = Fcn::new(&vars.root(), &FcnConfig::default(), [128, 462]).unwrap();
    assert_eq!((parameters(&vars), fcn.dim()), (370_562, 512));
    let vars = VarStore::new(Device::Cpu);
    let tune = Tune::new(&vars.root(), &TuneConfig::default(), 59_535).unwrap();
    assert_eq!((parameters(&vars), tune.dim()), (2_220_390, 512));
}

/// The optimised values of a method of the registry that sees so many classes.
fn of_method(name: &str, config: &str, classes: usize) -> i64 {
    of_changed(name, config, &[], classes)
}

/// The same with its settings changed as `changes` say.
fn of_changed(name: &str, config: &str, changes: &[&str], classes: usize) -> i64 {
    let registry = Registry::builtin();
    let entry = registry.find(name).unwrap();
    let mut config: Value = settings::parse(entry.config(config).unwrap(), name).unwrap();
    changes.iter().for_each(|change| settings::set(&mut config, change).unwrap());
    let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let seen = Seen { items: 1, file: None, classes: Classes { names: &names, exclusive: false } };
    let config = &config["method"];
    let network = Network::new(entry, config, seen, Seed::new(0), Device::Cpu).unwrap();
    network.parameters() as i64
}

#[test]
fn supervised_networks_have_their_published_sizes() {
    assert_eq!(of_method("samplecnn", "paper", 50), 2_394_162);
    assert_eq!(of_method("fcn4", "paper", 50), 370_562 + 512 * 50 + 50);
    assert_eq!(of_method("musicnn", "paper", 50), 787_159);
    assert_eq!(of_method("cnn1d", "mel", 50), 66_784);
}

#[test]
fn the_larger_musicnn_has_its_published_size() {
    let larger = ["method.encoder.layers.mid=512", "method.encoder.layers.dense=500"];
    assert_eq!(of_changed("musicnn", "paper", &larger, 50), 7_980_235);
}

#[test]
fn the_head_of_semisupcon_has_its_published_size_on_both_encoders() {
    let head = 327_680;
    assert_eq!(of_method("semisupcon", "paper", 0), 2_368_512 + head);
    assert_eq!(of_method("semisupcon_tune", "paper", 0), 2_220_390 + head);
}

#[test]
fn published_settings_make_encoders_and_heads_of_their_published_sizes() {
    let registry = Registry::builtin();
    for (name, heads) in [
        ("simclr", 393_216),
        ("moco_v1", 512 * 256 + 256),
        ("moco_v2", 512 * 512 + 512 + 512 * 256 + 256),
        ("byol", 512 * 4096 + 256 * 4096 + 2 * (3 * 4096 + 4096 * 256)),
    ] {
        let entry = registry.find(name).unwrap();
        let config: serde_yaml::Value =
            bench::settings::parse(entry.config("paper").unwrap(), name).unwrap();
        let config = entry.resolve(config["method"].clone()).unwrap();
        let network =
            Network::new(entry, &config, Seen::default(), Seed::new(0), Device::Cpu).unwrap();
        assert_eq!(network.parameters(), 370_562 + heads, "{name}");
    }
}

#[test]
fn sample_cnn_leaves_one_step_of_its_samples_and_of_almost_twice_as_many() {
    let _generator = Seed::new(1).torch();
    assert_eq!(SampleCnnConfig::default().samples(), 59_049);
    let vars = VarStore::new(Device::Cpu);
    // The strides of the 16 kHz network in the first version of CLMR's code, with few channels.
    let config =
        SampleCnnConfig { channels: vec![4; 11], strides: vec![3, 3, 3, 3, 3, 3, 3, 5, 2, 2] };
    let network = SampleCnn::new(&vars.root(), &config).unwrap();
    for samples in [network.samples(), 2 * network.samples() - 1] {
        let clips = Tensor::zeros([2, samples], (Kind::Float, Device::Cpu));
        assert_eq!(network.forward(&clips, false).size(), [2, 4], "of {samples} samples");
    }
}

/// `mae` with a config, changed as `changes` say.
fn masked_autoencoder(config: &str, changes: &[&str]) -> bench::Result<Network> {
    let registry = Registry::builtin();
    let entry = registry.find("mae")?;
    let mut config: Value = settings::parse(entry.config(config)?, config)?;
    for change in changes {
        settings::set(&mut config, change)?;
    }
    Network::new(entry, &config["method"], Seen::default(), Seed::new(0), Device::Cpu)
}

#[test]
fn masked_autoencoders_have_their_published_sizes() {
    let size = |config, changes: &[&str]| masked_autoencoder(config, changes).unwrap().parameters();
    for (depth, expected) in [(4, 28.57), (5, 30.34), (8, 35.66)] {
        let millions = size("paper", &[&format!("method.decoder.depth={depth}")]) as f64 / 1e6;
        assert!((millions - expected).abs() < 0.005, "{millions} million with depth {depth}");
    }
    assert_eq!(size("paper", &[]), 32_113_920);
    // Projection and mask token; 8 blocks; two norms; pixels.
    let decoder = 384 * 512 + 512 + 512 + 8 * 3_150_336 + 2 * 1024 + 512 * 256 + 256;
    assert_eq!(size("reference", &[]), 21_375_872 + decoder);
}

#[test]
fn a_mask_that_hides_nothing_or_everything_is_refused() {
    for mask in ["0", "0.02", "1", "-1", ".nan"] {
        let built = masked_autoencoder("small", &[&format!("method.mask={mask}")]);
        let error = built.err().unwrap().to_string();
        assert_eq!(error, "method: mask must hide 1 to all but 1 of 48 patches", "{mask}");
    }
}

#[test]
fn the_target_is_cut_mel_by_mel_from_the_lowest_patch_on() {
    let _generator = Seed::new(1).torch();
    let (mels, frames) = (4, 6);
    let vars = VarStore::new(Device::Cpu);
    let tokeniser = Tokeniser::new(&vars.root(), [mels, frames], [2, 3], 8).unwrap();
    let power = |mel: i64, frame: i64| (10 * mel + frame) as f64;
    let clip: Vec<f64> = (0..mels * frames).map(|i| power(i % mels, i / mels)).collect();
    let clip = Tensor::from_slice(&clip).view([1, frames, mels]);
    let target = mae::target(&tokeniser.patches(&clip, None), false);
    for (token, [mel, frame]) in [[0, 0], [0, 3], [2, 0], [2, 3]].into_iter().enumerate() {
        let pixels = (0..6).map(|pixel| power(mel + pixel / 3, frame + pixel % 3).ln_1p());
        let expected: Vec<f64> = pixels.collect();
        let ours = Vec::<f64>::try_from(target.get(0).get(token as i64)).unwrap();
        assert!(
            ours.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12),
            "{token}: {ours:?}"
        );
    }
}

#[test]
fn the_gradient_of_a_masked_autoencoder_is_that_of_finite_differences() {
    let tiny = [
        "method.patch=[4, 4]",
        "method.frames=12",
        "method.mel={sample_rate: 8000, n_fft: 256, hop: 128, n_mels: 8, fmax: 4000}",
        "method.encoder={dim: 12, depth: 2, heads: 2, dim_head: 4, mlp_dim: 8}",
        "method.decoder={dim: 8, depth: 1, heads: 1, dim_head: 4, mlp_dim: 8}",
    ];
    let mut network = masked_autoencoder("reference", &tiny).unwrap();
    network.vars.double();
    let variables = network.vars.variables();
    let method = network.method().unwrap();
    let _generator = Seed::new(5).torch();
    let clips = Tensor::rand([4, 1, 12, 8], (Kind::Double, Device::Cpu)) * 3.0;
    let items = Tensor::arange(4, (Kind::Int64, Device::Cpu));
    let batch = Batch { clips, items, labels: None };
    let views = method.views(&batch, &mut Seed::new(1).stream("views", &[])).unwrap();
    let mut loss = || {
        let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
        method.loss(&views, &batch, progress).unwrap().total
    };
    loss().backward();
    for (name, variable) in variables {
        // Along its own gradient g, a parameter moves the loss by |g| for every unit.
        let gradient = variable.grad().copy();
        let slope = gradient.norm().double_value(&[]);
        let mut moved = |by: f64| {
            let _ = tch::no_grad(|| variable.shallow_clone().g_add_(&(&gradient * (by / slope))));
            loss().double_value(&[])
        };
        let ahead = moved(1e-5);
        let difference = (ahead - moved(-2e-5)) / 2e-5;
        moved(1e-5);
        assert!((difference / slope - 1.0).abs() < 1e-4, "{name}: {difference} for {slope}");
    }
}

#[test]
fn sample_cnn_takes_clips_of_which_one_step_is_left() {
    let config = SampleCnnConfig::default();
    assert!([59_049, 59_535, 118_097].iter().all(|samples| config.takes(*samples).is_ok()));
    assert_eq!(
        config.takes(118_098).unwrap_err().to_string(),
        "encoder: clips must have 59049 to 118097 samples, not 118098"
    );
}

fn small_tune(stride: i64, tail: i64, samples: i64) -> bench::Result<Tune> {
    let config = TuneConfig { channels: 2, stride, tail, dim: 5 };
    Tune::new(&VarStore::new(Device::Cpu).root(), &config, samples)
}

#[test]
fn tune_takes_clips_whose_length_its_poolings_divide() {
    let _generator = Seed::new(1).torch();
    for (stride, tail, samples) in [(1, 9, 19_683), (1, 9, 59_535), (3, 8, 19_683), (2, 5, 648)] {
        let network = small_tune(stride, tail, samples).unwrap();
        let clips = Tensor::zeros([2, samples], (Kind::Float, Device::Cpu));
        assert_eq!(network.forward(&clips, false).size(), [2, 5], "of {samples} samples");
    }
    let refused =
        |stride, tail, samples| small_tune(stride, tail, samples).err().unwrap().to_string();
    assert_eq!(
        refused(1, 9, 59_536),
        "encoder: the number of samples must be divisible by 81; 59536 is not"
    );
    assert_eq!(
        refused(2, 9, 59_049),
        "encoder: the number of samples must be divisible by 162; 59049 is not"
    );
    assert_eq!(refused(1, 9, 81), "encoder: clips must have at least 19683 samples, not 81");
    assert_eq!(refused(0, 9, 59_049), "encoder: stride 0; 1 to 16384 are allowed");
    assert_eq!(refused(1, 4, 59_049), "encoder: tail 4; 5 to 20 are allowed");
}
