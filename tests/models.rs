//! Networks and losses against closed forms and published sizes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use bench::methods::myna;
use bench::model::{
    Fcn, FcnConfig, Projector, SampleCnn, SampleCnnConfig, Tune, TuneConfig, Vit, VitConfig,
    contrast,
};

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
    tch::manual_seed(3);
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

#[test]
fn sample_cnn_leaves_one_step_of_its_samples_and_of_almost_twice_as_many() {
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
    assert_eq!(
        refused(0, 9, 59_049),
        "encoder: channels, stride and dim must be at least 1, and tail 5 to 20"
    );
}
