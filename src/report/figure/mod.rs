//! Figures as SVG, in the page and as files.

mod axis;
mod cost;
mod forest;
mod ranks;
mod svg;

pub(super) use ranks::figures as ranks;
pub(super) use svg::{Figure, STYLE, escaped};

use super::{Report, TaskFacts};

/// The figures of a task: scores, differences, and score against cost, as far as there is something to show.
pub(super) fn figures(report: &Report, task: &TaskFacts) -> Vec<Figure> {
    let Some(metric) = task.metrics.first() else { return Vec::new() };
    let figures = [
        forest::scores(report, task, metric),
        forest::differences(report, task, metric),
        cost::figure(report, task, metric),
    ];
    figures.into_iter().flatten().collect()
}
