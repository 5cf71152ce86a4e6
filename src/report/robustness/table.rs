//! `robustness.csv`, and the tables that say what corrupted sound does to scores.

use serde::Serialize;

use super::{CorruptedScore, Robust, RobustRow};
use crate::report::CorruptedFacts;
use crate::report::csv::six_digits;
use crate::report::figure::curve_name;
use crate::report::grid::{self, Grid};
use crate::report::words::{difference, fixed, mean, spoken};
use crate::stats::Estimate;

/// What corruptions are called together that come in no levels.
pub(in crate::report) const OTHERS: &str = "others";

/// A table's caption and its cells, the header first.
pub(in crate::report) type Titled = (String, Grid);

/// A line of `robustness.csv`; the order of the fields is the order of the columns.
#[derive(Serialize)]
pub struct Cells<'a> {
    task: &'a str,
    metric: &'a str,
    method: &'a str,
    corruption: &'a str,
    level: Option<i32>,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    difference: Option<f64>,
    difference_low: Option<f64>,
    difference_high: Option<f64>,
    relative: Option<f64>,
    relative_low: Option<f64>,
    relative_high: Option<f64>,
    seeds: Option<usize>,
    n: usize,
}

impl Robust {
    /// Its lines of `robustness.csv`, figures to six significant digits: for each row the clean
    /// score, each corruption, and their mean.
    pub(in crate::report) fn cells(&self) -> Vec<Cells<'_>> {
        self.rows.iter().flat_map(|row| self.row_cells(row)).collect()
    }

    fn row_cells<'a>(&'a self, row: &'a RobustRow) -> Vec<Cells<'a>> {
        let mut cells = vec![self.line(row, ("clean", None), [Some(&row.clean), None, None])];
        for (heard, change) in self.corruptions.iter().zip(&row.heard) {
            let Some(CorruptedScore { score, difference, relative }) = change else { continue };
            let figures = [Some(score), difference.as_ref(), relative.as_ref()];
            cells.push(self.line(row, (&heard.corruption, heard.level), figures));
        }
        let mean = row.mean.as_ref().map(|mean| [None, None, Some(mean)]);
        cells.extend(mean.map(|figures| self.line(row, ("mean", None), figures)));
        cells
    }

    fn line<'a>(
        &'a self,
        row: &'a RobustRow,
        (corruption, level): (&'a str, Option<i32>),
        [score, difference, relative]: [Option<&Estimate>; 3],
    ) -> Cells<'a> {
        let point = |figure: Option<&Estimate>| six_digits(figure.map(|figure| figure.point));
        let low = |figure: Option<&Estimate>| six_digits(figure.and_then(|figure| figure.low));
        let high = |figure: Option<&Estimate>| six_digits(figure.and_then(|figure| figure.high));
        Cells {
            task: &self.task,
            metric: &self.metric,
            method: &row.method,
            corruption,
            level,
            mean: point(score),
            low: low(score),
            high: high(score),
            difference: point(difference),
            difference_low: low(difference),
            difference_high: high(difference),
            relative: point(relative),
            relative_low: low(relative),
            relative_high: high(relative),
            seeds: row.clean.seeds,
            n: row.clean.n,
        }
    }

    /// The corruptions that come in levels, by family, then all others, each with its places.
    pub(in crate::report) fn families(&self) -> Vec<(&str, Vec<usize>)> {
        let mut families: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, heard) in self.corruptions.iter().enumerate() {
            let family = if heard.level.is_some() { heard.corruption.as_str() } else { OTHERS };
            match families.iter_mut().find(|(name, _)| *name == family) {
                Some((_, places)) => places.push(place),
                None => families.push((family, vec![place])),
            }
        }
        families
    }
}

/// The section of a task's corruptions.
pub(in crate::report) fn markdown(robust: &Robust) -> String {
    let (task, metric) = (&robust.task, spoken(&robust.metric));
    let mut text = format!(
        "\n### {task}: the same test items through corrupted sound ({metric})\n\n\
         The probes are those that were fitted and chosen on clean sound. Differences to the clean score are paired by \
         seed and item; the change is relative to it, the mean over all {} corruptions (every figure: \
         [robustness.csv](robustness.csv)).\n\n{}\n",
        robust.corruptions.len(),
        grid::markdown(summary(robust)),
    );
    for (caption, table) in tables(robust) {
        text += &format!("\n{caption}:\n\n{}\n", grid::markdown(table));
    }
    for (family, _) in robust.families() {
        if family != OTHERS {
            let name = curve_name(task, family);
            text += &format!("\n![{task}: {metric} against {family}](figures/{name}.svg)\n");
        }
    }
    text
}

/// A line per row: its clean score, and the mean relative change.
pub(in crate::report) fn summary(robust: &Robust) -> Grid {
    let mut table = vec![["method", "clean", "mean change"].map(String::from).to_vec()];
    for row in &robust.rows {
        let change = row.mean.as_ref().map_or("–".into(), percent);
        table.push(vec![row.method.clone(), mean(&row.clean), change]);
    }
    table
}

/// Scores, and differences to the clean one, by family.
pub(in crate::report) fn tables(robust: &Robust) -> Vec<Titled> {
    let families = robust.families();
    let both = families.iter().flat_map(|(family, places)| {
        let scores = table(robust, places, |change| mean(&change.score));
        let gap =
            |change: &CorruptedScore| change.difference.as_ref().map_or("–".into(), difference);
        [
            (format!("Scores ({family})"), scores),
            (format!("Corrupted minus clean ({family})"), table(robust, places, gap)),
        ]
    });
    both.collect()
}

fn table(robust: &Robust, places: &[usize], cell: impl Fn(&CorruptedScore) -> String) -> Grid {
    let titles = places.iter().map(|place| title(&robust.corruptions[*place]));
    let mut table = vec![std::iter::once("method".to_string()).chain(titles).collect::<Vec<_>>()];
    for row in &robust.rows {
        let figure = |place: &usize| row.heard[*place].as_ref().map_or("–".into(), &cell);
        table.push(std::iter::once(row.method.clone()).chain(places.iter().map(figure)).collect());
    }
    table
}

fn title(heard: &CorruptedFacts) -> String {
    match heard.level {
        Some(level) if heard.corruption == "shift" => format!("{level:+}"),
        Some(level) => level.to_string(),
        None => spoken(&heard.corruption),
    }
}

/// `−12 % [−15, −9]`.
fn percent(estimate: &Estimate) -> String {
    let whole = |share: f64| fixed(100.0 * share, 0);
    let sign = if whole(estimate.point).starts_with('-') { "" } else { "+" };
    let ends = estimate.low.zip(estimate.high);
    let ends = ends.map(|(low, high)| format!(" [{}, {}]", whole(low), whole(high)));
    format!("{sign}{} %{}", whole(estimate.point), ends.unwrap_or_default())
}
