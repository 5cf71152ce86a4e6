//! Score against how corrupted the sound is: a small curve for each row, the baseline's behind it.

use super::axis::Axis;
use super::svg::{Anchor, Drawing, Figure};
use crate::report::robustness::OTHERS;
use crate::report::words::{mean, spoken};
use crate::report::{Report, Robust, RobustRow, TaskFacts};
use crate::stats::Estimate;

/// Width and height that one row's curve takes.
const CELL: [f64; 2] = [208.0, 168.0];
/// Curves side by side.
const COLUMNS: usize = 4;
/// Room left, above, right and below the curve in its cell.
const MARGIN: [f64; 4] = [46.0, 26.0, 14.0, 24.0];
/// Height below the curves.
const FOOT: f64 = 30.0;

/// What a figure of a task against a family of corruptions is called.
pub(in crate::report) fn curve_name(task: &str, family: &str) -> String {
    format!("{task}.{family}")
}

/// A figure for each family of corruptions that comes in levels, by the task's first metric.
pub(super) fn figures(report: &Report, task: &TaskFacts) -> Vec<Figure> {
    let Some(robust) = report.robust(task) else { return Vec::new() };
    let families = robust.families().into_iter().filter(|(family, _)| *family != OTHERS);
    families.filter_map(|(family, places)| figure(report, robust, (family, &places))).collect()
}

/// A row's scores by level, the clean one at 0.
struct Curve<'a> {
    row: &'a RobustRow,
    points: Vec<(f64, &'a Estimate)>,
}

impl Curve<'_> {
    fn new<'a>(robust: &'a Robust, row: &'a RobustRow, places: &[usize]) -> Curve<'a> {
        let point = |place: &usize| {
            let level = robust.corruptions[*place].level?;
            Some((f64::from(level), &row.heard[*place].as_ref()?.score))
        };
        let mut points: Vec<_> = places.iter().filter_map(point).collect();
        points.push((0.0, &row.clean));
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Curve { row, points }
    }

    fn told(&self) -> String {
        let points = self.points.iter().map(|(level, score)| format!("{level}: {}", mean(score)));
        format!("{} {}", self.row.method, points.collect::<Vec<_>>().join(", "))
    }
}

fn figure(report: &Report, robust: &Robust, (family, places): (&str, &[usize])) -> Option<Figure> {
    let curves: Vec<Curve> =
        robust.rows.iter().map(|row| Curve::new(robust, row, places)).collect();
    let (task, metric) = (&robust.task, spoken(&robust.metric));
    let unit = if family == "shift" { "semitones" } else { family };
    let baseline = &report.facts.baseline;
    let told: Vec<String> = curves.iter().map(Curve::told).collect();
    let columns = curves.len().clamp(1, COLUMNS);
    let lines = curves.len().div_ceil(COLUMNS);
    let mut drawing = Drawing::new(CELL[0] * columns as f64, CELL[1] * lines as f64 + FOOT);
    let other = curves.iter().find(|curve| curve.row.method == *baseline);
    for (at, curve) in curves.iter().enumerate() {
        let place = [(at % COLUMNS) as f64 * CELL[0], (at / COLUMNS) as f64 * CELL[1]];
        let panel = Panel::new(&curves, place)?;
        panel.frame(&mut drawing, &curve.row.method);
        if let Some(other) = other.filter(|other| other.row.method != curve.row.method) {
            panel.line(&mut drawing, "reference", other);
        }
        panel.line(&mut drawing, "interval", curve);
        panel.marks(&mut drawing, curve);
    }
    let legend = format!("{metric} against {unit}; dashed: {baseline}");
    drawing.text(Anchor::Start, [12.0, CELL[1] * lines as f64 + 18.0], &legend);
    Some(Figure {
        name: curve_name(task, family),
        title: format!("{task}: {metric} against {unit}"),
        description: format!(
            "Means with 95 % intervals by {unit}, 0 being clean sound. {}.",
            told.join("; ")
        ),
        drawing,
    })
}

/// Where one row's curve is drawn, on the same scale as all others.
struct Panel {
    across: Axis,
    up: Axis,
    left: f64,
    top: f64,
}

impl Panel {
    fn new(curves: &[Curve], [left, top]: [f64; 2]) -> Option<Panel> {
        let points = || curves.iter().flat_map(|curve| &curve.points);
        let ends = points().flat_map(|(_, s)| [Some(s.point), s.low, s.high]).flatten();
        let [west, north, east, south] = MARGIN;
        Some(Panel {
            across: Axis::linear(
                points().map(|(level, _)| *level),
                left + west,
                left + CELL[0] - east,
            )?,
            up: Axis::linear(ends, top + CELL[1] - south, top + north)?,
            left,
            top,
        })
    }

    fn frame(&self, drawing: &mut Drawing, name: &str) {
        let [west, _, east, south] = MARGIN;
        let (left, right) = (self.left + west, self.left + CELL[0] - east);
        let bottom = self.top + CELL[1] - south;
        drawing.rules(&self.up, [left, right], 6.0);
        for (x, word) in self.across.ticks() {
            drawing.line("axis", [x, bottom], [x, bottom + 4.0]);
            drawing.text(Anchor::Middle, [x, bottom + 17.0], &word);
        }
        drawing.line("axis", [left, bottom], [right, bottom]);
        drawing.text(Anchor::Start, [left, self.top + 16.0], name);
    }

    fn line(&self, drawing: &mut Drawing, class: &str, curve: &Curve) {
        let place = |(level, score): &(f64, &Estimate)| {
            [self.across.place(*level), self.up.place(score.point)]
        };
        for pair in curve.points.windows(2) {
            drawing.line(class, place(&pair[0]), place(&pair[1]));
        }
    }

    fn marks(&self, drawing: &mut Drawing, curve: &Curve) {
        for (level, score) in &curve.points {
            let x = self.across.place(*level);
            if let Some((low, high)) = score.low.zip(score.high) {
                drawing.line("leader", [x, self.up.place(low)], [x, self.up.place(high)]);
            }
            drawing.mark(None, [x, self.up.place(score.point)]);
        }
    }
}
