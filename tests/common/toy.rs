//! A results folder of made-up rows.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::fs;
use std::path::Path;

use bench::eval::metric::{self, Labels, Predictions};
use bench::eval::suite::Question;
use bench::report::{
    Cost, Facts, Record, RowFacts, Stretch, TaskFacts, TestItems, prediction_path,
    write_predictions,
};

pub const ITEMS: usize = 80;

pub fn task() -> TaskFacts {
    TaskFacts {
        name: "key".into(),
        version: 1,
        corpus: "etudes".into(),
        labels: Labels::Classes,
        outputs: ["C major", "G major", "A minor"].map(String::from).into(),
        metrics: ["weighted_key_score", "accuracy"].map(String::from).into(),
        train: 240,
        valid: 60,
        test: ITEMS,
        split: String::new(),
        draws: 1,
        spared: Vec::new(),
        place: None,
        published: Vec::new(),
        warnings: Vec::new(),
    }
}

pub fn row(name: &str, trained: bool) -> RowFacts {
    RowFacts { name: name.into(), trained, note: String::new() }
}

pub fn facts() -> Facts {
    Facts {
        suite: "toy".into(),
        version: 1,
        title: "which way is better?".into(),
        notes: String::new(),
        budget: "40,000 clips".into(),
        baseline: "base".into(),
        rows: vec![
            row("fixed", false),
            row("base", true),
            row("good", true),
            row("short", true),
            row("lost", true),
        ],
        tasks: vec![task()],
        left_out: Vec::new(),
        heard: Vec::new(),
        questions: vec![Question {
            row: "good".into(),
            against: "fixed".into(),
            about: "learning".into(),
        }],
        comparisons: Default::default(),
        expected: Vec::new(),
        warnings: vec!["A minor is missing in valid".into()],
    }
}

pub fn record(method: &str, seed: Option<u64>, metric: &str) -> Record {
    Record {
        suite: "toy".into(),
        version: 1.into(),
        task: "key".into(),
        metric: metric.into(),
        higher_is_better: true,
        method: method.into(),
        seed,
        value: None,
        n: Some(ITEMS),
        protocol: "linear".into(),
        split: "0f3a".into(),
        fraction: Some(1.0),
        device: "cpu".into(),
        precision: "f32".into(),
        status: Record::OK.into(),
        run: "9c1d".into(),
    }
}

pub fn items() -> TestItems {
    let ids = (0..ITEMS).map(|item| format!("item{item}")).collect();
    TestItems { ids, groups: (0..ITEMS).map(|item| Some(format!("work{}", item / 2))).collect() }
}

/// Right on the first of every `of` items, and otherwise a fifth below (worth nothing).
pub fn predictions(of: usize, seed: u64) -> Predictions {
    let right = |item: usize| (item * 7 + seed as usize).is_multiple_of(of);
    let predicted: Vec<usize> = (0..ITEMS).map(|item| usize::from(right(item))).collect();
    let rank = predicted.iter().map(|&class| 2 - class).collect();
    Predictions::classified(task().outputs, vec![1; ITEMS], predicted, rank).unwrap()
}

/// A row right on one item in `of`, more or less.
pub fn add(
    folder: &Path,
    records: &mut Vec<Record>,
    method: &str,
    seeds: &[Option<u64>],
    of: usize,
) {
    for &seed in seeds {
        let predictions = predictions(of, seed.unwrap_or(0) % 3);
        let path = prediction_path(folder, method, seed, "key");
        write_predictions(&path, &items(), &predictions).unwrap();
        for name in task().metrics {
            let score = metric::by_name(&name).unwrap().score(&predictions).unwrap();
            records.push(Record { value: score.value, ..record(method, seed, &name) });
        }
    }
}

pub fn cost(method: &str, seed: Option<u64>, steps: Option<u64>) -> Cost {
    Cost {
        method: method.into(),
        seed,
        steps,
        clips: steps.map(|steps| 64 * steps),
        flops: steps.map(|steps| 2.5e9 * steps as f64),
        seconds: steps.map(|_| 98_765.5),
        peak_memory_bytes: None,
        parameters: steps.map(|_| 123_456),
        samples_per_second: None,
        device: "cpu".into(),
        program: "bench 0.1.0 unknown".into(),
    }
}

pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let seeds = [1, 2, 3].map(Some);
    let mut records = Vec::new();
    add(path, &mut records, "fixed", &[None], 5);
    add(path, &mut records, "base", &seeds, 4);
    add(path, &mut records, "good", &seeds, 1);
    add(path, &mut records, "short", &seeds, 2);
    for name in task().metrics {
        let status = "lost diverged: loss or gradient not finite at step 7".into();
        records.push(Record { status, ..record("lost", Some(1), &name) });
    }
    let mut costs = vec![cost("fixed", None, None)];
    costs.extend(["base", "good"].into_iter().flat_map(|m| seeds.map(|s| cost(m, s, Some(625)))));
    costs.extend(seeds.map(|seed| cost("short", seed, Some(20))));
    let losses: Vec<f64> = (1..=625).map(|step| 5.0 / f64::from(step)).collect();
    let training: Vec<Stretch> =
        seeds.iter().flat_map(|seed| Stretch::all("good", *seed, &losses)).collect();
    facts().write(path).unwrap();
    Record::write_all(path, &records).unwrap();
    Cost::write_all(path, &costs).unwrap();
    Stretch::write_all(path, &training).unwrap();
    folder
}

pub fn change(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}
