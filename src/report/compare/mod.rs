//! Two rows, runs, results folders or prediction files compared, from stored predictions alone.

mod files;
mod folder;
mod pair;
mod run;
mod side;
mod table;
mod words;

use crate::eval::metric::{self, Metric};
use crate::report::TaskFacts;
use crate::stats::beside::{Beside, EffectSize};
use crate::stats::{Comparison, Difference, Estimate, Practical, judge};
use crate::{Error, Result};

use pair::Pair;
use side::Side;

/// What is asked of two sides.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The task; none for every one that both have.
    pub task: Option<String>,
    /// The metric; none for those of the task.
    pub metric: Option<String>,
    /// Differences up to this size, as a share of one, do not matter.
    pub rope: f64,
}

/// Two rows on one task by one metric.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// The task; empty for two prediction files.
    pub task: String,
    /// Name of the metric: `accuracy`.
    pub metric: String,
    /// Whether a larger figure is a better one.
    pub higher_is_better: bool,
    /// The region of practical equivalence is from minus this to this.
    pub rope: f64,
    /// What is compared: `results/key:ROW`.
    pub names: [String; 2],
    /// The means over either side's runs; none where no run finished or the figure is undefined.
    pub means: [Option<Estimate>; 2],
    /// Number of independent groups of test items.
    pub groups: usize,
    /// Whether one run is compared with one run, so that another seed might say otherwise.
    pub single: bool,
    /// The first minus the second, judged together with all contrasts that were asked for; none
    /// where no runs pair.
    pub comparison: Option<Comparison>,
    /// Whether the difference matters.
    pub practical: Practical,
    /// Tests that stand beside the verdict.
    pub tests: Vec<Beside>,
    /// Effect sizes.
    pub effects: Vec<EffectSize>,
    /// Why there is no verdict or no interval; empty otherwise.
    pub reason: String,
}

/// A contrast before it is judged.
struct Unjudged {
    contrast: Contrast,
    difference: Option<Difference>,
}

/// Compares what two arguments name: `FOLDER`, `FOLDER:ROW`, `FOLDER:ROW:SEED` or a prediction
/// file.
///
/// Two folders are compared row by row of the same name; a folder and a single row, each row with
/// that one. The verdicts of all contrasts are corrected together (Holm).
///
/// # Errors
/// When an argument names nothing, a file is wrong (with its line), or both sides are not of the
/// same test items.
pub fn compare(first: &str, second: &str, asked: &Asked) -> Result<Vec<Contrast>> {
    let sensible = asked.rope >= 0.0 && asked.rope.is_finite();
    if !sensible {
        return Err(Error::Invalid(format!("--rope {}: expected 0 or more", asked.rope)));
    }
    let sides = [Side::open(first)?, Side::open(second)?];
    let rows = side::rows(&sides)?;
    let mut found = Vec::new();
    for task in side::tasks(&sides, asked)? {
        let metrics = metrics(&task, asked)?;
        for names in &rows {
            let pair = Pair::read([(&sides[0], &names[0]), (&sides[1], &names[1])], &task)?;
            for metric in &metrics {
                found.push(pair.contrast(*metric, asked.rope)?);
            }
        }
    }
    Ok(judged(found))
}

/// The contrasts for a terminal: in words, then the tests and effect sizes as tables.
pub fn text(contrasts: &[Contrast]) -> String {
    words::text(contrasts)
}

/// The contrasts as CSV, one line per figure.
///
/// # Errors
/// Never for contrasts of this module's making.
pub fn csv(contrasts: &[Contrast]) -> Result<Vec<u8>> {
    table::csv(contrasts)
}

/// The task's metrics, or the one that is asked for.
fn metrics(task: &TaskFacts, asked: &Asked) -> Result<Vec<&'static dyn Metric>> {
    let Some(name) = &asked.metric else {
        return task.metrics.iter().map(|name| metric::by_name(name)).collect();
    };
    let metric = metric::by_name(name)?;
    if metric.labels() != task.labels {
        let (wanted, found) = (metric.labels(), task.labels);
        let message = format!("--metric {name}: it measures {wanted:?}, and these are {found:?}");
        return Err(Error::Invalid(message));
    }
    Ok(vec![metric])
}

fn judged(found: Vec<Unjudged>) -> Vec<Contrast> {
    let differences = found.iter().filter_map(|unjudged| unjudged.difference.clone());
    let mut comparisons = judge(differences.collect()).into_iter();
    let settle = |unjudged: Unjudged| {
        let comparison = unjudged.difference.and_then(|_| comparisons.next());
        Contrast { comparison, ..unjudged.contrast }
    };
    found.into_iter().map(settle).collect()
}
