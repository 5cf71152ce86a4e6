//! `comparisons.csv`: every paired comparison with its verdict, the tests beside it and its effect
//! sizes.

use serde::Serialize;

use crate::Result;
use crate::eval::comparisons::{Correction, Family};
use crate::report::csv::{bytes, six_digits};
use crate::report::{Line, Report, family};
use crate::stats::beside::{Beside, EffectSize};
use crate::stats::{Practical, Verdict};

/// One comparison. The order of the fields is the order of the columns.
#[derive(Default, Serialize)]
struct Cells<'a> {
    task: &'a str,
    metric: &'a str,
    higher_is_better: bool,
    method: &'a str,
    against: &'a str,
    asked: &'static str,
    seeds: Option<usize>,
    n: Option<usize>,
    difference: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    sd_seeds: Option<f64>,
    se_items: Option<f64>,
    p: Option<f64>,
    p_corrected: Option<f64>,
    correction: Correction,
    family: Family,
    comparisons: Option<usize>,
    verdict: Option<Verdict>,
    rope: f64,
    practical: Option<Practical>,
    d_z_items: Option<f64>,
    d_z_seeds: Option<f64>,
    cliffs_delta: Option<f64>,
    superiority: Option<f64>,
    superiority_low: Option<f64>,
    superiority_high: Option<f64>,
    items_test: &'static str,
    items_p: Option<f64>,
    items_smallest_p: Option<f64>,
    seeds_p: Option<f64>,
    seeds_smallest_p: Option<f64>,
    reason: &'a str,
}

/// One line per comparison, in the order of `table.csv`; none where nothing is compared.
pub(in crate::report) fn comparisons(report: &Report) -> Result<Option<Vec<u8>>> {
    let cells: Vec<Cells> = report.lines.iter().filter_map(|line| cells(report, line)).collect();
    if cells.is_empty() { Ok(None) } else { bytes(&cells).map(Some) }
}

fn cells<'a>(report: &'a Report, line: &'a Line) -> Option<Cells<'a>> {
    let options = report.facts.comparisons;
    let compared = line.comparison.as_ref();
    let difference = compared.map(|compared| &compared.difference);
    Some(Cells {
        task: &line.task,
        metric: &line.metric,
        higher_is_better: line.higher_is_better,
        method: &line.method,
        against: line.against.as_deref()?,
        asked: asked(line),
        seeds: difference.and_then(|d| d.seeds),
        n: difference.map(|d| d.n),
        difference: six_digits(difference.map(|d| d.point)),
        low: six_digits(difference.and_then(|d| d.low)),
        high: six_digits(difference.and_then(|d| d.high)),
        sd_seeds: six_digits(difference.and_then(|d| d.sd_seeds)),
        se_items: six_digits(difference.and_then(|d| d.se_items)),
        p: six_digits(compared.and_then(|c| c.p)),
        p_corrected: six_digits(compared.and_then(|c| c.p_corrected)),
        correction: options.correction,
        family: options.family,
        comparisons: line.tested().then(|| family::size(report, line)),
        verdict: line.verdict(),
        rope: options.rope,
        practical: difference.map(|d| Practical::of(d, options.rope, line.higher_is_better)),
        reason: &line.reason,
        ..beside(line)
    })
}

/// The cells of the effect sizes and of the tests that stand beside the verdict.
fn beside(line: &Line) -> Cells<'_> {
    let size = |name, units: &[&str]| -> Option<&EffectSize> {
        line.effects.iter().find(|size| size.effect == name && units.contains(&size.unit))
    };
    let value = |size: Option<&EffectSize>| six_digits(size.map(|size| size.value));
    let won = size("P(A > B)", &[SEEDS]);
    let ends = won.and_then(|won| won.interval);
    let of_items = line.tests.iter().find(|test| test.unit != SEEDS && WHOLE.contains(&test.test));
    let of_seeds = line.tests.iter().find(|test| test.unit == SEEDS);
    let smallest = |test: Option<&Beside>| six_digits(test.and_then(|test| test.smallest));
    Cells {
        d_z_items: value(size("Cohen's d_z", &["items", "groups"])),
        d_z_seeds: value(size("Cohen's d_z", &[SEEDS])),
        cliffs_delta: value(size("Cliff's δ", &["runs"])),
        superiority: value(won),
        superiority_low: six_digits(ends.map(|ends| ends.low)),
        superiority_high: six_digits(ends.map(|ends| ends.high)),
        items_test: of_items.map_or("", |test| test.test),
        items_p: six_digits(of_items.and_then(|test| test.p)),
        items_smallest_p: smallest(of_items),
        seeds_p: six_digits(of_seeds.and_then(|test| test.p)),
        seeds_smallest_p: smallest(of_seeds),
        ..Cells::default()
    }
}

/// What tests and effect sizes of paired seeds are of.
const SEEDS: &str = "paired seeds";
/// The tests of items averaged over all runs.
const WHOLE: [&str; 2] = ["sign flips", "paired bootstrap"];

fn asked(line: &Line) -> &'static str {
    match (line.question, line.pair) {
        (true, _) => "question",
        (_, true) => "pair",
        _ => "baseline",
    }
}
