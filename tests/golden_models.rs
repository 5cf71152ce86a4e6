//! Networks and losses against values from other implementations (folder `GOLDEN`) and against closed forms.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::PathBuf;

use bench::methods::{clmr, myna};
use bench::model::{Projector, SampleCnn, SampleCnnConfig, Vit, VitConfig};
use bench::tensors::{self, Named};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

/// The file, or `None` (and a line that says so) where the folder is absent.
fn golden(name: &str) -> Option<PathBuf> {
    let folder = std::env::var("GOLDEN").unwrap_or("../shared/golden".into());
    let path = PathBuf::from(folder).join(name);
    if !path.parent().unwrap().exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

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

/// The small transformers of the golden files: the file's tensors, the network with its weights, and its input.
fn vit(name: &str, patches: &[[i64; 2]]) -> Option<(Named, Vit, Tensor)> {
    let file = tensors::load(&golden(name)?).unwrap();
    let vars = VarStore::new(Device::Cpu);
    let config = VitConfig { dim: 64, depth: 2, heads: 3, dim_head: 16, mlp_dim: 128 };
    let vit = Vit::new(&vars.root(), &config, [128, 96], patches).unwrap();
    tensors::restore(&tensors::of(&vars), &tensors::under(&file, "state."), name).unwrap();
    let mel = file["input.mel"].squeeze_dim(1).transpose(1, 2).contiguous();
    Some((file, vit, mel))
}

fn embed(vit: &Vit, path: usize, mel: &Tensor, keep: Option<&Tensor>) -> Tensor {
    let tokeniser = &vit.tokenisers()[path];
    vit.forward(&tokeniser.embed(&tokeniser.patches(mel, keep), keep))
}

#[test]
fn square_patches_match_the_public_encoder() {
    let Some((file, vit, mel)) = vit("myna_square.safetensors", &[[16, 16]]) else { return };
    assert_near("position", &vit.tokenisers()[0].position(), &file["expect.position"], 1e-5);
    assert_near("square", &embed(&vit, 0, &mel, None), &file["expect.embedding"], 1e-4);
    let masked = embed(&vit, 0, &mel, Some(&file["input.keep"]));
    assert_near("masked", &masked, &file["expect.masked_embedding"], 1e-4);
}

#[test]
fn vertical_patches_match_the_public_encoder() {
    let Some((file, vit, mel)) = vit("myna_vertical.safetensors", &[[128, 2]]) else { return };
    assert_near("position", &vit.tokenisers()[0].position(), &file["expect.position"], 1e-5);
    assert_near("vertical", &embed(&vit, 0, &mel, None), &file["expect.embedding"], 1e-4);
    if let (Some(keep), Some(expected)) =
        (file.get("input.keep"), file.get("expect.masked_embedding"))
    {
        assert_near("masked", &embed(&vit, 0, &mel, Some(keep)), expected, 1e-4);
    }
}

#[test]
fn the_hybrid_matches_the_public_encoder_on_both_paths() {
    let patches = [[16, 16], [128, 2]];
    let Some((file, vit, mel)) = vit("myna_hybrid.safetensors", &patches) else { return };
    assert_near(
        "position b",
        &vit.tokenisers()[1].position(),
        &file["expect.position_vertical"],
        1e-5,
    );
    let (square, vertical) = (embed(&vit, 0, &mel, None), embed(&vit, 1, &mel, None));
    assert_near("square", &square, &file["expect.embedding_square"], 1e-4);
    assert_near("vertical", &vertical, &file["expect.embedding_vertical"], 1e-4);
    assert_near("both", &Tensor::cat(&[square, vertical], 1), &file["expect.embedding"], 1e-4);
}

#[test]
fn sample_cnn_matches_the_public_encoder() {
    let Some(path) = golden("samplecnn.safetensors") else { return };
    let file = tensors::load(&path).unwrap();
    let vars = VarStore::new(Device::Cpu);
    let network = SampleCnn::new(&vars.root(), &SampleCnnConfig::default()).unwrap();
    tensors::restore(&tensors::of(&vars), &tensors::under(&file, "state."), "samplecnn").unwrap();
    let embedding = network.forward(&file["input.waveform"].squeeze_dim(1), false);
    assert_near("samplecnn", &embedding, &file["expect.embedding"], 1e-4);
}

#[test]
fn losses_match_other_implementations() {
    let Some(path) = golden("losses.safetensors") else { return };
    let z = tensors::load(&path).unwrap()["input.z"].view([-1, 2, 16]);
    let expected = tensors::metadata(&path).unwrap()["expect"].clone();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let (first, second) = (z.select(1, 0), z.select(1, 1));
    for (name, ours) in [
        ("nt_xent_tau0.5", clmr::nt_xent(&first, &second, 0.5).unwrap()),
        ("nt_xent_tau0.1", clmr::nt_xent(&first, &second, 0.1).unwrap()),
        ("info_nce_symmetric_tau0.1", myna::infonce(&first, &second, 0.1).unwrap()),
    ] {
        assert_near(name, &ours, &Tensor::from(expected[name].as_f64().unwrap() as f32), 1e-5);
    }
}

#[test]
fn losses_of_equal_orthonormal_views_have_their_closed_forms() {
    let z = Tensor::eye(6, (Kind::Float, Device::Cpu));
    let negative = (-1.0_f64 / 0.5).exp();
    let nt_xent = clmr::nt_xent(&z, &z, 0.5).unwrap().double_value(&[]);
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
