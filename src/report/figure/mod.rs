//! Figures as SVG, in the page and as files.

mod axis;
mod corruption;
mod cost;
mod curve;
mod forest;
mod ranks;
mod svg;
mod training;

pub use axis::Axis;
pub(super) use corruption::curve_name;
pub(super) use ranks::figures as ranks;
pub use svg::{Anchor, Drawing, Figure, LETTER};
pub(super) use svg::{STYLE, escaped};
pub(super) use training::figure as training;

use std::path::{Path, PathBuf};

use super::{Report, TaskFacts};
use crate::Result;
use crate::files::{entries, read_text};

/// The figures of a task: scores, differences, score against cost, the curve that begins with it,
/// and score against corruption, as far as there is something to show.
pub(super) fn figures(report: &Report, task: &TaskFacts) -> Vec<Figure> {
    let Some(metric) = task.metrics.first() else { return Vec::new() };
    let figures = [
        forest::scores(report, task, metric),
        forest::differences(report, task, metric),
        cost::figure(report, task, metric),
        curve::figure(report, task, metric),
    ];
    figures.into_iter().flatten().chain(corruption::figures(report, task)).collect()
}

/// The figures in a folder, by their paths; pictures of other making are none.
pub(super) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = if folder.is_dir() { entries(folder)? } else { Vec::new() };
    paths.retain(|path| read_text(path).is_ok_and(|text| Figure::is_file(&text)));
    Ok(paths)
}
