//! The driver: the same run whatever interrupts it, and schedules, budgets and clipping as they are
//! defined.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use bench::methods::{byol::Byol, moco::Moco, myna::Myna};
use bench::tensors::{self, Named};
use bench::train::{Budget, Recipe, StepCost, Updates, Usage};
use bench::{Error, Method, Plugin, Result, settings};
use tch::Tensor;
use tempfile::tempdir;

use crate::command;
use crate::trial::{self, Fate};

const UNHARMED: Fate = Fate { stops_at: None, diverges_at: None, explodes_at: None };

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

/// `train.csv` without its speeds.
fn log(folder: &Path) -> Vec<String> {
    let text = String::from_utf8(bytes(folder, "train.csv")).unwrap();
    let untimed = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells.remove(2);
        cells.join(",")
    };
    text.lines().map(untimed).collect()
}

fn train(folder: &Path, steps: u64, threads: usize, fate: Fate) -> Result<Usage> {
    trial::train::<Myna>(trial::MYNA, folder, steps, threads, fate)
}

/// What was drawn, by name.
fn pictures(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder.join("pictures")).into_iter().flatten();
    let name = |file: std::fs::DirEntry| file.file_name().into_string().unwrap();
    files
        .map(|file| name(file.unwrap()))
        .map(|name| (name.clone(), bytes(&folder.join("pictures"), &name)))
        .collect()
}

/// Trains a whole run and one that is interrupted three times, and gives the tensors of the whole.
fn interrupt<M: Plugin + Method + 'static>(settings: &str) -> Named {
    let (whole, broken) = (tempdir().unwrap(), tempdir().unwrap());
    let (whole, broken) = (whole.path(), broken.path());
    let train = |folder, threads, fate| trial::train::<M>(settings, folder, 110, threads, fate);
    train(whole, 2, UNHARMED).unwrap();
    for step in [3, 40, 100] {
        let fate = Fate { stops_at: Some(step), ..UNHARMED };
        let error = train(broken, 1, fate).unwrap_err().to_string();
        assert!(error.contains("stopped"), "{error}");
        assert_eq!(broken.join("checkpoint.safetensors").exists(), step > 32);
        assert!(!broken.join("weights.safetensors").exists());
    }
    let cost = train(broken, 3, UNHARMED).unwrap();
    assert_eq!((cost.steps, cost.clips), (110, 110 * 16));
    assert_eq!(log(whole).len(), 111);
    assert_eq!(log(whole), log(broken));
    assert!(!broken.join("checkpoint.safetensors").exists());
    let kept: Usage =
        settings::parse(&String::from_utf8(bytes(broken, "cost.yaml")).unwrap(), "cost").unwrap();
    assert_eq!(kept, cost);
    assert!(pictures(whole) == pictures(broken));
    // Settings are in the file too, and those of the last attempt are those of the whole run.
    assert!(bytes(whole, "weights.safetensors") == bytes(broken, "weights.safetensors"));
    tensors::load(&whole.join("weights.safetensors")).unwrap()
}

#[test]
fn an_interrupted_run_ends_as_an_uninterrupted_one() {
    interrupt::<Myna>(trial::MYNA);
}

#[test]
fn a_queue_and_a_momentum_encoder_survive_an_interruption() {
    let tensors = interrupt::<Moco>(trial::MOCO);
    // 110 batches of 8 went through 21 places.
    assert_eq!(tensors["state.queue.next"].int64_value(&[]), 110 * 8 % 21);
    assert!(
        !tensors["state.momentum.projector.0.weight"].equal(&tensors["vars.projector.0.weight"])
    );
    let tensors = interrupt::<Byol>(trial::BYOL);
    assert!(
        !tensors["state.momentum.projector.0.weight"].equal(&tensors["vars.projector.0.weight"])
    );
}

#[test]
fn the_number_of_loader_threads_changes_no_byte() {
    let (one, four) = (tempdir().unwrap(), tempdir().unwrap());
    train(one.path(), 40, 1, UNHARMED).unwrap();
    train(four.path(), 40, 4, UNHARMED).unwrap();
    assert_eq!(log(one.path()), log(four.path()));
    assert!(bytes(one.path(), "weights.safetensors") == bytes(four.path(), "weights.safetensors"));
}

#[test]
fn the_speeds_of_the_steps_account_for_all_the_time() {
    let folder = tempdir().unwrap();
    let cost = train(folder.path(), 70, 1, UNHARMED).unwrap();
    let text = String::from_utf8(bytes(folder.path(), "train.csv")).unwrap();
    let speeds = text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap());
    let seconds: f64 = speeds.map(|speed| 8.0 / speed.parse::<f64>().unwrap()).sum();
    assert!((seconds / cost.seconds - 1.0).abs() < 0.1, "{seconds} of {} seconds", cost.seconds);
}

#[test]
fn a_parameter_without_a_gradient_is_left_alone() {
    let (short, long) = (tempdir().unwrap(), tempdir().unwrap());
    let early = |folder: &Path, fate| {
        let _ = train(folder, 110, 1, fate);
        let checkpoint = tensors::load(&folder.join("checkpoint.safetensors")).unwrap();
        checkpoint["vars.early"].double_value(&[])
    };
    let after = |step| Fate { stops_at: Some(step), ..UNHARMED };
    assert_eq!(early(short.path(), after(40)), early(long.path(), after(100)));
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run_with_its_step() {
    for (fate, expected) in [
        (Fate { diverges_at: Some(37), ..UNHARMED }, 37),
        (Fate { diverges_at: Some(49), ..UNHARMED }, 49),
        (Fate { explodes_at: Some(20), ..UNHARMED }, 21),
        (Fate { explodes_at: Some(49), ..UNHARMED }, 49),
    ] {
        let folder = tempdir().unwrap();
        match train(folder.path(), 50, 1, fate) {
            Err(Error::Diverged { step, .. }) => assert_eq!(step, expected, "{fate:?}"),
            other => panic!("{fate:?}: {other:?}"),
        }
        assert!(!folder.path().join("weights.safetensors").exists());
    }
}

fn recipe(text: &str) -> Recipe {
    let recipe: Recipe = bench::settings::parse(text, "recipe").unwrap();
    recipe.check().unwrap();
    recipe
}

#[test]
fn the_learning_rate_rises_in_a_line_and_falls_as_half_a_cosine() {
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a}, expected {b}");
    let cosine = recipe("{batch: 1, lr: 0.4, schedule: cosine, warmup: 0.1}");
    for step in 0..10 {
        near(cosine.lr_at(step, 100), 0.04 * (step + 1) as f64);
    }
    for step in 10..100 {
        near(cosine.lr_at(step, 100), 0.2 * (1.0 + (PI * (step - 10) as f64 / 90.0).cos()));
    }
    near(cosine.lr_at(55, 100), 0.2);
    let constant = recipe("{batch: 1, lr: 0.4, warmup: 0.5}");
    assert_eq!([0, 1, 2, 3].map(|step| constant.lr_at(step, 4)), [0.2, 0.4, 0.4, 0.4]);
    assert_eq!(recipe("{batch: 1, lr: 0.4, warmup: 1}").lr_at(3, 4), 0.4);
}

#[test]
fn a_budget_of_each_kind_pays_for_its_steps() {
    let cost = StepCost { clips: 64, flops: 3_000_000, per_epoch: 7, memory: 0 };
    let steps = |text: &str| {
        let budget: Budget = bench::settings::parse(text, "budget").unwrap();
        budget.check().unwrap();
        budget.steps(cost)
    };
    assert_eq!(steps("{steps: 12}"), Some(12));
    assert_eq!(steps("{epochs: 3}"), Some(21));
    assert_eq!(steps("{epochs: 0.5}"), Some(4));
    assert_eq!(steps("{clips: 6400}"), Some(100));
    assert_eq!(steps("{clips: 6399}"), Some(99));
    assert_eq!(steps("{flops: 1.0e+9}"), Some(333));
    assert_eq!(steps("{flops: 1}"), Some(1));
    assert_eq!(steps("{seconds: 9}"), None);
    for wrong in ["{}", "{steps: 1, clips: 1}", "{steps: 0}", "{flops: -1}", "{seconds: .nan}"] {
        let budget: Budget = bench::settings::parse(wrong, "budget").unwrap();
        assert!(budget.check().is_err(), "{wrong}");
    }
}

/// Where three steps on the loss w²/2 lead from w = 1.
fn after_three_steps(text: &str) -> f64 {
    let recipe = recipe(text);
    let w = Tensor::from(1.0_f32).set_requires_grad(true);
    let mut updates = Updates::new(&Named::from([("w".into(), w.shallow_clone())]), &recipe);
    for _ in 0..3 {
        updates.forget_gradients().unwrap();
        (w.square() / 2.0).backward();
        updates.step(recipe.lr).unwrap();
    }
    w.double_value(&[])
}

#[test]
fn every_optimiser_steps_as_that_of_torch() {
    // Found with torch.optim 2.11.
    for (recipe, expected) in [
        ("{batch: 1, lr: 0.1, optimiser: sgd, momentum: 0.9, weight_decay: 0.5}", 0.0824309),
        ("{batch: 1, lr: 0.1, optimiser: sgd}", 0.729),
        ("{batch: 1, lr: 0.1, optimiser: adamw, weight_decay: 0.5}", 0.5749739),
        ("{batch: 1, lr: 0.1, weight_decay: 0.5}", 0.7015862),
    ] {
        let found = after_three_steps(recipe);
        assert!((found - expected).abs() < 1e-6, "{recipe}: {found}, expected {expected}");
    }
}

#[test]
fn clipping_limits_the_norm_of_the_whole_gradient() {
    // Adam's first mean is a tenth of the gradient it got; here 3, 4 and 12 make a norm of 13.
    let means = |limit: &str| -> Vec<f64> {
        let (a, b) = (trial::parameter(&[3.0, 4.0]), trial::parameter(&[12.0]));
        let recipe = recipe(&format!("{{batch: 1, lr: 0.1, clip_norm: {limit}}}"));
        let mut updates = Updates::new(&Named::from([("a".into(), a), ("b".into(), b)]), &recipe);
        updates.step(0.1).unwrap();
        let state = updates.state();
        [("a", 0), ("a", 1), ("b", 0)]
            .map(|(name, at)| state[&format!("{name}.exp_avg")].double_value(&[at]))
            .into()
    };
    for (limit, scale) in [("null", 1.0), ("20", 1.0), ("6.5", 0.5), ("0.13", 0.01)] {
        for (found, gradient) in means(limit).iter().zip([3.0, 4.0, 12.0]) {
            let expected = 0.1 * scale * gradient;
            assert!(
                (found - expected).abs() < 1e-6 * expected,
                "{limit}: {found}, expected {expected}"
            );
        }
    }
}

const SUITE: &str = "
name: tiny
version: 1
title: small enough to be killed
seeds: 2
baseline: myna_square
corpora:
  unlabelled: {etudes: {pieces: 32, seconds: 3, seed: 910}}
  labelled: {etudes: {pieces: 48, seconds: 3, seed: 911}}
pretrain: {corpora: [unlabelled]}
budget: {steps: 30}
tasks:
  - name: style
    corpus: labelled
    targets: [style]
    kind: class
    split: {train: 0.5, valid: 0.2, test: 0.3, seed: 1}
    metrics: [accuracy]
    probe: {hidden: [0], batch: [64], lr: [0.003], l2: [0], evaluate_every: 20, patience: 2, max_steps: 60}
rows:
  - {method: majority}
  - method: myna_square
    config: small
    set:
      train: {batch: 8}
      method:
        patches: [[16, 8]]
        frames: 64
        encoder: {dim: 16, depth: 1, heads: 1, dim_head: 16, mlp_dim: 32}
        projector: [16]
        mel: {n_fft: 512, hop: 512, n_mels: 32}
";

fn start(folder: &Path, threads: &str) -> Child {
    std::fs::write(folder.join("tiny.yaml"), SUITE).unwrap();
    let line = ["run", "tiny.yaml", "--out", "results", "--store", "store", "--device", "cpu"];
    let mut command = command::bench(folder, &line);
    command.args(["--threads", threads, "--quiet"]).stdout(Stdio::null()).spawn().unwrap()
}

/// Results and weights by their paths; times are in `costs.csv` alone.
fn outcome(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.join("results"), folder.join("store/train")];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().and_then(|name| name.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("costs.csv" | "train.csv" | "cost.yaml") => {}
                _ => {
                    let name = path.strip_prefix(folder).unwrap().to_path_buf();
                    found.insert(name, std::fs::read(path).unwrap());
                }
            }
        }
    }
    found
}

#[test]
fn a_suite_killed_at_any_moment_ends_as_one_that_was_not() {
    let (whole, killed) = (tempdir().unwrap(), tempdir().unwrap());
    let started = Instant::now();
    assert!(start(whole.path(), "1").wait().unwrap().success());
    let all = started.elapsed();
    for part in [0.15, 0.3, 0.3, 0.4, 0.4] {
        let mut run = start(killed.path(), "4");
        std::thread::sleep(Duration::from_secs_f64(all.as_secs_f64() * part));
        run.kill().unwrap();
        run.wait().unwrap();
    }
    assert!(start(killed.path(), "4").wait().unwrap().success());
    let (whole, killed) = (outcome(whole.path()), outcome(killed.path()));
    assert_eq!(whole.keys().collect::<Vec<_>>(), killed.keys().collect::<Vec<_>>());
    assert!(whole.keys().any(|path| path.ends_with("weights.safetensors")));
    for (path, bytes) in whole {
        assert!(killed[&path] == bytes, "{} differs", path.display());
    }
}
