//! How estimated keys stand to the true ones, from the stored predictions of a task of 24 keys.

mod rose;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use super::TaskFacts;
use crate::Result;
use crate::data::Key;
use crate::eval::metric::{Labels, Predictions, Relation, relation};
use crate::stats::{Clusters, Estimate, Outcome, Spread, mean};

pub(super) use table::markdown;

/// The runs of a task by row and seed.
pub(super) type Runs<'a> = BTreeMap<(&'a str, Option<u64>), Predictions>;

/// The true and the estimated key of each item.
type Pairs = Vec<(Key, Key)>;

/// What holds or not of an estimate: the true key, then the estimated one.
type Holds = fn(Key, Key) -> bool;

/// The shares of estimates that are told, the categories of MIREX first, which sum to 1
/// (mir_eval's: a fifth below is among the others).
const SHARES: [(&str, Holds); 8] = [
    ("correct", |truth, estimate| relation(truth, estimate) == Relation::Correct),
    ("fifth", |truth, estimate| relation(truth, estimate) == Relation::Fifth),
    ("relative", |truth, estimate| relation(truth, estimate) == Relation::Relative),
    ("parallel", |truth, estimate| relation(truth, estimate) == Relation::Parallel),
    ("other", |truth, estimate| {
        matches!(relation(truth, estimate), Relation::Other | Relation::FifthBelow)
    }),
    ("fifth_below", |truth, estimate| relation(truth, estimate) == Relation::FifthBelow),
    ("tonic_accuracy", |truth, estimate| truth.tonic() == estimate.tonic()),
    ("mode_accuracy", |truth, estimate| truth.is_minor() == estimate.is_minor()),
];

/// The estimated keys of one task.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The task.
    pub task: String,
    /// The rows that finished a run, in the table's order.
    pub rows: Vec<KeyRow>,
}

/// The estimated keys of one row, over its seeds; of several draws of labels those of the first.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// The row.
    pub method: String,
    /// Shares of estimates by name, 0 to 1.
    pub shares: Vec<(&'static str, Estimate)>,
    /// For each key that test items are in, the share of them that is recognised.
    pub recall: Vec<(Key, Estimate)>,
    /// Shares of estimates of the same and of the other mode, by how many sharps further their key
    /// signature is, from 0 to 11.
    rose: [[f64; 12]; 2],
}

impl Keys {
    /// Of a task's runs; none where the classes are not the 24 keys or no run finished.
    pub(super) fn of<'a>(
        task: &TaskFacts,
        methods: impl Iterator<Item = &'a str>,
        runs: &Runs<'_>,
        groups: &[Option<String>],
    ) -> Result<Option<Keys>> {
        let Some(keys) = classes(task) else { return Ok(None) };
        let mut rows = Vec::new();
        for method in methods {
            let mut pairs = Vec::new();
            for ((_, seed), run) in runs.iter().filter(|((name, _), _)| *name == method) {
                let (truth, predicted, _) = run.classes()?;
                let pair = |(truth, predicted): (&usize, &usize)| (keys[*truth], keys[*predicted]);
                pairs.push((*seed, truth.iter().zip(predicted).map(pair).collect()));
            }
            rows.extend((!pairs.is_empty()).then(|| Estimated { pairs, groups }.row(method)));
        }
        Ok((!rows.is_empty()).then(|| Keys { task: task.name.clone(), rows }))
    }

    /// Where its rose is, beside the report.
    fn rose_name(&self) -> String {
        format!("keys-{}.svg", self.task)
    }

    /// The rose and its path in the results folder.
    pub(super) fn rose_file(&self) -> (String, Vec<u8>) {
        (self.rose_name(), rose::svg(self).into_bytes())
    }
}

/// The key of each class of a task, if they are the 24 keys.
fn classes(task: &TaskFacts) -> Option<Vec<Key>> {
    let keys: Vec<Key> = task.outputs.iter().map_while(|name| name.parse().ok()).collect();
    let distinct: BTreeSet<Key> = keys.iter().copied().collect();
    (task.labels == Labels::Classes && distinct.len() == Key::COUNT && keys.len() == Key::COUNT)
        .then_some(keys)
}

/// True and estimated keys of every run of a row, and the group of each item.
struct Estimated<'a> {
    pairs: Vec<(Option<u64>, Pairs)>,
    groups: &'a [Option<String>],
}

impl Estimated<'_> {
    fn row(&self, method: &str) -> KeyRow {
        let share =
            |&(name, holds): &(&'static str, Holds)| Some((name, self.share(|_| true, holds)?));
        let recall = |key: Key| Some((key, self.share(|truth| truth == key, |a, b| a == b)?));
        KeyRow {
            method: method.into(),
            shares: SHARES.iter().filter_map(share).collect(),
            recall: Key::all().filter_map(recall).collect(),
            rose: self.rose(),
        }
    }

    /// The share of the items of some keys for which something holds; none without such items.
    fn share(&self, among: impl Fn(Key) -> bool, holds: Holds) -> Option<Estimate> {
        let (_, first) = self.pairs.first()?;
        let items: Vec<usize> = (0..first.len()).filter(|item| among(first[*item].0)).collect();
        if items.is_empty() {
            return None;
        }
        let run = |(seed, pairs): &(Option<u64>, Pairs)| {
            let one = |item: &usize| f64::from(u8::from(holds(pairs[*item].0, pairs[*item].1)));
            let scores: Vec<f64> = items.iter().map(one).collect();
            let value = scores.iter().sum::<f64>() / scores.len() as f64;
            Outcome { seed: *seed, value, spread: Spread::Items(scores) }
        };
        let runs: Vec<Outcome> = self.pairs.iter().map(run).collect();
        mean(&runs, &Clusters::new(items.iter().map(|item| self.groups[*item].as_deref())))
    }

    fn rose(&self) -> [[f64; 12]; 2] {
        let mut rose = [[0.0; 12]; 2];
        let all = self.pairs.iter().flat_map(|(_, pairs)| pairs);
        let one = 1.0 / all.clone().count() as f64;
        for (truth, estimate) in all {
            let mode = usize::from(truth.is_minor() != estimate.is_minor());
            rose[mode][(12 + sharps(*estimate) - sharps(*truth)) % 12] += one;
        }
        rose
    }
}

/// Sharps in a key's signature, from 0 to 11; a flat is one less.
fn sharps(key: Key) -> usize {
    let tonic = usize::from(key.tonic()) + if key.is_minor() { 3 } else { 0 };
    tonic * 7 % 12
}
