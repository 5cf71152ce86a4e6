//! Predictions as files of a results folder.

use std::path::Path;

use super::{TestItems, draw_path, form};
use crate::eval::metric::retrieval::Query;
use crate::eval::metric::{Labels, Predictions};
use crate::files::write_atomically;
use crate::report::csv;
use crate::{Error, Result};

/// Writes the predictions of one run on one task, each draw of labels in a file of its own.
///
/// # Errors
/// When the numbers of items differ, or a file cannot be written.
pub fn write_predictions(path: &Path, items: &TestItems, predictions: &Predictions) -> Result<()> {
    let write = |(draw, one)| write_draw(&draw_path(path, draw), items, one);
    (1..).zip(predictions.draws()).try_for_each(write)
}

fn write_draw(path: &Path, items: &TestItems, predictions: &Predictions) -> Result<()> {
    let count = predictions.items();
    if items.ids.len() != count || items.groups.len() != count {
        let ids = items.ids.len();
        return Err(Error::Failed(format!("{count} predictions for {ids} test items")));
    }
    let line = |((id, group), predicted): ((&String, &Option<String>), Vec<String>)| {
        let item = [id.clone(), group.clone().unwrap_or_default()];
        item.into_iter().chain(predicted).collect::<Vec<String>>()
    };
    let lines = items.ids.iter().zip(&items.groups).zip(cells(predictions)?).map(line);
    let header = form::columns(predictions.labels(), predictions.names());
    let table: Vec<Vec<String>> = std::iter::once(header).chain(lines).collect();
    write_atomically(path, &csv::bytes(&table)?)
}

/// What stands behind each item's id and group.
fn cells(predictions: &Predictions) -> Result<Vec<Vec<String>>> {
    let names = predictions.names();
    let by_item = |cells: Vec<[String; 2]>| cells.chunks(names.len()).map(<[_]>::concat).collect();
    Ok(match predictions.labels() {
        Labels::Classes => {
            let (truth, predicted, rank) = predictions.classes()?;
            let [truth, predicted] =
                [truth, predicted].map(|all| all.iter().map(move |at| &names[*at]));
            let row = |((truth, predicted), rank): ((&String, &String), &usize)| {
                vec![truth.clone(), predicted.clone(), rank.to_string()]
            };
            truth.zip(predicted).zip(rank).map(row).collect()
        }
        Labels::Tags => {
            let (truth, scores) = predictions.tags()?;
            let pair = |(t, s): (&bool, &f64)| [u8::from(*t).to_string(), s.to_string()];
            by_item(truth.iter().zip(scores).map(pair).collect())
        }
        Labels::Values => {
            let (truth, scores) = predictions.values()?;
            let pair = |(t, s): (&f64, &f64)| [t.to_string(), s.to_string()];
            by_item(truth.iter().zip(scores).map(pair).collect())
        }
        Labels::Works => {
            let (truth, queries) = predictions.works()?;
            let ranks = |query: &Query| {
                query.ranks().iter().map(usize::to_string).collect::<Vec<_>>().join("|")
            };
            truth
                .iter()
                .zip(queries)
                .map(|(work, query)| vec![work.clone(), ranks(query)])
                .collect()
        }
    })
}
