//! Power curves as a figure.

use bench::report::figure::{Anchor, Axis, Drawing, Figure, LETTER};
use bench::stats::Verdict;

use super::errors::{FAMILY, LEVELS};
use super::power::{Power, SEEDS, found_with, points};

const TOP: f64 = 34.0;
const BOTTOM: f64 = 274.0;
const LEFT: f64 = 52.0;
const PANEL: f64 = 270.0;
const APART: f64 = 56.0;

/// How often a difference in a metric is found, one panel for each level.
pub fn figure(powers: &[Power], (metric, items): (&'static str, usize)) -> Option<Figure> {
    let spoken = metric.replace('_', " ");
    let mut drawing = Drawing::new(LEFT + 2.0 * PANEL + APART + 100.0, BOTTOM + 52.0);
    let titles =
        ["share found, 5 % level".into(), format!("share found, first of {FAMILY}: 0.14 % level")];
    let mut said = Vec::new();
    for ((level, title), place) in LEVELS.into_iter().zip(titles).zip([0.0, 1.0]) {
        let left = LEFT + place * (PANEL + APART);
        let curves = SEEDS.map(|seeds| points(powers, (metric, seeds, items, level)));
        said.extend(SEEDS.iter().zip(&curves).map(|(seeds, points)| told(*seeds, level, points)));
        let across = Axis::linear(curves.iter().flatten().map(|[x, _]| *x), left, left + PANEL)?;
        let up = Axis::linear([0.0, 1.0], BOTTOM, TOP)?;
        drawing.text(Anchor::Start, [left, TOP - 16.0], &title);
        frame(&mut drawing, (&across, &up), left, &format!("difference in {spoken}"));
        for (seeds, points) in SEEDS.into_iter().zip(&curves) {
            let places: Vec<[f64; 2]> =
                points.iter().map(|[x, y]| [across.place(*x), up.place(*y)]).collect();
            curve(&mut drawing, &places, seeds);
        }
    }
    legend(&mut drawing, LEFT + 2.0 * PANEL + APART + 16.0);
    Some(Figure {
        name: format!("power-{metric}-{items}"),
        title: format!("How often a difference in {spoken} is found on {items} items"),
        description: format!(
            "Share of simulated comparisons that find it; the dashed line is 80 %. {}.",
            said.join("; ")
        ),
        drawing,
    })
}

fn told(seeds: usize, level: f64, points: &[[f64; 2]]) -> String {
    let found = match found_with(points, 0.8) {
        Some(difference) => format!("{difference:.2} is found in 80 %"),
        None => "none that was tried is found in 80 %".into(),
    };
    format!("{seeds} seeds at {level:.4}: {found}")
}

fn frame(drawing: &mut Drawing, (across, up): (&Axis, &Axis), left: f64, label: &str) {
    let right = left + PANEL;
    for (y, word) in up.ticks() {
        drawing.line("grid", [left, y], [right, y]);
        drawing.text(Anchor::End, [left - 8.0, y + 4.5], &word);
    }
    for (x, word) in across.ticks() {
        drawing.line("axis", [x, BOTTOM], [x, BOTTOM + 5.0]);
        drawing.text(Anchor::Middle, [x, BOTTOM + 20.0], &word);
    }
    drawing.line("axis", [left, BOTTOM], [right, BOTTOM]);
    drawing.line("reference", [left, up.place(0.8)], [right, up.place(0.8)]);
    drawing.text(Anchor::Middle, [0.5 * (left + right), BOTTOM + 42.0], label);
}

/// Many seeds have a disc at each point, some a ring, few nothing.
fn curve(drawing: &mut Drawing, places: &[[f64; 2]], seeds: usize) {
    for pair in places.windows(2) {
        drawing.line("interval", pair[0], pair[1]);
    }
    let mut mark = |verdict| places.iter().for_each(|place| drawing.mark(verdict, *place));
    match seeds {
        ..=3 => {}
        4..=5 => mark(Some(Verdict::Undecided)),
        6.. => mark(None),
    }
}

fn legend(drawing: &mut Drawing, left: f64) {
    for (seeds, row) in SEEDS.into_iter().rev().zip(0..) {
        let y = TOP + 12.0 + 24.0 * f64::from(row);
        drawing.line("interval", [left, y], [left + 20.0, y]);
        curve(drawing, &[[left + 10.0, y]], seeds);
        drawing.text(Anchor::Start, [left + 20.0 + LETTER, y + 4.5], &format!("{seeds} seeds"));
    }
}
