//! Claims as a table, in words, and as `claims.csv`.

use serde::Serialize;

use super::{Claimed, Standing};
use crate::Result;
use crate::eval::claim::Relation;
use crate::report::Report;
use crate::report::csv::{self as files, six_digits};
use crate::report::grid::Grid;
use crate::report::words::{count, difference};

/// The claims below a header; none where nothing is expected.
pub(in crate::report) fn table(report: &Report) -> Option<Grid> {
    let header = ["claim", "source", "came out", "difference", "seeds", "items"];
    let header = header.map(String::from).to_vec();
    let claims = report.claims.iter().map(row);
    (!report.claims.is_empty()).then(|| std::iter::once(header).chain(claims).collect())
}

fn row(claimed: &Claimed) -> Vec<String> {
    let found = claimed.difference.as_ref();
    let why =
        if claimed.reason.is_empty() { String::new() } else { format!(": {}", claimed.reason) };
    let whole = |number: Option<usize>| number.map(|n| count(Some(n as u64))).unwrap_or_default();
    vec![
        claimed.expected.claim.text().into(),
        claimed.expected.source.clone(),
        format!("{}{why}", claimed.standing.words()),
        found.map(difference).unwrap_or_default(),
        whole(found.and_then(|found| found.seeds)),
        whole(found.map(|found| found.n)),
    ]
}

/// How many claims came out, and by what that is told.
pub(in crate::report) fn summary(report: &Report) -> String {
    let of = |standing| report.claims.iter().filter(|c| c.standing == standing).count();
    format!(
        "{} reproduced, {} not reproduced, {} undecided of {} expected. Each by itself, from the 95 % interval of \
         the difference over seeds and items: reproduced where all of it is on the side, or within the tolerance, that \
         is claimed; not reproduced where all of it is beyond. No correction is made for their number, and no verdict \
         counts them.",
        of(Standing::Reproduced),
        of(Standing::NotReproduced),
        of(Standing::Undecided),
        report.claims.len(),
    )
}

/// A line of `claims.csv`; the order of the fields is the order of the columns.
#[derive(Serialize)]
struct Cells<'a> {
    claim: &'a str,
    source: &'a str,
    task: &'a str,
    metric: &'a str,
    method: &'a str,
    against: Option<&'a str>,
    value: Option<f64>,
    tolerance: Option<f64>,
    difference: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    seeds: Option<usize>,
    n: Option<usize>,
    outcome: Standing,
    reason: &'a str,
}

/// A line per claim; none where nothing is expected.
pub(in crate::report) fn csv(report: &Report) -> Result<Option<Vec<u8>>> {
    let cells: Vec<Cells> = report.claims.iter().map(cells).collect();
    if cells.is_empty() { Ok(None) } else { files::bytes(&cells).map(Some) }
}

fn cells(claimed: &Claimed) -> Cells<'_> {
    let claim = &claimed.expected.claim;
    let found = claimed.difference.as_ref();
    let (value, tolerance) = match claim.relation {
        Relation::Near { value, tolerance } => (Some(value), Some(tolerance)),
        Relation::Above(_) | Relation::Below(_) => (None, None),
    };
    Cells {
        claim: claim.text(),
        source: &claimed.expected.source,
        task: &claim.task,
        metric: &claim.metric,
        method: &claim.row,
        against: claim.against(),
        value,
        tolerance,
        difference: six_digits(found.map(|found| found.point)),
        low: six_digits(found.and_then(|found| found.low)),
        high: six_digits(found.and_then(|found| found.high)),
        seeds: found.and_then(|found| found.seeds),
        n: found.map(|found| found.n),
        outcome: claimed.standing,
        reason: &claimed.reason,
    }
}
