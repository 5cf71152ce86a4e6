//! What two prediction files are of, as far as they tell.

use crate::Result;
use crate::data::Key;
use crate::eval::metric::{self, Labels};
use crate::eval::version;
use crate::report::TaskFacts;
use crate::report::stored::{Form, PredictionFile};

/// The task that two files are of, as far as they tell.
pub(super) fn task(
    first: &PredictionFile,
    second: &PredictionFile,
    metric: Option<&str>,
) -> Result<TaskFacts> {
    let metric = metric.map(metric::by_name).transpose()?;
    let (labels, outputs) = match &first.form {
        Form::Numbers(names) => {
            let tags = || [first, second].iter().all(|file| all_tags(file));
            let guess = || if tags() { Labels::Tags } else { Labels::Values };
            (metric.map_or_else(guess, |metric| metric.labels()), names.clone())
        }
        Form::Works => (Labels::Works, Vec::new()),
        Form::Classes { .. } | Form::Scores(_) => (Labels::Classes, classes(first, second)),
    };
    let keys = outputs == keys();
    let metrics: &[&str] = match labels {
        Labels::Classes if keys => &["weighted_key_score", "accuracy"],
        Labels::Classes => &["accuracy"],
        Labels::Tags => &["macro_roc_auc", "macro_average_precision"],
        Labels::Values => &["r2"],
        Labels::Works => &["map"],
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
        test: first.count(),
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
        [first, second].iter().flat_map(|file| class_names(file)).collect();
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

fn class_names(file: &PredictionFile) -> Vec<String> {
    let (columns, more) = match &file.form {
        Form::Classes { .. } => (2, Vec::new()),
        Form::Scores(names) => (1, names.clone()),
        Form::Numbers(_) | Form::Works => (0, Vec::new()),
    };
    let cells = |item: usize| (0..columns).map(move |column| file.cell(item, column).to_string());
    (0..file.count()).flat_map(cells).chain(more).collect()
}

fn all_tags(file: &PredictionFile) -> bool {
    let truths = match &file.form {
        Form::Numbers(names) => names.len(),
        _ => 0,
    };
    let tag = |item: usize, column: usize| ["0", "1"].contains(&file.cell(item, column).trim());
    (0..file.count()).all(|item| (0..truths).all(|column| tag(item, column)))
}
