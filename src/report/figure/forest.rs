//! Intervals below each other: a forest plot.

use super::axis::Axis;
use super::svg::{Anchor, Drawing, Figure, LETTER};
use crate::report::words::{difference, mark, mean, spoken};
use crate::report::{Line, Report, TaskFacts};
use crate::stats::{Estimate, Verdict};

const ROW: f64 = 24.0;
const TOP: f64 = 14.0;
const PLOT: f64 = 340.0;

/// One row of the plot.
pub(super) struct Entry {
    /// What stands before it.
    pub label: String,
    /// Where its mark is.
    pub point: f64,
    /// The ends of its interval.
    pub ends: Option<(f64, f64)>,
    /// What its mark is.
    pub verdict: Option<Verdict>,
    /// What stands behind it.
    pub words: String,
}

impl Entry {
    fn new(
        label: String,
        estimate: &Estimate,
        verdict: Option<Verdict>,
        words: fn(&Estimate) -> String,
    ) -> Entry {
        let words = format!("{} {}", words(estimate), mark(verdict)).trim_end().to_string();
        let ends = estimate.low.zip(estimate.high);
        Entry { label, point: estimate.point, ends, verdict, words }
    }
}

/// Each row's mean with its interval, and a line at the baseline's.
pub(super) fn scores(report: &Report, task: &TaskFacts, metric: &str) -> Option<Figure> {
    let entries: Vec<Entry> = report.rows_of(&task.name, metric).filter_map(scored).collect();
    let baseline = &report.facts.baseline;
    let reference = entries.iter().find(|entry| entry.label == *baseline);
    let reference = reference.map(|entry| entry.point);
    let metric = spoken(metric);
    let listed = listed(&entries);
    Some(Figure {
        name: format!("{}.scores", task.name),
        title: format!("{}: {metric} of every row", task.name),
        description: format!("Means with 95 % intervals; the dashed line is {baseline}. {listed}"),
        drawing: drawn(&entries, reference, &metric)?,
    })
}

/// Each comparison's difference with its interval, and a line at zero.
pub(super) fn differences(report: &Report, task: &TaskFacts, metric: &str) -> Option<Figure> {
    let lines =
        report.lines.iter().filter(|l| l.task == task.name && l.metric == metric && !l.pair);
    let entries: Vec<Entry> = lines.filter_map(compared).collect();
    let metric = spoken(metric);
    let listed = listed(&entries);
    Some(Figure {
        name: format!("{}.differences", task.name),
        title: format!("{}: differences in {metric}", task.name),
        description: format!(
            "Paired differences with 95 % intervals, not corrected; the dashed line is no \
             difference. {listed}"
        ),
        drawing: drawn(&entries, Some(0.0), &format!("difference in {metric}"))?,
    })
}

fn scored(line: &Line) -> Option<Entry> {
    let estimate = line.mean.as_ref()?;
    Some(Entry::new(line.method.clone(), estimate, line.verdict(), mean))
}

fn compared(line: &Line) -> Option<Entry> {
    let label = format!("{} − {}", line.method, line.against.as_ref()?);
    let estimate = &line.comparison.as_ref()?.difference;
    Some(Entry::new(label, estimate, line.verdict(), difference))
}

fn listed(entries: &[Entry]) -> String {
    let said: Vec<String> =
        entries.iter().map(|entry| format!("{} {}", entry.label, entry.words)).collect();
    format!("{}.", said.join("; "))
}

/// Draws them below each other; none where there is no row to draw.
pub(super) fn drawn(entries: &[Entry], reference: Option<f64>, label: &str) -> Option<Drawing> {
    entries.first()?;
    let widest = |letters: fn(&Entry) -> usize| {
        LETTER * entries.iter().map(letters).max().unwrap_or(0) as f64
    };
    let left = widest(|entry| entry.label.chars().count()) + 16.0;
    let right = left + PLOT;
    let ends = entries.iter().filter_map(|entry| entry.ends).flat_map(|(low, high)| [low, high]);
    let points = entries.iter().map(|entry| entry.point);
    let axis = Axis::linear(points.chain(ends).chain(reference), left, right)?;
    let bottom = TOP + ROW * entries.len() as f64;
    let mut drawing =
        Drawing::new(right + widest(|entry| entry.words.chars().count()) + 24.0, bottom + 48.0);
    for (x, word) in axis.ticks() {
        drawing.line("grid", [x, TOP], [x, bottom]);
        drawing.text(Anchor::Middle, [x, bottom + 18.0], &word);
    }
    drawing.line("axis", [left, bottom], [right, bottom]);
    drawing.text(Anchor::Middle, [0.5 * (left + right), bottom + 38.0], label);
    if let Some(x) = reference.map(|reference| axis.place(reference)) {
        drawing.line("reference", [x, TOP - 6.0], [x, bottom]);
    }
    for (place, entry) in entries.iter().enumerate() {
        let y = TOP + ROW * (place as f64 + 0.5);
        drawing.text(Anchor::End, [left - 10.0, y + 4.5], &entry.label);
        drawing.text(Anchor::Start, [right + 14.0, y + 4.5], &entry.words);
        interval(&mut drawing, &axis, entry, y);
        drawing.mark(entry.verdict, [axis.place(entry.point), y]);
    }
    Some(drawing)
}

fn interval(drawing: &mut Drawing, axis: &Axis, entry: &Entry, y: f64) {
    let Some((low, high)) = entry.ends else { return };
    let [low, high] = [low, high].map(|end| axis.place(end));
    drawing.line("interval", [low, y], [high, y]);
    for end in [low, high] {
        drawing.line("interval", [end, y - 4.0], [end, y + 4.0]);
    }
}
