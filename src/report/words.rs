//! Figures and verdicts in words; digits follow the interval.

use super::{Line, Report};
use crate::eval::metric;
use crate::eval::version::{first, is_first};
use crate::stats::{Estimate, Verdict};

/// How many decimals an interval of this half-width supports: one significant digit of it, two if
/// it begins with 1 or 2.
pub(super) fn decimals(half_width: Option<f64>) -> usize {
    let Some(half) = half_width.filter(|half| *half > 0.0) else { return 3 };
    let scientific = format!("{half:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let further = if digits.starts_with(['1', '2']) { 1 } else { 0 };
    let decimals = further - exponent.parse::<i32>().unwrap_or(0);
    decimals.clamp(0, 6) as usize
}

/// `0.55 ± 0.05`, or the figure alone where there is no interval.
pub(super) fn mean(estimate: &Estimate) -> String {
    let half = estimate.half_width();
    let decimals = decimals(half);
    let point = fixed(estimate.point, decimals);
    half.map_or(point.clone(), |half| format!("{point} ± {half:.decimals$}"))
}

/// `+0.12 [0.05, 0.19]`, or the difference alone where there is no interval.
pub(super) fn difference(estimate: &Estimate) -> String {
    let (point, ends) = parts(estimate);
    ends.map_or(point.clone(), |(low, high)| format!("{point} [{low}, {high}]"))
}

fn parts(estimate: &Estimate) -> (String, Option<(String, String)>) {
    let decimals = decimals(estimate.half_width());
    let point = fixed(estimate.point, decimals);
    let sign = if point.starts_with('-') { "" } else { "+" };
    let ends = estimate.low.zip(estimate.high);
    (
        format!("{sign}{point}"),
        ends.map(|(low, high)| (fixed(low, decimals), fixed(high, decimals))),
    )
}

/// Fixed decimals without a negative zero.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| c == '0' || c == '.') => zero.into(),
        _ => text,
    }
}

/// `40,000`; a dash where there is none.
pub(super) fn count(number: Option<u64>) -> String {
    let Some(number) = number else { return "–".into() };
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| str::from_utf8(g).ok()).collect();
    groups.join(",")
}

/// `1.3e15`; a dash where there is none.
pub(super) fn flops(number: Option<f64>) -> String {
    number.map_or("–".into(), |number| format!("{number:.1e}"))
}

/// The sign of a verdict in tables.
pub(super) fn mark(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Better) => "▲",
        Some(Verdict::Worse) => "▼",
        Some(Verdict::Undecided) => "·",
        None => "",
    }
}

/// A verdict with its sign: `▲ better`.
pub(super) fn marked(verdict: Verdict) -> String {
    format!("{} {}", mark(Some(verdict)), verdict.name())
}

/// What a verdict says of a row: `a is better than b`.
pub(super) fn told(verdict: Verdict, row: &str, against: &str) -> String {
    match verdict {
        Verdict::Better | Verdict::Worse => format!("{row} is {} than {against}", verdict.name()),
        Verdict::Undecided => format!("{row} is not shown to differ from {against}"),
    }
}

/// A p value to so many decimals: `0.012`, `below 0.001`.
pub(super) fn chance(p: f64, decimals: usize) -> String {
    let least = 10f64.powi(-(decimals as i32));
    if p < least { format!("below {least:.decimals$}") } else { format!("{p:.decimals$}") }
}

/// A metric's name as it is spoken.
pub(super) fn spoken(metric: &str) -> String {
    let version = metric::by_name(metric).map_or(first(), |known| known.version());
    versioned(&metric.replace('_', " "), version)
}

/// A name, with its version where that is not the first.
pub(super) fn versioned(name: &str, version: u32) -> String {
    if is_first(&version) { name.into() } else { format!("{name} v{version}") }
}

/// A metric's name as it heads a column, with an arrow where less is better.
pub(super) fn heading(metric: &str) -> String {
    let arrow = if less_is_better(metric) { " ↓" } else { "" };
    format!("{}{arrow}", spoken(metric))
}

/// Whether a smaller figure is a better one.
pub(super) fn less_is_better(metric: &str) -> bool {
    metric::by_name(metric).is_ok_and(|metric| !metric.higher_is_better())
}

/// `a is better than b on key (weighted key score +0.12, 95 % interval 0.05 to 0.19)`.
pub(super) fn statement(line: &Line) -> Option<String> {
    let against = line.against.as_ref()?;
    let estimate = &line.comparison.as_ref()?.difference;
    let (point, ends) = parts(estimate);
    let interval =
        ends.map(|(low, high)| format!(", 95 % interval {low} to {high}")).unwrap_or_default();
    let figures = format!("{} {point}{interval}", spoken(&line.metric));
    let (row, task) = (&line.method, &line.task);
    Some(match line.verdict() {
        Some(verdict) => format!("{} on {task} ({figures})", told(verdict, row, against)),
        None => format!("{row} against {against} on {task} has no verdict ({figures})"),
    })
}

/// The best row by the first metric of the first task in which one is better, or else that has a
/// verdict, and the count of verdicts over all tasks' first metrics.
pub(super) fn sentence(report: &Report) -> String {
    let baseline = &report.facts.baseline;
    let firsts =
        report.facts.tasks.iter().filter_map(|task| Some((&task.name, task.metrics.first()?)));
    let lines: Vec<&Line> =
        firsts.flat_map(|(task, metric)| report.rows_of(task, metric)).collect();
    let judged: Vec<&Line> = lines.into_iter().filter(|line| line.verdict().is_some()).collect();
    let count = |verdict| judged.iter().filter(|line| line.verdict() == Some(verdict)).count();
    let (better, worse) = (count(Verdict::Better), count(Verdict::Worse));
    let lead = best(&judged).and_then(statement);
    let Some(lead) = lead else {
        return format!("No row could be compared with {baseline}: see the notes for the reasons.");
    };
    let undecided = count(Verdict::Undecided);
    let of = judged.len();
    format!("{lead}; {better} better, {worse} worse, {undecided} undecided of {of}.")
}

/// The row furthest above the baseline in the first task that has a verdict, among the better ones
/// if there are any.
fn best<'a>(judged: &[&'a Line]) -> Option<&'a Line> {
    let first =
        judged.iter().find(|line| line.verdict() == Some(Verdict::Better)).or(judged.first())?;
    let gain = |line: &Line| {
        let gain = line.comparison.as_ref().map_or(0.0, |comparison| comparison.difference.point);
        if line.higher_is_better { gain } else { -gain }
    };
    let rivals =
        judged.iter().filter(|line| line.task == first.task && line.verdict() == first.verdict());
    rivals.copied().max_by(|a, b| gain(a).total_cmp(&gain(b)))
}
