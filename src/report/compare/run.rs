//! One run's predictions on one task, in the order of the items' ids.

use crate::eval::metric::Predictions;
use crate::report::stored::{Form, PredictionFile};
use crate::report::{TaskFacts, TestItems};
use crate::{Error, Result};

/// What one run predicted.
pub(super) struct Run {
    /// The file it was read from.
    pub place: String,
    /// The run's seed; none where it has none or is compared by itself.
    pub seed: Option<u64>,
    /// Whether another seed might give other predictions.
    pub chance: bool,
    /// The test items.
    pub items: TestItems,
    /// What was predicted for each.
    pub predictions: Predictions,
    /// Whether the true class's place by score is known, and not only whether it is the first.
    pub ranked: bool,
}

impl Run {
    /// That of a prediction file, in the terms of a task.
    pub fn of_file(file: &PredictionFile, task: &TaskFacts) -> Result<Run> {
        let (place, seed, chance) = (file.place(), None, true);
        let (items, predictions) = (file.items.clone(), file.predictions(task)?);
        let ranked = file.form != Form::Classes { ranked: false };
        Run { place, seed, chance, items, predictions, ranked }.sorted()
    }

    /// The same run with its items ordered by their ids.
    pub fn sorted(self) -> Result<Run> {
        let Run { place, seed, chance, items, predictions, ranked } = self;
        let (items, predictions) = items.sorted(predictions)?;
        Ok(Run { place, seed, chance, items, predictions, ranked })
    }

    /// Whether its file says what any item belongs to.
    pub fn grouped(&self) -> bool {
        self.items.groups.iter().any(Option::is_some)
    }

    /// Refuses `other` if it is not of the same items, truth and groups.
    pub fn check_same(&self, other: &Run) -> Result<()> {
        let wrong = |what: &str, at: String| {
            let message = format!("not the same {what} as in {}{at}", self.place);
            Err(Error::data(&other.place, message))
        };
        if self.items.ids != other.items.ids {
            let (lacking, further) = (lacking(self, other), lacking(other, self));
            let first =
                |ids: &[&str]| ids.first().map_or(String::new(), |id| format!(" ({id:?}, …)"));
            let (fewer, more) = (lacking.len(), further.len());
            let (of_fewer, of_more) = (first(&lacking), first(&further));
            return wrong(
                "test items",
                format!(": {fewer} missing{of_fewer}, {more} more{of_more}"),
            );
        }
        if !self.predictions.same_truth(&other.predictions) {
            return wrong("truth", self.first_difference(other)?);
        }
        if self.grouped() && other.grouped() && self.items.groups != other.items.groups {
            return wrong("groups", String::new());
        }
        Ok(())
    }

    fn first_difference(&self, other: &Run) -> Result<String> {
        // What an item finds is of all items together, so a query cannot be looked at by itself.
        let works = self.predictions.works().ok().zip(other.predictions.works().ok());
        for (item, id) in self.items.ids.iter().enumerate() {
            let alone = |run: &Run| run.predictions.select(&[item]);
            let same = match works {
                Some(((ours, _), (theirs, _))) => ours[item] == theirs[item],
                None => alone(self)?.same_truth(&alone(other)?),
            };
            if !same {
                return Ok(format!(": item {id:?}"));
            }
        }
        Ok(String::new())
    }
}

/// Ids of `whole` that `part` lacks; both are in order.
fn lacking<'a>(whole: &'a Run, part: &Run) -> Vec<&'a str> {
    let there = |id: &&String| part.items.ids.binary_search(id).is_ok();
    whole.items.ids.iter().filter(|id| !there(id)).map(String::as_str).collect()
}
