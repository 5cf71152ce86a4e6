//! What a suite expects, held against what came out.
//!
//! A claim is judged by itself, from the 95 % interval of the very difference that comparisons are
//! made of: over seeds and items, paired, of this one claim and not corrected for the others.

mod table;

use serde::Serialize;

use super::Facts;
use super::analysis::Outcomes;
use crate::Result;
use crate::eval::claim::{Claim, Expected, Relation};
use crate::stats::{Clusters, Estimate, Practical, difference, mean};

pub(super) use table::{csv, summary, table};

/// A claim and what came out.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What is expected, and who says so.
    pub expected: Expected,
    /// The row's figure minus the other row's, or minus the number claimed; none where there is no
    /// run of it.
    pub difference: Option<Estimate>,
    /// Whether it came out so.
    pub standing: Standing,
    /// Why it is undecided without an interval that says so; empty otherwise.
    pub reason: String,
}

/// Whether a claim came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The whole interval is on the claimed side of zero, or within the tolerance.
    Reproduced,
    /// The whole interval is on the other side, or outside the tolerance.
    NotReproduced,
    /// Neither, or there is no interval.
    Undecided,
}

impl Standing {
    /// `reproduced`, `not reproduced` or `undecided`.
    pub fn words(self) -> &'static str {
        match self {
            Standing::Reproduced => "reproduced",
            Standing::NotReproduced => "not reproduced",
            Standing::Undecided => "undecided",
        }
    }

    fn of(difference: &Estimate, relation: &Relation) -> Standing {
        let (rope, wanted) = match relation {
            Relation::Above(_) | Relation::Below(_) => (0.0, Practical::Better),
            Relation::Near { tolerance, .. } => (*tolerance, Practical::Equivalent),
        };
        let larger = !matches!(relation, Relation::Below(_));
        match Practical::of(difference, rope, larger) {
            Practical::Undecided => Standing::Undecided,
            found if found == wanted => Standing::Reproduced,
            Practical::Better | Practical::Worse | Practical::Equivalent => Standing::NotReproduced,
        }
    }
}

/// The suite's claims must be about its rows, tasks and metrics.
pub(super) fn check(facts: &Facts) -> Result<(), String> {
    let rows: Vec<&str> = facts.rows.iter().map(|row| row.name.as_str()).collect();
    let tasks: Vec<(&str, &[String])> = facts.asked().collect();
    facts.expected.iter().try_for_each(|e| e.claim.check(&rows, tasks.iter().copied()))
}

/// What the runs on one task say of the claims about it by one metric; `bar` tells why a row's
/// comparisons have no verdict.
pub(super) fn judged(
    facts: &Facts,
    (task, metric): (&str, &str),
    (outcomes, clusters): (&Outcomes<'_>, &Clusters),
    bar: impl Fn(&str) -> Option<String>,
) -> Vec<Claimed> {
    let asked = |e: &&Expected| e.claim.task == task && e.claim.metric == metric;
    let judge = |expected: &Expected| {
        let claim = &expected.claim;
        let difference = found(claim, outcomes, clusters);
        let barred = claim.rows().find_map(&bar);
        let reason = match &difference {
            None => missing(claim, outcomes),
            Some(difference) => barred.or_else(|| difference.gap().map(String::from)),
        };
        let decided = difference.as_ref().filter(|_| reason.is_none());
        let standing = decided.map_or(Standing::Undecided, |d| Standing::of(d, &claim.relation));
        let expected = expected.clone();
        Claimed { expected, difference, standing, reason: reason.unwrap_or_default() }
    };
    facts.expected.iter().filter(asked).map(judge).collect()
}

/// All claims in the suite's order: those that were judged, and those about tasks that were left
/// out.
pub(super) fn whole(facts: &Facts, judged: &[Claimed]) -> Vec<Claimed> {
    let one = |expected: &Expected| {
        let found = judged.iter().find(|claimed| claimed.expected == *expected);
        let left_out = facts.left_out.iter().find(|task| task.name == expected.claim.task);
        found.cloned().unwrap_or_else(|| Claimed {
            expected: expected.clone(),
            difference: None,
            standing: Standing::Undecided,
            reason: left_out.map(|task| format!("left out: {}", task.why)).unwrap_or_default(),
        })
    };
    facts.expected.iter().map(one).collect()
}

/// The difference that a claim is about.
fn found(claim: &Claim, outcomes: &Outcomes<'_>, clusters: &Clusters) -> Option<Estimate> {
    let runs = outcomes.get(claim.row.as_str())?;
    match &claim.relation {
        Relation::Above(other) | Relation::Below(other) => {
            difference(runs, outcomes.get(other.as_str())?, clusters)
        }
        Relation::Near { value, .. } => {
            let mean = mean(runs, clusters)?;
            let minus = |figure: f64| figure - value;
            let (low, high) = (mean.low.map(minus), mean.high.map(minus));
            Some(Estimate { point: minus(mean.point), low, high, ..mean })
        }
    }
}

/// Why there is no difference.
fn missing(claim: &Claim, outcomes: &Outcomes<'_>) -> Option<String> {
    let none = |row: &&str| outcomes.get(row).is_none_or(|runs| runs.is_empty());
    let row = claim.rows().find(none);
    Some(row.map_or("no runs pair".into(), |row| format!("no finished run of {row}")))
}
