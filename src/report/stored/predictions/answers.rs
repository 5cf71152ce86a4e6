//! The cells of a prediction file as predictions.

use super::{Form, PredictionFile};
use crate::data::Key;
use crate::eval::metric::retrieval::Query;
use crate::eval::metric::{Labels, Predictions, Truth};
use crate::report::TaskFacts;
use crate::report::csv::at;
use crate::{Error, Result};

impl PredictionFile {
    /// Its predictions in the terms of a task.
    pub fn predictions(&self, task: &TaskFacts) -> Result<Predictions> {
        match (&self.form, task.labels) {
            (Form::Classes { ranked }, Labels::Classes) => self.classes(&task.outputs, *ranked),
            (Form::Scores(names), Labels::Classes) => self.scored(names, &task.outputs),
            (Form::Numbers(names), Labels::Tags | Labels::Values) => self.numbers(names, task),
            (Form::Works, Labels::Works) => self.works(),
            (_, labels) => {
                let message = format!("these columns are not those of {labels:?}");
                Err(at(&self.path, 1, message))
            }
        }
    }

    fn classes(&self, outputs: &[String], ranked: bool) -> Result<Predictions> {
        let classes = |column: usize| -> Result<Vec<usize>> {
            (0..self.count()).map(|item| self.class(item, column, outputs)).collect()
        };
        let (truth, predicted) = (classes(0)?, classes(1)?);
        let rank = |item: usize| match ranked {
            true => self.rank(item, outputs.len(), truth[item] == predicted[item]),
            // Of a wrong answer only that it is not the first is known.
            false => Ok(if truth[item] == predicted[item] { 1 } else { outputs.len() }),
        };
        let rank = (0..truth.len()).map(rank).collect::<Result<_>>()?;
        self.told(Predictions::classified(outputs.to_vec(), truth, predicted, rank))
    }

    fn class(&self, item: usize, column: usize, outputs: &[String]) -> Result<usize> {
        let cell = self.cell(item, column);
        let message = || self.wrong(item, format!("{cell:?} is not one of the classes"));
        place(cell, outputs).ok_or_else(message)
    }

    fn rank(&self, item: usize, classes: usize, right: bool) -> Result<usize> {
        let cell = self.cell(item, 2);
        let rank = rank(cell).map_err(|message| self.wrong(item, message))?;
        if rank <= classes && (rank == 1) == right {
            return Ok(rank);
        }
        let message =
            format!("rank {rank} of {classes} classes does not agree with the prediction");
        Err(self.wrong(item, message))
    }

    fn scored(&self, names: &[String], outputs: &[String]) -> Result<Predictions> {
        let mut columns = vec![None; outputs.len()];
        for (column, name) in names.iter().enumerate() {
            let message = || at(&self.path, 1, format!("score:{name} is of no known class"));
            columns[place(name, outputs).ok_or_else(message)?] = Some(column + 1);
        }
        if let Some(missing) = columns.iter().position(Option::is_none) {
            let message = format!("there is no column score:{}", outputs[missing]);
            return Err(at(&self.path, 1, message));
        }
        let columns: Vec<usize> = columns.into_iter().flatten().collect();
        let truth = (0..self.count()).map(|item| self.class(item, 0, outputs));
        let truth = Truth::Classes(truth.collect::<Result<_>>()?);
        self.told(Predictions::new(outputs.to_vec(), self.all(&columns)?, truth))
    }

    fn numbers(&self, names: &[String], task: &TaskFacts) -> Result<Predictions> {
        let place = |output: &String| names.iter().position(|name| name == output);
        if let Some(missing) = task.outputs.iter().find(|output| place(output).is_none()) {
            return Err(at(&self.path, 1, format!("there is no column truth:{missing}")));
        }
        if let Some(more) = names.iter().find(|name| !task.outputs.contains(name)) {
            return Err(at(&self.path, 1, format!("truth:{more} is of no known output")));
        }
        let truths: Vec<usize> = task.outputs.iter().filter_map(place).collect();
        let scores: Vec<usize> = truths.iter().map(|column| names.len() + column).collect();
        let truth = match task.labels {
            Labels::Tags => Truth::Tags(self.tags(&truths)?),
            _ => Truth::Values(self.all(&truths)?),
        };
        self.told(Predictions::new(task.outputs.clone(), self.all(&scores)?, truth))
    }

    /// Whether the items have the tags of some columns, item by item.
    fn tags(&self, columns: &[usize]) -> Result<Vec<bool>> {
        let tag = |(place, number): (usize, f64)| {
            if [0.0, 1.0].contains(&number) {
                return Ok(number == 1.0);
            }
            let (item, column) = (place / columns.len(), columns[place % columns.len()]);
            let cell = self.cell(item, column);
            Err(self.wrong(item, format!("a tag's truth is {cell:?}, neither 0 nor 1")))
        };
        self.all(columns)?.into_iter().enumerate().map(tag).collect()
    }

    /// The numbers in some columns, item by item.
    fn all(&self, columns: &[usize]) -> Result<Vec<f64>> {
        let number = |item: usize, column: usize| {
            let cell = self.cell(item, column);
            let number = cell.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| self.wrong(item, format!("{cell:?} is not a number")))
        };
        let row = |item: usize| columns.iter().map(move |column| number(item, *column));
        (0..self.count()).flat_map(row).collect()
    }

    fn works(&self) -> Result<Predictions> {
        let works = (0..self.count()).map(|item| self.cell(item, 0).to_string()).collect();
        let query = |item: usize| query(self.cell(item, 1)).map_err(|e| self.wrong(item, e));
        let queries = (0..self.count()).map(query).collect::<Result<_>>()?;
        self.told(Predictions::retrieved(works, queries))
    }

    fn told(&self, made: Result<Predictions>) -> Result<Predictions> {
        made.map_err(|e| Error::data(self.path.display(), e.to_string()))
    }
}

/// The place of a class in a task's list; keys may be spelled any way.
fn place(cell: &str, outputs: &[String]) -> Option<usize> {
    let known = |name: &str| outputs.iter().position(|output| output == name);
    known(cell).or_else(|| known(&cell.parse::<Key>().ok()?.to_string()))
}

fn rank(cell: &str) -> Result<usize, String> {
    let rank = cell.parse::<usize>().ok().filter(|rank| *rank > 0);
    rank.ok_or_else(|| format!("{cell:?} is not a rank"))
}

/// The ranks in a cell.
fn query(cell: &str) -> Result<Query, String> {
    let ranks = cell.split('|').filter(|rank| !rank.is_empty()).map(rank);
    let ranks = ranks.collect::<Result<Vec<usize>, String>>()?;
    Query::new(ranks).map_err(|e| e.to_string())
}
