//! `predictions/<method>/<seed>/<task>.csv`: every test item's prediction, enough to compute every metric again.
//!
//! Classes: `id,group,truth,prediction,rank`, where `rank` is the true class's place by score. Tags
//! and values: `id,group`, then for each output `truth:<name>` and `score:<name>`. Retrieval:
//! `id,group,truth,ranks`, where `truth` is the work and `ranks` are those of the others of it,
//! separated by `|`.
//!
//! Where labels are drawn several times in a run, the further draws' are in `<task>.<draw>.csv`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ::csv::{Reader, StringRecord, Writer};

use super::TaskFacts;
use super::csv::{at, finish, wrong};
use crate::eval::metric::retrieval::Query;
use crate::eval::metric::{Labels, Predictions, Truth};
use crate::files::{read_text, write_atomically};
use crate::{Error, Result};

/// The test items of a task, in the order of the predictions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestItems {
    /// Ids.
    pub ids: Vec<String>,
    /// What each belongs to (work, artist): items of one group are not independent.
    pub groups: Vec<Option<String>>,
}

impl TestItems {
    /// The same items and their predictions in the order of the ids, whatever the order of the lines they came from.
    pub(super) fn sorted(self, predictions: Predictions) -> Result<(TestItems, Predictions)> {
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
    let (header, cells) = columns(predictions)?;
    let mut writer = Writer::from_writer(Vec::new());
    let failed = |e: ::csv::Error| Error::Failed(format!("predictions cannot be written: {e}"));
    writer
        .write_record(["id", "group"].iter().map(|s| s.to_string()).chain(header))
        .map_err(failed)?;
    for (item, cells) in cells.into_iter().enumerate() {
        let group = items.groups[item].clone().unwrap_or_default();
        writer
            .write_record([items.ids[item].clone(), group].into_iter().chain(cells))
            .map_err(failed)?;
    }
    write_atomically(path, &finish(writer)?)
}

fn columns(predictions: &Predictions) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let names = predictions.names();
    if predictions.labels() == Labels::Works {
        let (truth, queries) = predictions.works()?;
        let row = |(work, query): (&String, &Query)| vec![work.clone(), joined(query.ranks())];
        let header = ["truth", "ranks"].map(String::from).to_vec();
        return Ok((header, truth.iter().zip(queries).map(row).collect()));
    }
    if predictions.labels() == Labels::Classes {
        let (truth, predicted, rank) = predictions.classes()?;
        let row = |i: usize| {
            vec![names[truth[i]].clone(), names[predicted[i]].clone(), rank[i].to_string()]
        };
        let header = ["truth", "prediction", "rank"].map(String::from).to_vec();
        return Ok((header, (0..truth.len()).map(row).collect()));
    }
    let cells: Vec<[String; 2]> = match predictions.labels() {
        Labels::Tags => {
            let (truth, scores) = predictions.tags()?;
            truth
                .iter()
                .zip(scores)
                .map(|(t, s)| [u8::from(*t).to_string(), s.to_string()])
                .collect()
        }
        _ => {
            let (truth, scores) = predictions.values()?;
            truth.iter().zip(scores).map(|(t, s)| [t.to_string(), s.to_string()]).collect()
        }
    };
    Ok((pair_header(names), cells.chunks(names.len()).map(<[_]>::concat).collect()))
}

fn joined(ranks: &[usize]) -> String {
    ranks.iter().map(usize::to_string).collect::<Vec<_>>().join("|")
}

fn pair_header(names: &[String]) -> Vec<String> {
    names.iter().flat_map(|name| [format!("truth:{name}"), format!("score:{name}")]).collect()
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
    let text = read_text(path)?;
    let mut reader = Reader::from_reader(text.as_bytes());
    let header = match task.labels {
        Labels::Classes => ["truth", "prediction", "rank"].map(String::from).to_vec(),
        Labels::Works => ["truth", "ranks"].map(String::from).to_vec(),
        Labels::Tags | Labels::Values => pair_header(&task.outputs),
    };
    let found = reader.headers().map_err(|e| wrong(path, &e))?;
    if !found.iter().eq(["id", "group"].into_iter().chain(header.iter().map(String::as_str))) {
        return Err(at(path, 1, format!("the columns must be id,group,{}", header.join(","))));
    }
    let (works, queries, cells) = (Vec::new(), Vec::new(), Vec::new());
    let (items, known) = (TestItems::default(), BTreeSet::new());
    let mut table = Table { path, task, items, known, cells, works, queries };
    for row in reader.records() {
        table.push(&row.map_err(|e| wrong(path, &e))?)?;
    }
    let (found, wanted) = (table.items.ids.len(), task.test);
    if found != wanted {
        let message = format!("{found} predictions for the {wanted} test items of {}", task.name);
        return Err(Error::data(path.display(), message));
    }
    let predictions =
        table.predictions().map_err(|e| Error::data(path.display(), e.to_string()))?;
    Ok((table.items, predictions))
}

/// A file as it is read: per item the two or more numbers in its cells.
struct Table<'a> {
    path: &'a Path,
    task: &'a TaskFacts,
    items: TestItems,
    known: BTreeSet<String>,
    cells: Vec<Vec<f64>>,
    works: Vec<String>,
    queries: Vec<Query>,
}

impl Table<'_> {
    fn push(&mut self, row: &StringRecord) -> Result<()> {
        let line = row.position().map_or(0, ::csv::Position::line);
        if self.task.labels == Labels::Works {
            self.works.push(row[2].to_string());
            self.queries.push(query(&row[3]).map_err(|e| at(self.path, line, e))?);
        } else {
            let cells =
                row.iter().enumerate().skip(2).map(|(column, cell)| self.number(column, cell));
            let cells = cells.collect::<Result<_, String>>().map_err(|e| at(self.path, line, e))?;
            self.cells.push(cells);
        }
        if !self.known.insert(row[0].to_string()) {
            return Err(at(self.path, line, format!("item {:?} is there twice", &row[0])));
        }
        self.items.ids.push(row[0].to_string());
        self.items.groups.push(Some(row[1].to_string()).filter(|group| !group.is_empty()));
        Ok(())
    }

    fn number(&self, column: usize, cell: &str) -> Result<f64, String> {
        if self.task.labels == Labels::Classes && column < 4 {
            let class = self.task.outputs.iter().position(|name| name == cell);
            let class =
                class.ok_or_else(|| format!("{cell:?} is not a class of {}", self.task.name))?;
            return Ok(class as f64);
        }
        let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| format!("{cell:?} is not a number"))?;
        match self.task.labels {
            Labels::Classes if number < 1.0 || number.fract() != 0.0 => {
                Err(format!("{cell:?} is not a rank"))
            }
            Labels::Tags if column.is_multiple_of(2) && ![0.0, 1.0].contains(&number) => {
                Err(format!("a tag's truth is {cell:?}, neither 0 nor 1"))
            }
            _ => Ok(number),
        }
    }

    fn predictions(&self) -> Result<Predictions> {
        if self.task.labels == Labels::Works {
            return Predictions::retrieved(self.works.clone(), self.queries.clone());
        }
        let column = |at: usize| self.cells.iter().map(move |row| row[at]);
        let names = self.task.outputs.clone();
        if self.task.labels == Labels::Classes {
            let places = |at: usize| column(at).map(|place| place as usize).collect();
            return Predictions::classified(names, places(0), places(1), places(2));
        }
        let every_other =
            |from: usize| self.cells.iter().flat_map(move |row| row.iter().skip(from).step_by(2));
        let scores = every_other(1).copied().collect();
        let truth = match self.task.labels {
            Labels::Tags => Truth::Tags(every_other(0).map(|&tag| tag != 0.0).collect()),
            _ => Truth::Values(every_other(0).copied().collect()),
        };
        Predictions::new(names, scores, truth)
    }
}

/// The ranks in a cell.
fn query(cell: &str) -> Result<Query, String> {
    let rank = |rank: &str| rank.parse().map_err(|_| format!("{rank:?} is not a rank"));
    let ranks = cell.split('|').filter(|rank| !rank.is_empty()).map(rank);
    let ranks = ranks.collect::<Result<Vec<usize>, String>>()?;
    Query::new(ranks).map_err(|e| e.to_string())
}
