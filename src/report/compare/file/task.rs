//! What two prediction files are of, as far as they tell.

use super::{Form, PredictionFile};
use crate::Result;
use crate::data::Key;
use crate::eval::metric::{self, Labels};
use crate::eval::version;
use crate::report::TaskFacts;

/// The task that two files are of, as far as they tell.
pub(in super::super) fn task(
    first: &PredictionFile,
    second: &PredictionFile,
    metric: Option<&str>,
) -> Result<TaskFacts> {
    let metric = metric.map(metric::by_name).transpose()?;
    let (labels, outputs) = match &first.form {
        Form::Numbers(names) => {
            let tags = || [first, second].iter().all(|file| file.all_tags());
            let guess = || if tags() { Labels::Tags } else { Labels::Values };
            (metric.map_or_else(guess, |metric| metric.labels()), names.clone())
        }
        _ => (Labels::Classes, classes(first, second)),
    };
    let keys = outputs == keys();
    let metrics: &[&str] = match labels {
        Labels::Classes if keys => &["weighted_key_score", "accuracy"],
        Labels::Classes => &["accuracy"],
        Labels::Tags => &["macro_roc_auc", "macro_average_precision"],
        _ => &["r2"],
    };
    let metrics = metrics.iter().map(|name| name.to_string()).collect();
    Ok(TaskFacts {
        name: String::new(),
        version: version::first(),
        corpus: String::new(),
        labels,
        outputs,
        metrics,
        train: 0,
        valid: 0,
        test: first.lines.len(),
        split: String::new(),
        draws: 1,
        spared: Vec::new(),
        place: None,
        published: Vec::new(),
        warnings: Vec::new(),
    })
}

/// Every class that either file names; all 24 keys where each is one and says its mode.
fn classes(first: &PredictionFile, second: &PredictionFile) -> Vec<String> {
    let mut names: Vec<String> =
        [first, second].iter().flat_map(|file| file.class_names()).collect();
    names.sort_unstable();
    names.dedup();
    let lower = |name: &String| name.to_lowercase();
    let says = |name: &String| lower(name).contains("maj") || lower(name).contains("min");
    if names.iter().all(|name| says(name) && name.parse::<Key>().is_ok()) {
        return keys();
    }
    names
}

fn keys() -> Vec<String> {
    Key::all().map(|key| key.to_string()).collect()
}

impl PredictionFile {
    fn class_names(&self) -> Vec<String> {
        let (columns, more) = match &self.form {
            Form::Classes { .. } => (2, Vec::new()),
            Form::Scores(names) => (1, names.clone()),
            Form::Numbers(_) => (0, Vec::new()),
        };
        self.cells.iter().flat_map(|row| row[..columns].to_vec()).chain(more).collect()
    }

    fn all_tags(&self) -> bool {
        let truths = match &self.form {
            Form::Numbers(names) => names.len(),
            _ => 0,
        };
        self.cells
            .iter()
            .all(|row| row[..truths].iter().all(|cell| ["0", "1"].contains(&cell.trim())))
    }
}
