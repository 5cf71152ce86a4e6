//! `bench embed` with our own weights and with public checkpoints.

use std::fs;
use std::path::Path;
use std::process::Output;

use bench::tensors::{self, Named};
use bench::train::{Network, Seen};
use bench::{Registry, Seed, settings};
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor};

use crate::command::{self, fails};

/// A small network's parameters by their bare names, as half precision rounds them.
fn weights() -> Named {
    let registry = Registry::builtin();
    let entry = registry.find("myna_square").unwrap();
    let all: Value = settings::parse(entry.config("small").unwrap(), "small").unwrap();
    let config = entry.resolve(all["method"].clone()).unwrap();
    let network = Network::new(entry, &config, Seen::default(), Seed::new(5), Device::Cpu).unwrap();
    let vars = tensors::under(&network.tensors(), "vars.");
    let rounded = |tensor: &Tensor| tensor.to_kind(Kind::Half).to_kind(Kind::Float);
    vars.iter().map(|(name, tensor)| (name.clone(), rounded(tensor))).collect()
}

/// Writes them in float16, as public checkpoints may be.
fn save_halves(path: &Path, weights: &Named) {
    let halves: Vec<(&String, Vec<usize>, Vec<u8>)> = weights
        .iter()
        .map(|(name, tensor)| {
            let shape = tensor.size().iter().map(|n| *n as usize).collect();
            let mut bytes = vec![0; 2 * tensor.numel()];
            tensor.to_kind(Kind::Half).contiguous().copy_data_u8(&mut bytes, tensor.numel());
            (name, shape, bytes)
        })
        .collect();
    let views = halves.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F16, shape.clone(), bytes).unwrap())
    });
    fs::write(path, serialize(views, None).unwrap()).unwrap();
}

fn embed(folder: &Path, checkpoint: &str) -> Output {
    let line = ["embed", checkpoint, "etudes:3,seconds=4", "--out", "e.safetensors"];
    let method = ["--method", "myna_square", "--config", "small", "--device", "cpu", "--quiet"];
    command::bench(folder, &line).args(method).output().unwrap()
}

#[test]
fn bare_names_in_float16_embed_as_our_own_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, weights) = (folder.path(), weights());
    save_halves(&folder.join("public.safetensors"), &weights);
    let ours = tensors::prefixed("vars.", weights);
    tensors::save(&folder.join("ours.safetensors"), &ours, None).unwrap();
    let embedded = ["public.safetensors", "ours.safetensors"].map(|checkpoint| {
        let output = embed(folder, checkpoint);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        tensors::load(&folder.join("e.safetensors")).unwrap().remove("embeddings").unwrap()
    });
    assert_eq!(embedded[0].size(), [3, 96]);
    assert_eq!(embedded[0], embedded[1]);
}

#[test]
fn every_name_that_does_not_fit_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut weights = weights();
    let first = weights.remove("linear_head.0.weight").unwrap();
    weights.insert("head.weight".into(), first);
    weights.insert("transformer.norm.bias".into(), Tensor::zeros([7], (Kind::Float, Device::Cpu)));
    save_halves(&folder.path().join("public.safetensors"), &weights);
    let words = [
        "linear_head.0.weight is missing",
        "head.weight is not expected",
        "transformer.norm.bias has shape [7], expected [96]",
    ];
    fails(&embed(folder.path(), "public.safetensors"), 1, &words);
}

#[test]
fn weights_that_are_not_finite_are_a_failure_and_no_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let mut weights = weights();
    weights.insert(
        "transformer.norm.bias".into(),
        Tensor::full([96], f64::NAN, (Kind::Float, Device::Cpu)),
    );
    save_halves(&folder.path().join("public.safetensors"), &weights);
    fails(&embed(folder.path(), "public.safetensors"), 1, &["is not finite"]);
}
