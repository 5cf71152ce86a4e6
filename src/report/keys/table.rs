//! `keys.csv`, and the tables of `report.md` that say how keys were estimated.

use serde::Serialize;

use super::{KeyRow, Keys};
use crate::data::Key;
use crate::report::csv::six_digits;
use crate::report::grid::{self, Grid};
use crate::report::words::{decimals, mean};
use crate::stats::Estimate;

/// A line of `keys.csv`; the order of the fields is the order of the columns.
#[derive(Serialize)]
pub struct Cells<'a> {
    task: &'a str,
    method: &'a str,
    figure: &'static str,
    key: Option<String>,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    seeds: Option<usize>,
    n: usize,
}

impl Keys {
    /// Its lines of `keys.csv`, figures to six significant digits.
    pub(in crate::report) fn cells(&self) -> Vec<Cells<'_>> {
        self.rows.iter().flat_map(|row| cells(&self.task, row)).collect()
    }
}

fn cells<'a>(task: &'a str, row: &'a KeyRow) -> Vec<Cells<'a>> {
    let line = |figure, key: Option<Key>, share: &Estimate| Cells {
        task,
        method: &row.method,
        figure,
        key: key.map(|key| key.to_string()),
        mean: six_digits(Some(share.point)),
        low: six_digits(share.low),
        high: six_digits(share.high),
        seeds: share.seeds,
        n: share.n,
    };
    let shares = row.shares.iter().map(|(name, share)| line(*name, None, share));
    let recall = row.recall.iter().map(|(key, share)| line("recall", Some(*key), share));
    shares.chain(recall).collect()
}

/// The section of a task's keys.
pub(in crate::report) fn markdown(keys: &Keys) -> String {
    let (task, rose) = (&keys.task, keys.rose_name());
    format!(
        "\n### {task}: how estimates stand to the true key\n\n{}\n\n\
         Shares of the estimates that are right, a fifth above, the relative key, the parallel key or any other (a \
         fifth below is one of these), over seeds; and of those with the right tonic, and with the right mode.\n\n\
         ![{task}: where the estimates of each row lie on the circle of fifths]({rose})\n\n\
         The share of each key's items that is recognised (intervals: [keys.csv](keys.csv)):\n\n{}\n",
        grid::markdown(shares(keys)),
        grid::markdown(recall(keys)),
    )
}

fn shares(keys: &Keys) -> Grid {
    let told =
        ["correct", "fifth", "relative", "parallel", "other", "tonic_accuracy", "mode_accuracy"];
    let titles = told.map(|name| name.trim_end_matches("_accuracy").to_string());
    let mut table = vec![["method".to_string()].into_iter().chain(titles).collect::<Vec<_>>()];
    for row in &keys.rows {
        let share = |name: &&str| row.shares.iter().find(|(known, _)| known == name);
        let cells = told.iter().map(|name| share(name).map_or("–".into(), |(_, s)| mean(s)));
        table.push([row.method.clone()].into_iter().chain(cells).collect());
    }
    table
}

/// A line per key: the items in it, and what each row recognises.
fn recall(keys: &Keys) -> Grid {
    let titles = ["key", "items"].map(String::from).into_iter();
    let mut table = vec![titles.chain(keys.rows.iter().map(|row| row.method.clone())).collect()];
    let Some(first) = keys.rows.first() else { return table };
    for (at, (key, share)) in first.recall.iter().enumerate() {
        let cell = |row: &KeyRow| {
            let share = &row.recall[at].1;
            format!("{:.*}", decimals(share.half_width()).min(2), share.point)
        };
        let cells = [key.to_string(), share.n.to_string()].into_iter();
        table.push(cells.chain(keys.rows.iter().map(cell)).collect());
    }
    table
}
