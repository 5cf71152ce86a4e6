//! How the rows rank over all tasks, by each task's first metric.

mod table;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::words::fixed;
use super::{Facts, Record, Row, analysis};
use crate::Result;
use crate::data::parallel::{available_threads, in_order_at_once};
use crate::eval::comparisons::{Against, PostHoc};
use crate::eval::metric::Metric;
use crate::stats::beside::stream;
use crate::stats::ranking::{RankedPair, RankedRows, Scored, TaskRuns, on_draws};
use crate::stats::test::{Interval, Rope};
use crate::stats::{LEVEL, Outcome, Spread};

pub(super) use table::csv;
pub(super) use words::{markdown, points, table};

/// Several rows over several tasks.
#[derive(Clone, Debug)]
pub struct Ranks {
    /// The tasks, each with the metric it is ranked by.
    pub tasks: Vec<(String, String)>,
    /// The rows that are ranked, in the table's order.
    pub rows: Vec<String>,
    /// The rows that are not, since they have no verdict or no score on some task.
    pub left_out: Vec<String>,
    /// Their ranks.
    pub ranking: RankedRows,
    /// Wilcoxon's test of the pairs that the suite compares.
    pub pairs: Vec<RankedPair>,
    /// How likely the first row of each of these pairs is better, by more than what matters.
    pub chances: Vec<Option<Rope>>,
    /// What tells rows apart in the critical-difference diagram.
    pub(super) post_hoc: PostHoc,
}

/// One task's runs by row, as they are ranked.
pub(super) struct RankedTask {
    name: String,
    metric: String,
    runs: BTreeMap<String, Vec<Scored>>,
}

impl RankedTask {
    /// Of one metric's outcomes; `draws` tells how often each item is drawn, and is asked for item
    /// scores only.
    pub fn new(
        name: &str,
        metric: &dyn Metric,
        outcomes: &BTreeMap<&str, Vec<Outcome>>,
        draws: impl FnOnce() -> Vec<Vec<f64>>,
    ) -> Result<RankedTask> {
        let sign = if metric.higher_is_better() { 1.0 } else { -1.0 };
        let all: Vec<(&str, &Outcome)> = outcomes
            .iter()
            .flat_map(|(row, outcomes)| outcomes.iter().map(|outcome| (*row, outcome)))
            .collect();
        let of_items = |(_, outcome): &(&str, &Outcome)| matches!(outcome.spread, Spread::Items(_));
        let draws = if all.iter().any(of_items) { draws() } else { Vec::new() };
        let scored = |at: usize| {
            let (_, outcome) = all[at];
            let drawn = on_draws(&outcome.spread, &draws).into_iter();
            let drawn = drawn.map(|figure| figure.map(|figure| sign * figure)).collect();
            Scored { value: sign * outcome.value, drawn }
        };
        let mut runs = BTreeMap::<String, Vec<Scored>>::new();
        let mut keep = |at: usize, scored| {
            runs.entry(all[at].0.to_string()).or_default().push(scored);
            Ok(())
        };
        in_order_at_once(all.len(), available_threads(), &scored, &mut keep)?;
        Ok(RankedTask { name: name.into(), metric: metric.name().into(), runs })
    }
}

impl Ranks {
    /// Ranks the rows that may have verdicts on all tasks; none of fewer than two tasks or rows.
    pub(super) fn new(
        facts: &Facts,
        tasks: &[RankedTask],
        rows: &[Row],
        records: &[(u64, Record)],
    ) -> Option<Ranks> {
        let barred = |row: &str, task: &RankedTask| {
            analysis::bar((&task.name, &task.metric), row, rows, records).is_some()
        };
        let may = |row: &String| {
            tasks.iter().all(|task| task.runs.contains_key(row) && !barred(row, task))
        };
        let names = facts.rows.iter().map(|row| row.name.clone());
        let (kept, left_out): (Vec<String>, Vec<String>) = names.partition(may);
        let runs = |task: &RankedTask| kept.iter().map(|row| task.runs[row].clone()).collect();
        let tables: Vec<TaskRuns> = tasks.iter().map(runs).collect();
        let ranking = RankedRows::new(&tables, &mut stream("seeds", [&facts.suite, "", ""]))?;
        let named = |task: &RankedTask| (task.name.clone(), task.metric.clone());
        let baseline = kept.iter().position(|row| *row == facts.baseline);
        let pairs = match (facts.comparisons.against, baseline) {
            (Against::Baseline, Some(baseline)) => {
                (0..kept.len()).filter(|row| *row != baseline).map(|row| [row, baseline]).collect()
            }
            _ => all_pairs(kept.len()),
        };
        let rng = &mut stream("bayes", [&facts.suite, "", ""]);
        let chances =
            pairs.iter().map(|pair| ranking.bayes(*pair, facts.comparisons.rope, rng)).collect();
        Some(Ranks {
            tasks: tasks.iter().map(named).collect(),
            pairs: ranking.wilcoxon(&pairs)?,
            chances,
            rows: kept,
            left_out,
            ranking,
            post_hoc: facts.comparisons.ranks,
        })
    }

    /// Whether Wilcoxon's test could tell any pair apart on so many tasks.
    pub(super) fn can_tell(&self) -> bool {
        self.ranking.smallest_p() <= LEVEL
    }

    /// Nemenyi's critical difference at the 5 % level.
    pub(super) fn critical_difference(&self) -> Option<f64> {
        self.ranking.means.critical_difference(LEVEL)
    }

    /// Runs of rows in the order of their ranks of which no two are told apart; none where the
    /// tasks are too few.
    pub(super) fn cliques(&self) -> Option<Vec<Vec<usize>>> {
        let order = self.ranking.order();
        let told = self.told_apart()?;
        let told = |a: usize, b: usize| told.contains(&[a, b]);
        let mut cliques: Vec<Vec<usize>> = Vec::new();
        let mut reached = 0;
        for start in 0..order.len() {
            let alike = |end: &usize| order[start..*end].iter().all(|row| !told(*row, order[*end]));
            let end = (start..order.len()).take_while(alike).last().unwrap_or(start);
            if end > start && end >= reached + usize::from(!cliques.is_empty()) {
                cliques.push(order[start..=end].to_vec());
                reached = end;
            }
        }
        Some(cliques)
    }

    /// Pairs of rows that differ, in either order.
    fn told_apart(&self) -> Option<BTreeSet<[usize; 2]>> {
        if !self.can_tell() {
            return None;
        }
        let pairs = all_pairs(self.rows.len());
        let apart: Vec<[usize; 2]> = match self.post_hoc {
            PostHoc::Wilcoxon => {
                let tested = self.ranking.wilcoxon(&pairs)?.into_iter();
                tested.filter(|pair| pair.p_holm < LEVEL).map(|pair| pair.rows).collect()
            }
            PostHoc::Nemenyi => {
                let p = self.ranking.means.nemenyi();
                pairs.into_iter().filter(|[a, b]| p[*a][*b] < LEVEL).collect()
            }
        };
        Some(apart.into_iter().flat_map(|[a, b]| [[a, b], [b, a]]).collect())
    }

    /// `2.33 [1.67, 3.00]`.
    pub(super) fn rank(&self, row: usize) -> String {
        let standing = &self.ranking.standings[row];
        between(Some(standing.rank), standing.interval)
    }
}

/// Every pair of rows, the first place the larger.
fn all_pairs(rows: usize) -> Vec<[usize; 2]> {
    (0..rows).flat_map(|a| (0..a).map(move |b| [a, b])).collect()
}

/// A figure with its interval, to two decimals; a dash where there is none.
fn between(figure: Option<f64>, interval: Option<Interval>) -> String {
    let figure = figure.map_or("–".into(), |figure| fixed(figure, 2));
    let ends = interval.map(|i| format!(" [{}, {}]", fixed(i.low, 2), fixed(i.high, 2)));
    figure + &ends.unwrap_or_default()
}
