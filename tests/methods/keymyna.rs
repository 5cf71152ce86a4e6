//! KeyMyna: sound and key are shifted together, heads alone are trained, one is chosen on valid.

use std::fs;

use bench::data::Key;
use bench::methods::keymyna::Rotation;
use bench::train::{Network, Seen};
use bench::{Batch, Classes, Progress, Registry, Seed, settings, tensors};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor, no_grad};

use crate::command::{self, fails, folder, suite_of};

fn keys() -> Vec<String> {
    Key::all().map(|key| key.to_string()).collect()
}

fn one_hot(classes: &[String], name: &str) -> Tensor {
    let marks: Vec<f32> = classes.iter().map(|class| f32::from(u8::from(class == name))).collect();
    assert_eq!(marks.iter().sum::<f32>(), 1.0, "{name}");
    Tensor::from_slice(&marks).unsqueeze(0)
}

#[test]
fn a_key_moves_with_the_sound_whatever_the_order_of_the_classes() {
    let forward = keys();
    let backward: Vec<String> = forward.iter().rev().cloned().collect();
    for classes in [forward, backward] {
        let rotation = Rotation::new(12, 16_000, &classes).unwrap();
        for (key, semitones, expected) in [
            ("C major", 0, "C major"),
            ("C major", 3, "Eb major"),
            ("C major", -1, "B major"),
            ("A minor", 4, "Db minor"),
            ("Ab minor", -6, "D minor"),
            ("F major", 12, "F major"),
            ("G minor", -12, "G minor"),
        ] {
            let moved = rotation.labels(&one_hot(&classes, key), &[semitones]);
            let shift = format!("{key} by {semitones}");
            assert_eq!(moved, one_hot(&classes, expected), "{shift}");
        }
    }
}

#[test]
fn sound_moves_up_with_its_key() {
    let rate = 16_000;
    let time = Tensor::arange(rate, (Kind::Float, Device::Cpu)) / rate as f64;
    let tone = (time * (440.0 * std::f64::consts::TAU)).sin().unsqueeze(0);
    let rotation = Rotation::new(6, rate as u32, &keys()).unwrap();
    // A second of sound has a bin per hertz.
    let pitch = |sound: &Tensor| {
        let window = Tensor::hann_window(rate, (Kind::Float, Device::Cpu));
        (sound * window).fft_rfft(rate, -1, "backward").abs().argmax(-1, false).int64_value(&[0])
    };
    for (semitones, expected) in [(-5, 329.6), (0, 440.0), (3, 523.3)] {
        let found = pitch(&rotation.sound(&tone, &[semitones])) as f64;
        assert!((found - expected).abs() < 2.0, "{semitones} semitones: {found} Hz");
    }
}

#[test]
fn every_shift_within_reach_is_equally_likely() {
    let rotation = Rotation::new(6, 16_000, &keys()).unwrap();
    let drawn = rotation.draw(13_000, &mut Seed::new(1).stream("shifts", &[]));
    let mut counts = [0; 13];
    drawn.iter().for_each(|semitones| counts[(semitones + 6) as usize] += 1);
    // A thousand each; five standard deviations are 152.
    assert!(counts.iter().all(|count| (848..=1152).contains(count)), "{counts:?}");
}

#[test]
fn classes_that_are_not_all_keys_are_refused() {
    let mut classes = keys();
    classes[3] = "waltz".into();
    assert!(Rotation::new(1, 16_000, &classes).is_err());
    assert!(Rotation::new(1, 16_000, &keys()[..23]).is_err());
}

#[test]
fn heads_have_their_published_sizes_and_the_network_below_is_none_of_theirs() {
    let registry = Registry::builtin();
    let entry = registry.find("keymyna").unwrap();
    let names = keys();
    for (head, size) in [
        ("{hidden: [2048], dropout: 0.75}", 837_656),
        ("{hidden: [4096, 4096], dropout: 0.99}", 18_456_600),
    ] {
        let mut config: Value = settings::parse(entry.config("paper").unwrap(), "keymyna").unwrap();
        settings::set(&mut config, &format!("method.heads=[{head}]")).unwrap();
        let classes = Classes { names: &names, exclusive: true };
        let seen = Seen { items: 1, file: None, classes };
        let network =
            Network::new(entry, &config["method"], seen, Seed::new(0), Device::Cpu).unwrap();
        assert_eq!(network.parameters(), size, "{head}");
    }
}

/// Three heads over a small network, on windows that are not shifted.
const HEADS: &str = "
backbone:
  samples: 2048
  patch: [16, 2]
  encoder: {dim: 8, depth: 1, heads: 1, dim_head: 8, mlp_dim: 16}
  log: true
  mel: {sample_rate: 8000, n_fft: 256, hop: 128, n_mels: 16, fmax: 4000}
heads: [{hidden: [4], dropout: 0.5}, {hidden: [6, 6], dropout: 0.9}, {hidden: [2], dropout: 0.1}]
shift: 0
";

/// What windows in the first four keys cost heads without weights, one of which has these outputs.
fn loss_of_heads(outputs: &[f32; 24]) -> f64 {
    let (registry, names) = (Registry::builtin(), keys());
    let config: Value = settings::parse(HEADS, "heads").unwrap();
    let classes = Classes { names: &names, exclusive: true };
    let seen = Seen { items: 4, file: None, classes };
    let entry = registry.find("keymyna").unwrap();
    let mut network = Network::new(entry, &config, seen, Seed::new(0), Device::Cpu).unwrap();
    let heads = tensors::of(&network.vars);
    no_grad(|| {
        heads.values().for_each(|tensor| drop(tensor.shallow_clone().zero_()));
        heads["heads.0.1.bias"].shallow_clone().copy_(&Tensor::from_slice(outputs));
    });
    let clips = Tensor::ones([4, 1, 2048], (Kind::Float, Device::Cpu));
    let labels = Some(Tensor::eye(24, (Kind::Float, Device::Cpu)).narrow(0, 0, 4));
    let batch = Batch { clips, items: Tensor::arange(4, (Kind::Int64, Device::Cpu)), labels };
    let method = network.method().unwrap();
    let _generator = Seed::new(2).torch();
    let views = method.views(&batch, &mut Seed::new(1).stream("views", &[])).unwrap();
    let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
    method.loss(&views, &batch, progress).unwrap().total.double_value(&[])
}

#[test]
fn heads_that_know_nothing_cost_ln_24_each() {
    let loss = loss_of_heads(&[0.0; 24]);
    assert!((loss - 3.0 * 24.0_f64.ln()).abs() < 1e-5, "{loss}");
}

#[test]
fn the_loss_adds_up_over_heads_what_it_averages_over_windows() {
    // One head gives the first key 25 parts of 48, and each of the others one.
    let mut outputs = [0.0; 24];
    outputs[0] = 25.0_f32.ln();
    let head = ((48.0_f64 / 25.0).ln() + 3.0 * 48.0_f64.ln()) / 4.0;
    let (loss, expected) = (loss_of_heads(&outputs), head + 2.0 * 24.0_f64.ln());
    assert!((loss - expected).abs() < 1e-5, "{loss}, expected {expected}");
}

const ROWS: &str = "
  - {method: majority}
  - {method: myna_vertical, config: small, set: {train: {batch: 8}}}
  - {method: keymyna, config: small, from: myna_vertical, set: {train: {batch: 8}}, labels: {corpus: pieces, target: key, kind: key}}
";

#[test]
fn heads_are_trained_over_the_weights_of_another_row_and_one_answer_is_chosen() {
    let folder = folder(&[("s.yaml", &suite_of(ROWS, "majority"))]);
    let output = command::bench(folder.path(), &["run", "s.yaml", "--quiet"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results = folder.path().join("results/tiny");
    let runs: Value =
        serde_yaml::from_str(&fs::read_to_string(results.join("run.yaml")).unwrap()).unwrap();
    let runs = runs["runs"].as_sequence().unwrap();
    let run = runs.iter().find(|run| run["row"] == "keymyna").unwrap();
    let choice = &run["probes"][0]["choice"];
    assert_eq!((&choice["among"], &choice["on"]), (&Value::from(2), &Value::from("valid")));
}

#[test]
fn weights_of_another_network_are_refused_with_what_does_not_fit() {
    let rows = ROWS.replace("method: myna_vertical", "method: myna_hybrid, name: hybrid");
    let rows = rows.replace("from: myna_vertical", "from: hybrid");
    let folder = folder(&[("s.yaml", &suite_of(&rows, "majority"))]);
    let output = command::bench(folder.path(), &["run", "s.yaml", "--quiet"]).output().unwrap();
    fails(&output, 1, &["row keymyna", "to_patch_embedding_b.1.weight is not expected"]);
}
