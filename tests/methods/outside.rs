//! Models that come from outside: published weights, TorchScript modules, embeddings by id.

use std::path::PathBuf;

use bench::tensors::{self, Named};
use bench::train::{Network, Seen};
use bench::{Registry, Result, Seed, settings};
use safetensors::tensor::{SafeTensors, TensorView, serialize};
use serde_yaml::Value;
use tch::{CModule, Device, Kind, Tensor, no_grad};

/// A network of the registry made of a file's bytes.
fn network(method: &str, config: &str, set: &[&str], file: Option<&[u8]>) -> Result<Network> {
    let registry = Registry::builtin();
    let entry = registry.find(method)?;
    let mut value: Value = settings::parse(entry.config(config)?, config)?;
    set.iter().try_for_each(|assignment| settings::set(&mut value, assignment))?;
    let seen = Seen { file, ..Seen::default() };
    Network::new(entry, &value["method"], seen, Seed::new(1), Device::Cpu)
}

fn embed(network: &Network, clips: &Tensor) -> Tensor {
    no_grad(|| network.encoder().forward(clips, false)).unwrap()
}

fn refusal(built: Result<Network>) -> String {
    built.err().unwrap().to_string()
}

/// Tensors as the bytes of a file.
fn file(tensors: &Named) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.safetensors");
    tensors::save(&path, tensors, None).unwrap();
    std::fs::read(path).unwrap()
}

fn zeros(shape: &[i64]) -> Tensor {
    Tensor::zeros(shape, (Kind::Float, Device::Cpu))
}

fn noise(shape: &[i64]) -> Tensor {
    let _generator = Seed::new(2).torch();
    Tensor::randn(shape, (Kind::Float, Device::Cpu))
}

/// The reference values of that name, or `None` (and a line that says so) where they are absent.
fn golden(name: &str) -> Option<(Vec<u8>, Named)> {
    let folder = std::env::var_os("GOLDEN").map_or("../shared/golden".into(), PathBuf::from);
    if !folder.exists() {
        println!("skipped: there are no reference values at {}", folder.display());
        return None;
    }
    let path = folder.join(format!("{name}.safetensors"));
    Some((std::fs::read(&path).unwrap(), tensors::load(&path).unwrap()))
}

/// The weights among reference values as a checkpoint with `prefix` before their names, and a head,
/// all in the type they are stored in.
fn published(golden: &[u8], prefix: &str, head: &str) -> Vec<u8> {
    let all = SafeTensors::deserialize(golden).unwrap();
    let weights = all.iter().filter_map(|(name, view)| Some((name.strip_prefix("state.")?, view)));
    let mut views: Vec<(String, TensorView<'_>)> =
        weights.map(|(name, view)| (format!("{prefix}{name}"), view)).collect();
    views.push((head.to_string(), views[0].1.clone()));
    serialize(views, None).unwrap()
}

#[track_caller]
fn assert_near(what: &str, ours: &Tensor, expected: &Tensor) {
    let error = (ours - expected).abs().max() / expected.abs().max();
    let error = error.double_value(&[]);
    println!("{what}: relative error {error:.1e}");
    assert!(error < 1e-4, "{what}: relative error {error:.1e}");
}

#[test]
fn published_transformers_give_their_published_embeddings() {
    for (name, patches) in [
        ("myna_square", "[[16, 16]]"),
        ("myna_vertical", "[[128, 2]]"),
        ("myna_hybrid", "[[16, 16], [128, 2]]"),
    ] {
        let Some((bytes, golden)) = golden(name) else { return };
        let layers = "{dim: 64, depth: 2, heads: 3, dim_head: 16, mlp_dim: 128}";
        let set = [
            format!("method.network.patches={patches}"),
            format!("method.network.layers={layers}"),
            "method.network.frames=96".to_string(),
        ];
        let set = set.each_ref().map(String::as_str);
        let checkpoint = published(&bytes, "", "linear_head.weight");
        let network = network("checkpoint", name, &set, Some(&checkpoint)).unwrap();
        let clips = golden["input.mel"].squeeze_dim(1).transpose(1, 2).contiguous();
        let embeddings = embed(&network, &clips);
        assert_near(name, &embeddings, &golden["expect.embedding"]);
        for readout in network.encoder().readouts().iter().filter(|r| r.name != "both") {
            let expected = golden.get(&format!("expect.embedding_{}", readout.name));
            let columns = readout.columns.clone();
            let read = embeddings.narrow(1, columns.start, columns.end - columns.start);
            assert_near(readout.name, &read, expected.unwrap_or(&golden["expect.embedding"]));
        }
    }
}

#[test]
fn published_weights_in_float16_give_their_published_embeddings() {
    let Some((bytes, golden)) = golden("samplecnn") else { return };
    let checkpoint = published(&bytes, "encoder.", "projector.0.weight");
    let network = network("checkpoint", "clmr", &[], Some(&checkpoint)).unwrap();
    let clips = golden["input.waveform"].squeeze_dim(1);
    assert_near("clmr", &embed(&network, &clips), &golden["expect.embedding"]);
}

const SMALL: [&str; 2] =
    ["method.network.rate=16000", "method.network.layers={channels: [4, 4, 6], strides: [4, 4]}"];

/// What may stand before the names of a public checkpoint, of Lightning's, and of this program's.
const PREFIXES: [&str; 4] = ["", "encoder.", "model.encoder.", "vars."];

/// A small network as initialised.
fn small() -> Network {
    network("checkpoint", "clmr", &SMALL, None).unwrap()
}

/// Weights for it that it is not initialised with, with `prefix` before their names.
fn weights(prefix: &str) -> Named {
    let weights = tensors::of(&small().vars).into_iter();
    tensors::prefixed(prefix, weights.map(|(name, tensor)| (name, tensor * 0.5 + 0.25)).collect())
}

#[test]
fn weights_are_the_same_whatever_stands_before_their_names() {
    let expected = weights("");
    for prefix in PREFIXES {
        let mut public = weights(prefix);
        for beside in ["sequential.0.1.num_batches_tracked", "projector.0.weight", "fc.bias"] {
            public.insert(format!("{prefix}{beside}"), zeros(&[1]));
        }
        public.insert("model.projector.0.weight".into(), zeros(&[1]));
        let network = network("checkpoint", "clmr", &SMALL, Some(&file(&public))).unwrap();
        assert!(tensors::of(&network.vars) == expected, "{prefix:?}");
    }
}

#[test]
fn every_weight_that_is_missing_too_many_or_misshapen_is_named() {
    for prefix in PREFIXES {
        let mut weights = weights(prefix);
        assert!(weights.remove(&format!("{prefix}sequential.0.0.weight")).is_some());
        weights.insert(format!("{prefix}sequential.2.1.bias"), zeros(&[7]));
        weights.insert(format!("{prefix}sequential.9.0.bias"), zeros(&[6]));
        weights.insert("model.sequential.0.0.weight".into(), zeros(&[4, 1, 4]));
        let said = refusal(network("checkpoint", "clmr", &SMALL, Some(&file(&weights))));
        for problem in [
            " sequential.0.0.weight is missing",
            " sequential.2.1.bias has shape [7], expected [6]",
            " sequential.9.0.bias is not expected",
            " model.sequential.0.0.weight is not expected",
        ] {
            assert!(said.contains(problem), "{prefix:?}: {said}");
        }
        assert!(!said.contains("sequential.1.0"), "{prefix:?}: {said}");
    }
}

#[test]
fn two_weights_of_one_stripped_name_are_refused() {
    // As Lightning writes them; methods/checkpoint/README.md says how to keep one of them.
    let mut weights = weights("encoder.");
    weights.insert("model.encoder.sequential.0.0.weight".into(), zeros(&[4, 1, 4]));
    let said = refusal(network("checkpoint", "clmr", &SMALL, Some(&file(&weights))));
    assert!(said.contains("two tensors are called sequential.0.0.weight"), "{said}");
}

#[test]
fn what_is_no_safetensors_file_is_no_checkpoint() {
    let said = refusal(network("checkpoint", "clmr", &SMALL, Some(b"PK\x03\x04 a pickle")));
    assert!(said.contains("not a sound safetensors file"), "{said}");
}

/// A module that does what `function` does, traced on two clips, as the bytes of a file.
fn traced(clips: &Tensor, function: impl Fn(&Tensor) -> Tensor) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.pt");
    let mut closure = |inputs: &[Tensor]| vec![function(&inputs[0])];
    let inputs = [clips.shallow_clone()];
    let module = CModule::create_by_tracing("Encoder", "forward", &inputs, &mut closure).unwrap();
    module.save(&path).unwrap();
    std::fs::read(path).unwrap()
}

fn scripted(set: &[&str], module: &[u8]) -> Result<Network> {
    let samples = ["method.samples=20"];
    network("torchscript", "default", &[&samples, set].concat(), Some(module))
}

#[test]
fn a_traced_encoder_is_the_encoder_whatever_the_batch_and_the_layout() {
    let mut network = small();
    network.vars.freeze();
    let samples = network.encoder().input().length() as i64;
    assert_eq!(samples, 20, "of the small network");
    let clips = noise(&[5, samples]);
    let plain = traced(&clips.narrow(0, 0, 2), |clips| embed(&network, clips));
    let channel =
        traced(&clips.narrow(0, 0, 2).unsqueeze(1), |clips| embed(&network, &clips.squeeze_dim(1)));
    for (module, set) in [(plain, "samples"), (channel, "channel_samples")] {
        let script = scripted(&[&format!("method.layout={set}")], &module).unwrap();
        assert_eq!(script.encoder().dim(), 6);
        for batch in [1, 5, 3, 5] {
            let clips = clips.narrow(0, 0, batch);
            assert_eq!(embed(&script, &clips), embed(&network, &clips), "{batch} clips, {set}");
        }
    }
}

#[test]
fn a_module_that_gives_no_embeddings_is_refused() {
    let clips = zeros(&[2, 20]);
    let flat = traced(&clips, |clips| clips.sum_dim_intlist(1, false, Kind::Float));
    let said = refusal(scripted(&[], &flat));
    assert!(said.contains("gives [1] of Float for 1 clips; [1, dim] of floats"), "{said}");
    let whole = traced(&clips, |clips| clips.to_kind(Kind::Int64));
    let said = refusal(scripted(&[], &whole));
    assert!(said.contains("gives [1, 20] of Int64"), "{said}");
    let said = refusal(scripted(&[], b"a state dictionary"));
    assert!(said.contains("not a TorchScript module"), "{said}");
    let said = refusal(scripted(&["method.rate=0"], &flat));
    assert_eq!(said, "clip: rate 0; 1 to 192000 are allowed");
}

fn known(file: &[u8]) -> Result<Network> {
    network("embeddings", "default", &[], Some(file))
}

/// A table as `bench embed` writes it.
fn table(embeddings: &Tensor, ids: &str) -> Vec<u8> {
    file(&Named::from([
        ("embeddings".to_string(), embeddings.shallow_clone()),
        ("ids".to_string(), Tensor::from_slice(ids.as_bytes())),
    ]))
}

#[test]
fn arrays_of_numpy_are_read_stored_and_deflated_by_rows_and_by_columns() {
    for npz in [
        &include_bytes!("../common/fixtures/stored.npz")[..],
        include_bytes!("../common/fixtures/deflated.npz"),
    ] {
        let network = known(npz).unwrap();
        assert_eq!(network.encoder().dim(), 2);
        let found = network.encoder().recall("b", &["tune é", "1", "a"]).unwrap().unwrap();
        let expected = Tensor::from_slice(&[-4.0_f32, 0.125, 0.5, -1.25, 2.0, 3.0]).view([3, 2]);
        assert_eq!(found, expected);
        let error = network.encoder().recall("c", &["a", "1"]).unwrap_err().to_string();
        assert!(error.contains("1 of 2 items of c") && error.contains("such as 1"), "{error}");
    }
}

#[test]
fn an_id_of_its_corpus_goes_before_a_bare_one() {
    let ids = r#"["a", "mine/a"]"#;
    let embeddings = Tensor::from_slice(&[1.0_f32, 2.0]).view([2, 1]);
    let network = known(&table(&embeddings, ids)).unwrap();
    let of = |corpus| network.encoder().recall(corpus, &["a"]).unwrap().unwrap();
    assert_eq!([of("mine"), of("other")].map(|found| found.double_value(&[0, 0])), [2.0, 1.0]);
}

#[test]
fn embeddings_that_are_ambiguous_or_broken_are_refused() {
    let refused = |embeddings: &Tensor, ids: &str, word: &str| {
        let said = refusal(known(&table(embeddings, ids)));
        assert!(said.contains(word), "{word:?} is not in: {said}");
    };
    refused(&zeros(&[2, 3]), r#"["a", "a"]"#, "\"a\" is there twice, in rows 0 and 1");
    refused(&zeros(&[2, 3]), r#"["a"]"#, "[2, 3] and there are 1 ids");
    refused(&zeros(&[2]), r#"["a", "b"]"#, "[2, dim] is needed");
    refused(&zeros(&[2, 3]), "[1, 2]", "JSON list of strings");
    let infinite = Tensor::from_slice(&[0.0_f32, f32::INFINITY]).view([2, 1]);
    refused(&infinite, r#"["a", "b"]"#, "the embedding of \"b\" is not finite");
    let halved = &include_bytes!("../common/fixtures/stored.npz")[..300];
    assert!(refusal(known(halved)).contains("cannot read embeddings.npy"));
    let alone = file(&Named::from([("ids".to_string(), zeros(&[1]))]));
    assert!(refusal(known(&alone)).contains("embeddings is missing"));
}
