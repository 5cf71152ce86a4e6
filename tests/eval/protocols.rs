//! Protocols by name: each preset is what its paper says, and a suite may name one.

use std::fs;

use bench::eval::metric::Labels;
use bench::eval::probe::{Grid, Keep, PRESETS, Point, Pool, Watch, Widths};
use bench::eval::suite::Suite;
use bench::eval::unit::Unit;
use bench::{Result, settings};
use serde_yaml::Value;

use crate::command::{self, fails, folder};

fn read(text: &str) -> Result<Grid> {
    settings::parse(text, "suite.yaml")
}

fn preset(name: &str) -> Grid {
    Grid::preset(name).unwrap()
}

/// The distinct values of a setting in the order in which they are tried.
fn tried<T: PartialEq>(points: &[Point], of: impl Fn(&Point) -> T) -> Vec<T> {
    let mut distinct = Vec::new();
    for value in points.iter().map(of) {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

#[test]
fn every_preset_can_be_asked_of_every_kind_of_labels() {
    for (name, _) in PRESETS {
        for labels in [Labels::Classes, Labels::Tags, Labels::Values] {
            preset(name).check(labels).unwrap();
        }
    }
}

#[test]
fn jukemir_is_a_product_of_216_points() {
    let grid = preset("jukemir");
    let points = grid.points();
    assert_eq!(points.len(), 216);
    assert_eq!(tried(&points, |p| p.standardise), [false, true]);
    assert_eq!(tried(&points, |p| p.hidden.clone()), [0, 512].map(Widths::One));
    assert_eq!(tried(&points, |p| p.batch), [64, 256]);
    assert_eq!(tried(&points, |p| p.lr), [1e-5, 1e-4, 1e-3]);
    assert_eq!(tried(&points, |p| p.dropout), [0.25, 0.5, 0.75]);
    assert_eq!(tried(&points, |p| p.l2), [0.0, 1e-4, 1e-3]);
    // The 257th look is not taken: 256 without improvement end it.
    assert_eq!((grid.evaluate_every, grid.patience, grid.max_steps), (Some(8), 255, None));
    assert_eq!(grid.pool, [Pool::Vote, Pool::Max, Pool::Gmean, Pool::Mean]);
    assert_eq!((grid.unit, grid.watch, grid.keep), (Unit::Item, Watch::Metric, Keep::Best));
}

#[test]
fn of_216_points_of_myna_s_code_72_are_distinct() {
    let points = preset("myna_code").points();
    let linear: Vec<&Point> = points.iter().filter(|p| p.hidden == Widths::One(0)).collect();
    assert_eq!((points.len(), linear.len()), (72, 18));
    assert!(linear.iter().all(|point| point.dropout == 0.0));
    assert!(points.iter().all(|point| point.standardise));
}

#[test]
fn the_line_of_clmr_has_single_probes_with_their_published_settings() {
    let point = |hidden: i64, batch: usize, lr: f64| {
        let hidden = Widths::One(hidden);
        vec![Point { standardise: false, hidden, batch, lr, dropout: 0.0, l2: 1e-6 }]
    };
    for (name, expected, epochs, patience) in [
        ("clmr_linear", point(0, 48, 1e-3), 200, 9),
        ("clmr_mlp", point(512, 48, 1e-3), 200, 9),
        ("pemr", point(0, 64, 3e-3), 300, 9),
        ("semisupcon", point(512, 64, 3e-4), 200, 49),
    ] {
        let grid = preset(name);
        assert_eq!(grid.points(), expected, "{name}");
        assert_eq!((grid.epochs, grid.patience), (Some(epochs), patience), "{name}");
        assert_eq!((grid.unit, grid.watch, grid.keep), (Unit::Clip, Watch::Loss, Keep::Best));
    }
}

#[test]
fn keymyna_has_28_heads() {
    let points = preset("keymyna").points();
    let deep = points.iter().filter(|point| point.hidden.layers().len() == 2).count();
    assert_eq!((points.len(), deep), (28, 12));
    assert_eq!(tried(&points, |p| p.dropout), [0.75, 0.9, 0.95, 0.99]);
    assert_eq!(tried(&points, |p| (p.batch, p.lr, p.l2)), [(64, 3e-4, 1e-4)]);
}

#[test]
fn a_misspelt_preset_or_setting_is_named_with_the_nearest() {
    let said = |text: &str| read(text).unwrap_err().to_string();
    assert!(said("jukemr").contains("unknown protocol \"jukemr\"; did you mean \"jukemir\"?"));
    let error = said("{preset: clmr_linear, kep: last}");
    assert!(error.starts_with("suite.yaml:") && error.contains("did you mean `keep`?"), "{error}");
    assert!(said("{hidden: [0], batch: [8], patience: 3}").contains("missing field `lr`"));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (setting, words) in [
        ("evaluate_every: 8", "epochs"),
        ("epochs: 0", "epochs must be at least 1"),
        ("pool: [vote]", "vote is for classes"),
        ("pool: [embedding, mean]", "stands alone"),
        ("unit: item", "one embedding to draw"),
        ("plateau: {factor: 2, patience: 1}", "plateau.factor"),
        ("watch: metric", "plateau needs watch: loss"),
        ("encoder_mode: train, batch: [32, 64]", "give one batch"),
        ("hidden: [[8, 0]]", "hidden needs"),
        ("fraction: 0", "fraction must lie above 0"),
        ("first: 0", "first must be at least 1"),
    ] {
        let grid = read(&format!("{{preset: pemr, {setting}}}")).unwrap();
        let error = grid.check(Labels::Tags).unwrap_err().to_string();
        assert!(error.contains(words), "{setting}: {error}");
    }
}

#[test]
fn a_result_names_what_was_changed_of_a_preset() {
    let name = |text: &str| read(text).unwrap().name();
    assert_eq!(name("clmr_linear").as_deref(), Some("clmr_linear"));
    let last = name("{preset: clmr_linear, keep: last, lr: [0.1]}");
    assert_eq!(last.as_deref(), Some("clmr_linear lr=[0.1] keep=last"));
    let songs = name("{preset: jukemir, unit: 30 s}");
    assert_eq!(songs.as_deref(), Some("jukemir unit=30s"));
    assert_eq!(name("{preset: pemr, plateau: null}").as_deref(), Some("pemr plateau=default"));
    assert_eq!(name("{hidden: [0], batch: [8], lr: [0.1], patience: 3}"), None);
}

#[test]
fn a_grid_is_written_as_it_is_read() {
    let plain = "standardise:\n- true\nhidden:\n- 0\n- 64\nbatch:\n- 64\nlr:\n- 0.001\ndropout:\n- 0.0\n\
                 l2:\n- 0.0\nevaluate_every: 25\npatience: 12\nmax_steps: 1500\n";
    assert_eq!(settings::to_text(&read(plain).unwrap()).unwrap(), plain);
    for (name, _) in PRESETS {
        let grid = preset(name);
        assert_eq!(read(&settings::to_text(&grid).unwrap()).unwrap(), grid);
    }
}

const SUITE: &str = "
name: protocols
version: 1
title: a test
seeds: 1
baseline: majority
corpora:
  pieces: {etudes: {pieces: 36, seconds: 4, seed: 902}}
pretrain: {corpora: [pieces], exclude_held_out: true}
budget: {steps: 1}
tasks:
  - name: style
    corpus: pieces
    targets: [style]
    kind: class
    split: {train: 0.5, valid: 0.25, test: 0.25, seed: 1}
    metrics: [accuracy]
    probe: {preset: clmr_linear, epochs: 4, keep: last}
  - name: key
    corpus: pieces
    targets: [key]
    kind: key
    split: {train: 0.5, valid: 0.25, test: 0.25, seed: 1}
    metrics: [weighted_key_score]
    probe: {preset: jukemir, unit: 1 s, hidden: [0], batch: [8], lr: [0.001], max_steps: 16, fraction: 0.5}
rows:
  - {method: majority}
  - {method: log_mel, set: {method: {frames: 32}}}
";

#[test]
fn a_suite_probes_by_presets_and_says_so_in_every_result() {
    let folder = folder(&[("s.yaml", SUITE)]);
    let output = command::bench(folder.path(), &["run", "s.yaml", "--quiet"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results = folder.path().join("results/protocols");
    let scores = fs::read_to_string(results.join("scores.csv")).unwrap();
    let of = |method: &str| {
        let lines = scores.lines().filter(|line| line.contains(method));
        lines.map(str::to_string).collect::<Vec<_>>()
    };
    assert!(of(",log_mel,")[0].contains(",clmr_linear epochs=4 keep=last,"), "{scores}");
    assert!(of(",log_mel,")[1].contains(",jukemir hidden=[0] batch=[8]"), "{scores}");
    assert!(of(",majority,")[0].contains(",none,"), "{scores}");
    let run: Value =
        settings::parse(&fs::read_to_string(results.join("run.yaml")).unwrap(), "run.yaml")
            .unwrap();
    let _: Suite = settings::from_value(run["suite"].clone(), "run.yaml").unwrap();
    let probes = run["runs"][1]["probes"].as_sequence().unwrap();
    assert_eq!(probes[0]["choice"]["pool"], Value::from("mean"));
    assert_eq!(probes[0]["choice"]["on"], Value::from("valid"));
    let pools = ["vote", "max", "gmean", "mean"].map(Value::from);
    assert!(pools.contains(&probes[1]["choice"]["pool"]), "{:?}", probes[1]);
    assert_eq!(probes[1]["choice"]["among"], Value::from(18));
    assert!(of(",log_mel,")[1].contains(",0.5,cpu,"), "{scores}");
    let seen = fs::read_to_string(results.join("splits/key.1.csv")).unwrap();
    let of_train = |text: &str| text.lines().filter(|line| line.ends_with(",train")).count();
    let whole = fs::read_to_string(results.join("splits/key.csv")).unwrap();
    assert_eq!(of_train(&seen), of_train(&whole).div_ceil(2));
}

#[test]
fn a_suite_that_names_no_preset_is_refused_before_anything_is_done() {
    let suite = SUITE.replace("preset: clmr_linear", "preset: clmr_liner");
    let folder = folder(&[("s.yaml", suite.as_str())]);
    let output = command::bench(folder.path(), &["check", "s.yaml"]).output().unwrap();
    fails(&output, 2, &["s.yaml:", "did you mean \"clmr_linear\"?"]);
}
