//! Score against what it cost.

use super::axis::Axis;
use super::svg::{Anchor, Drawing, Figure, LETTER};
use crate::report::words::{mean, spoken};
use crate::report::{Report, Row, TaskFacts};
use crate::stats::{Estimate, Verdict};

const LEFT: f64 = 64.0;
const FREE: f64 = 150.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 376.0;
/// Height of a line of words.
const LINE: f64 = 14.0;

/// A row as a point.
struct Point<'a> {
    row: &'a Row,
    estimate: &'a Estimate,
    verdict: Option<Verdict>,
    cost: Option<f64>,
}

/// How a row's cost is read off.
type Reading = fn(&Row) -> Option<f64>;

/// What a row can cost.
const COSTS: [(&str, Reading); 2] = [
    ("FLOPs of pre-training, counted", |row| row.flops),
    ("trainable parameters", |row| row.parameters.map(|count| count as f64)),
];

/// Means over counted operations or, where every row used the same, over parameters; none where
/// those are the same too.
pub(super) fn figure(report: &Report, task: &TaskFacts, metric: &str) -> Option<Figure> {
    let varies = |cost: &Reading| {
        let costs: Vec<f64> = report.rows.iter().filter_map(cost).collect();
        costs.iter().any(|cost| (cost / costs[0] - 1.0).abs() > 0.01)
    };
    let (label, cost) = COSTS.into_iter().find(|(_, cost)| varies(cost))?;
    let points: Vec<Point> = report
        .rows
        .iter()
        .filter_map(|row| {
            let line = report.line_of(&task.name, metric, &row.name)?;
            let (estimate, verdict) = (line.mean.as_ref()?, line.verdict());
            Some(Point { row, estimate, verdict, cost: cost(row) })
        })
        .collect();
    let said: Vec<String> = points
        .iter()
        .map(|p| match p.cost {
            Some(cost) => format!("{} {} at {cost:.2e}", p.row.name, mean(p.estimate)),
            None => format!("{} {} at none", p.row.name, mean(p.estimate)),
        })
        .collect();
    Some(Figure {
        name: format!("{}.cost", task.name),
        title: format!("{}: {} against {label}", task.name, spoken(metric)),
        description: format!("Means with 95 % intervals. {}.", said.join("; ")),
        drawing: drawn(&points, label, &spoken(metric))?,
    })
}

fn drawn(points: &[Point], label: &str, metric: &str) -> Option<Drawing> {
    let across = Axis::logarithmic(points.iter().filter_map(|p| p.cost), FREE + 40.0, RIGHT)?;
    let ends =
        points.iter().flat_map(|p| [Some(p.estimate.point), p.estimate.low, p.estimate.high]);
    let up = Axis::linear(ends.flatten(), BOTTOM, TOP)?;
    let longest = points.iter().map(|p| p.row.name.chars().count()).max().unwrap_or(0);
    let mut drawing = Drawing::new(RIGHT + LETTER * longest as f64 + 16.0, BOTTOM + 48.0);
    drawing.rules(&up, [LEFT, RIGHT], 8.0);
    for (x, word) in across.ticks() {
        drawing.line("axis", [x, BOTTOM], [x, BOTTOM + 5.0]);
        drawing.text(Anchor::Middle, [x, BOTTOM + 20.0], &word);
    }
    drawing.line("axis", [LEFT, BOTTOM], [RIGHT, BOTTOM]);
    drawing.text(Anchor::Middle, [0.5 * (FREE + 40.0 + RIGHT), BOTTOM + 40.0], label);
    drawing.text(Anchor::Start, [LEFT, TOP - 4.0], metric);
    let free = 0.5 * (LEFT + FREE);
    if points.iter().any(|point| point.cost.is_none()) {
        drawing.text(Anchor::Middle, [free, BOTTOM + 20.0], "none");
    }
    let places: Vec<[f64; 2]> = points
        .iter()
        .map(|p| [p.cost.map_or(free, |cost| across.place(cost)), up.place(p.estimate.point)])
        .collect();
    for (point, &[x, y]) in points.iter().zip(&places) {
        if let Some((low, high)) = point.estimate.low.zip(point.estimate.high) {
            drawing.line("leader", [x, up.place(low)], [x, up.place(high)]);
        }
        drawing.mark(point.verdict, [x, y]);
    }
    named(&mut drawing, points, &places);
    Some(drawing)
}

/// Writes every name where it covers neither a mark, the axis nor another name, as near to its mark
/// as can be.
fn named(drawing: &mut Drawing, points: &[Point], marks: &[[f64; 2]]) {
    let mut taken: Vec<[f64; 4]> =
        marks.iter().map(|[x, y]| [x - 6.0, y - 6.0, x + 6.0, y + 6.0]).collect();
    for (point, &[x, y]) in points.iter().zip(marks) {
        let width = LETTER * point.row.name.chars().count() as f64;
        let free = |up: &f64| {
            let area = [x + 9.0, y + up - 7.0, x + 9.0 + width, y + up + 7.0];
            area[3] < BOTTOM && area[1] > 0.0 && !taken.iter().any(|other| overlap(&area, other))
        };
        let mut lines =
            (0..60).flat_map(|line| [-1.0, 1.0].map(|sign| sign * LINE * f64::from(line) * 0.5));
        let up = lines.find(free).unwrap_or(0.0);
        taken.push([x + 9.0, y + up - 7.0, x + 9.0 + width, y + up + 7.0]);
        if up != 0.0 {
            drawing.line("leader", [x + 4.0, y], [x + 9.0, y + up]);
        }
        drawing.text(Anchor::Start, [x + 10.0, y + up + 4.5], &point.row.name);
    }
}

/// Whether two areas (left, top, right, bottom) share a place.
fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
