//! Scores against a number that tasks differ in: a line for every row.

use super::axis::Axis;
use super::svg::{Anchor, Drawing, Figure, LETTER, Stroke};
use crate::report::words::{mean, spoken};
use crate::report::{CurvePoint, Report, TaskFacts};
use crate::stats::Estimate;

const LEFT: f64 = 64.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 400.0;
/// Height of a line of words.
const LINE: f64 = 14.0;
/// From one line's intervals to the next one's, so that none covers another.
const ASIDE: f64 = 2.5;
/// From so many times the least number on, an axis of positive numbers is logarithmic.
const WIDE: f64 = 5.0;

/// A row's scores.
struct Curve<'a> {
    name: String,
    stroke: Stroke,
    /// By their number, which rises.
    points: Vec<(f64, &'a Estimate)>,
}

/// The curve of which `task` is the first point; none where it is a later one, or of none.
pub(super) fn figure(report: &Report, task: &TaskFacts, metric: &str) -> Option<Figure> {
    let place = task.place.as_ref()?;
    let on = |place: &CurvePoint, other: &&TaskFacts| {
        other.place.as_ref().is_some_and(|at| at.curve == place.curve)
    };
    let tasks: Vec<&TaskFacts> = report.facts.tasks.iter().filter(|t| on(place, t)).collect();
    if tasks.first()?.name != task.name {
        return None;
    }
    let curves = curves(report, &tasks, metric);
    let said: Vec<String> = curves.iter().map(Curve::words).collect();
    Some(Figure {
        name: place.curve.clone(),
        title: format!("{}: {} against the {}", place.curve, spoken(metric), place.along),
        description: format!("Means with 95 % intervals. {}.", said.join("; ")),
        drawing: drawn(&curves, &place.along, &spoken(metric))?,
    })
}

/// The rows' scores, those of one series after those of another.
fn curves<'a>(report: &'a Report, tasks: &[&'a TaskFacts], metric: &str) -> Vec<Curve<'a>> {
    let places = || tasks.iter().filter_map(|task| Some((*task, task.place.as_ref()?)));
    let mut series: Vec<&str> = places().map(|(_, place)| place.series.as_str()).collect();
    let mut seen = std::collections::BTreeSet::new();
    series.retain(|name| seen.insert(*name));
    let mut curves = Vec::new();
    for (kind, series) in series.into_iter().enumerate() {
        for (number, row) in report.rows.iter().enumerate() {
            let estimate = |(task, place): (&'a TaskFacts, &CurvePoint)| {
                let line = report.line_of(&task.name, metric, &row.name)?;
                Some((place.at, line.mean.as_ref()?))
            };
            let of_series = places().filter(|(_, place)| place.series == series);
            let mut points: Vec<_> = of_series.filter_map(estimate).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let suffix = if series.is_empty() { String::new() } else { format!(", {series}") };
            let (name, stroke) = (format!("{}{suffix}", row.name), Stroke::new(number, kind));
            curves.extend((!points.is_empty()).then_some(Curve { name, stroke, points }));
        }
    }
    curves
}

impl Curve<'_> {
    /// `log_mel 0.3 ± 0.1 at 0.05, 0.4 ± 0.1 at 1`.
    fn words(&self) -> String {
        let said = |(at, estimate): &(f64, &Estimate)| format!("{} at {at}", mean(estimate));
        let said: Vec<String> = self.points.iter().map(said).collect();
        format!("{} {}", self.name, said.join(", "))
    }
}

fn drawn(curves: &[Curve<'_>], along: &str, metric: &str) -> Option<Drawing> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let mut numbers: Vec<f64> = points().map(|(at, _)| *at).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let across = across(&numbers)?;
    let ends = points().flat_map(|(_, e)| [Some(e.point), e.low, e.high]);
    let up = Axis::linear(ends.flatten(), BOTTOM, TOP)?;
    let longest = curves.iter().map(|curve| curve.name.chars().count()).max().unwrap_or(0);
    let mut drawing = Drawing::new(RIGHT + 40.0 + LETTER * longest as f64, BOTTOM + 48.0);
    drawing.rules(&up, [LEFT, RIGHT], 8.0);
    for number in &numbers {
        let x = across.place(*number);
        drawing.line("axis", [x, BOTTOM], [x, BOTTOM + 5.0]);
        drawing.text(Anchor::Middle, [x, BOTTOM + 20.0], &number.to_string());
    }
    drawing.line("axis", [LEFT, BOTTOM], [RIGHT, BOTTOM]);
    drawing.text(Anchor::Middle, [0.5 * (LEFT + RIGHT), BOTTOM + 40.0], along);
    drawing.text(Anchor::Start, [LEFT, TOP - 6.0], metric);
    let middle = 0.5 * (curves.len() as f64 - 1.0);
    let mut ends = Vec::new();
    for (number, curve) in curves.iter().enumerate() {
        let aside = ASIDE * (number as f64 - middle);
        let place = |(at, e): &(f64, &Estimate)| [across.place(*at) + aside, up.place(e.point)];
        let places: Vec<[f64; 2]> = curve.points.iter().map(place).collect();
        drawing.stroke(&places, &curve.stroke);
        for ((_, estimate), &[x, y]) in curve.points.iter().zip(&places) {
            let ends = estimate.low.zip(estimate.high).map(|(low, high)| [low, high]);
            if let Some([low, high]) = ends.map(|ends| ends.map(|end| up.place(end))) {
                drawing.line("leader", [x, low], [x, high]);
            }
            drawing.dot([x, y], &curve.stroke);
        }
        ends.extend(places.last().map(|end| (*end, curve)));
    }
    named(&mut drawing, ends);
    Some(drawing)
}

/// The axis of the numbers, logarithmic where they are positive and far apart.
fn across(numbers: &[f64]) -> Option<Axis> {
    let (first, last) = numbers.first().zip(numbers.last())?;
    let (from, to) = (LEFT + 24.0, RIGHT - 24.0);
    let axis = if *first > 0.0 && last / first >= WIDE { Axis::logarithmic } else { Axis::linear };
    axis(numbers.iter().copied(), from, to)
}

/// Writes each name right of its line's end, no two on the same line of words.
fn named(drawing: &mut Drawing, mut ends: Vec<([f64; 2], &Curve<'_>)>) {
    ends.sort_by(|(a, _), (b, _)| a[1].total_cmp(&b[1]));
    let room = LINE * ends.len().saturating_sub(1) as f64;
    let mut next = TOP;
    for (number, ([x, y], curve)) in ends.iter().enumerate() {
        let last = (BOTTOM - room + LINE * number as f64).max(next);
        let at = y.clamp(next, last);
        drawing.stroke(&[[*x, *y], [RIGHT + 2.0, at], [RIGHT + 8.0, at]], &curve.stroke.faint());
        drawing.text(Anchor::Start, [RIGHT + 12.0, at + 4.5], &curve.name);
        next = at + LINE;
    }
}
