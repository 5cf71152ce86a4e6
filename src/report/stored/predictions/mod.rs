//! Prediction files, of this program or any other: enough to compute every metric again.
//!
//! A CSV file with a header, one line per test item, in any order of lines and columns:
//!
//! | what is predicted | columns |
//! |---|---|
//! | one class per item | `id`, `truth`, `prediction`, and `rank`, the true class's place by score, if it is known |
//! | one class, by scores | `id`, `truth`, and `score:<class>` for every class |
//! | tags | `id`, and `truth:<tag>` (0 or 1) and `score:<tag>` for every tag |
//! | numbers | `id`, and `truth:<name>` and `score:<name>` for every output |
//! | retrieval | `id`, `truth`, the work, and `ranks`, the places from 1 at which its others are found, separated by bars |
//!
//! A column `group` may say what an item belongs to (an artist, a work): items of one group are not
//! independent.
//!
//! A run's are `predictions/<method>/<seed>/<task>.csv` of its results folder, with `group` behind
//! `id` and, of classes, always a `rank`. Where labels are drawn several times in a run, the
//! further draws' are in `<task>.<draw>.csv`.

mod answers;
mod file;
mod form;
mod write;

use std::path::{Path, PathBuf};

pub(in crate::report) use file::PredictionFile;
pub(in crate::report) use form::Form;
pub use write::write_predictions;

use super::TaskFacts;
use crate::eval::metric::Predictions;
use crate::{Error, Result};

/// The test items of a task, in the order of the predictions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestItems {
    /// The id of each, as its corpus has it.
    pub ids: Vec<String>,
    /// What each belongs to (work, artist): items of one group are not independent.
    pub groups: Vec<Option<String>>,
}

impl TestItems {
    /// The same items and their predictions in the order of the ids, whatever the order of the
    /// lines they came from.
    pub(in crate::report) fn sorted(
        self,
        predictions: Predictions,
    ) -> Result<(TestItems, Predictions)> {
        if self.ids.is_sorted() {
            return Ok((self, predictions));
        }
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        order.sort_by(|a, b| self.ids[*a].cmp(&self.ids[*b]));
        let ids = order.iter().map(|item| self.ids[*item].clone()).collect();
        let groups = order.iter().map(|item| self.groups[*item].clone()).collect();
        Ok((TestItems { ids, groups }, predictions.select(&order)?))
    }
}

/// Where the predictions of a run are; the folder of a run without a seed is `-`.
pub fn prediction_path(folder: &Path, method: &str, seed: Option<u64>, task: &str) -> PathBuf {
    let seed = seed.map_or("-".into(), |seed| seed.to_string());
    folder.join("predictions").join(method).join(seed).join(format!("{task}.csv"))
}

/// The file of a draw of labels beside that of the first: `style.2.csv` beside `style.csv`.
fn draw_path(path: &Path, draw: usize) -> PathBuf {
    if draw == 1 { path.to_path_buf() } else { path.with_extension(format!("{draw}.csv")) }
}

/// Reads the predictions of one run on `task`, by every draw of labels.
///
/// # Errors
/// When a file is missing or wrong, with the line, or draws are not of the same items.
pub fn read_predictions(path: &Path, task: &TaskFacts) -> Result<(TestItems, Predictions)> {
    let (items, first) = read_draw(path, task)?;
    let mut draws = vec![first];
    for draw in 2..=task.draws {
        let path = draw_path(path, draw);
        let (same, further) = read_draw(&path, task)?;
        if same != items {
            let message = "its test items are not those of the first draw";
            return Err(Error::data(path.display(), message));
        }
        draws.push(further);
    }
    Ok((items, Predictions::of_draws(draws)?))
}

fn read_draw(path: &Path, task: &TaskFacts) -> Result<(TestItems, Predictions)> {
    let file = PredictionFile::read(path)?;
    file.check_columns(&form::columns(task.labels, &task.outputs))?;
    let (found, wanted) = (file.items.ids.len(), task.test);
    if found != wanted {
        let message = format!("{found} predictions for the {wanted} test items of {}", task.name);
        return Err(Error::data(path.display(), message));
    }
    let predictions = file.predictions(task)?;
    Ok((file.items, predictions))
}
