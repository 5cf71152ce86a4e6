//! The loss of every run against its steps, a panel for each row.

use super::axis::Axis;
use super::svg::{Anchor, Drawing, Figure};
use crate::report::{Report, Stretch};

const COLUMNS: usize = 3;
/// Width and height of a panel with its words.
const PANEL: [f64; 2] = [260.0, 168.0];
/// Where a panel's plot lies in it.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 244.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 126.0;

/// What was minimised, row by row; none where no row was trained.
pub(in crate::report) fn figure(report: &Report) -> Option<Figure> {
    let runs = |name: &str| -> Vec<&Stretch> {
        report.training.iter().filter(|stretch| stretch.method == name).collect()
    };
    let names = report.rows.iter().map(|row| row.name.as_str());
    let panels: Vec<(&str, Vec<&Stretch>)> =
        names.map(|name| (name, runs(name))).filter(|(_, runs)| !runs.is_empty()).collect();
    if panels.is_empty() {
        return None;
    }
    let rows = panels.len().div_ceil(COLUMNS);
    let columns = panels.len().min(COLUMNS);
    let mut drawing = Drawing::new(PANEL[0] * columns as f64, PANEL[1] * rows as f64);
    let mut said = Vec::new();
    for (place, (name, runs)) in panels.iter().enumerate() {
        let corner = [(place % COLUMNS) as f64 * PANEL[0], (place / COLUMNS) as f64 * PANEL[1]];
        panel(&mut drawing, corner, name, runs)?;
        said.extend(ends(name, runs));
    }
    Some(Figure {
        name: "training.loss".into(),
        title: "loss against steps".into(),
        description: format!(
            "A panel for each trained row, a line for each run: means over up to 40 parts of its steps. Losses of \
             different rows are not of one kind. From the first part to the last: {}.",
            said.join("; ")
        ),
        drawing,
    })
}

fn panel(drawing: &mut Drawing, [x, y]: [f64; 2], name: &str, runs: &[&Stretch]) -> Option<()> {
    let steps = runs.iter().map(|stretch| stretch.last_step as f64);
    let across = Axis::linear(steps.chain([0.0]), x + LEFT, x + RIGHT)?;
    let up = Axis::linear(runs.iter().map(|stretch| stretch.loss), y + BOTTOM, y + TOP)?;
    drawing.text(Anchor::Start, [x + LEFT, y + TOP - 12.0], name);
    drawing.rules(&up, [x + LEFT, x + RIGHT], 6.0);
    drawing.line("axis", [x + LEFT, y + BOTTOM], [x + RIGHT, y + BOTTOM]);
    for (at, word) in across.ticks().into_iter().step_by(2) {
        drawing.line("axis", [at, y + BOTTOM], [at, y + BOTTOM + 4.0]);
        drawing.text(Anchor::Middle, [at, y + BOTTOM + 18.0], &word);
    }
    for run in runs.chunk_by(|a, b| a.seed == b.seed) {
        let middle = |s: &Stretch| 0.5 * (s.first_step + s.last_step) as f64;
        let places = run.iter().map(|s| [across.place(middle(s)), up.place(s.loss)]);
        drawing.curve("run", &places.collect::<Vec<_>>());
    }
    Some(())
}

/// From what to what the loss of a row went, as the mean over its runs.
fn ends(name: &str, runs: &[&Stretch]) -> Option<String> {
    let runs: Vec<&[&Stretch]> = runs.chunk_by(|a, b| a.seed == b.seed).collect();
    let mean = |end: fn(&[&Stretch]) -> Option<f64>| {
        let ends: Option<Vec<f64>> = runs.iter().map(|run| end(run)).collect();
        ends.map(|ends| ends.iter().sum::<f64>() / ends.len() as f64)
    };
    let (first, last) = (mean(|run| Some(run.first()?.loss))?, mean(|run| Some(run.last()?.loss))?);
    Some(format!("{name} {first:.3} to {last:.3}"))
}
