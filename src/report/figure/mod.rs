//! Figures as SVG, in the page and as files.

mod axis;
mod cost;
mod curve;
mod forest;
mod svg;

pub(super) use svg::{Figure, STYLE, escaped};

use super::{Report, TaskFacts};

/// The figures of a task: scores, differences, score against cost, and the curve that begins with it, as far as there is
/// something to show.
pub(super) fn figures(report: &Report, task: &TaskFacts) -> Vec<Figure> {
    let Some(metric) = task.metrics.first() else { return Vec::new() };
    let figures = [
        forest::scores(report, task, metric),
        forest::differences(report, task, metric),
        cost::figure(report, task, metric),
        curve::figure(report, task, metric),
    ];
    figures.into_iter().flatten().collect()
}
