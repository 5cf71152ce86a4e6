//! The cells of a prediction file as predictions.

use super::PredictionFile;
use crate::data::Key;
use crate::eval::metric::{Labels, Predictions, Truth};
use crate::report::TaskFacts;
use crate::report::csv::at;
use crate::{Error, Result};

impl PredictionFile {
    pub(super) fn classes(&self, outputs: &[String], ranked: bool) -> Result<Predictions> {
        let classes = |column: usize| -> Result<Vec<usize>> {
            (0..self.cells.len()).map(|item| self.class(item, column, outputs)).collect()
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

    fn rank(&self, item: usize, classes: usize, right: bool) -> Result<usize> {
        let cell = &self.cells[item][2];
        let rank = cell.parse().ok().filter(|rank| (1..=classes).contains(rank));
        let rank = rank.filter(|rank| (*rank == 1) == right);
        let message = || {
            format!(
                "rank {cell:?} is not a place among {classes} classes that agrees with the prediction"
            )
        };
        rank.ok_or_else(|| at(&self.path, self.lines[item], message()))
    }

    pub(super) fn scored(&self, names: &[String], outputs: &[String]) -> Result<Predictions> {
        let place = |name: &String| {
            let name = spelled(name, outputs);
            outputs.iter().position(|output| *output == name)
        };
        let mut columns = vec![None; outputs.len()];
        for (column, name) in names.iter().enumerate() {
            let place = place(name)
                .ok_or_else(|| at(&self.path, 1, format!("score:{name} is of no known class")))?;
            columns[place] = Some(column + 1);
        }
        let missing = columns.iter().position(Option::is_none);
        if let Some(missing) = missing {
            return Err(at(
                &self.path,
                1,
                format!("there is no column score:{}", outputs[missing]),
            ));
        }
        let columns: Vec<usize> = columns.into_iter().flatten().collect();
        let truth = (0..self.cells.len()).map(|item| self.class(item, 0, outputs));
        let truth = Truth::Classes(truth.collect::<Result<_>>()?);
        self.told(Predictions::new(outputs.to_vec(), self.all(&columns)?, truth))
    }

    pub(super) fn numbers(&self, names: &[String], task: &TaskFacts) -> Result<Predictions> {
        let place = |output: &String| names.iter().position(|name| name == output);
        if let Some(missing) = task.outputs.iter().find(|output| place(output).is_none()) {
            return Err(at(&self.path, 1, format!("there is no column truth:{missing}")));
        }
        if let Some(more) = names.iter().find(|name| !task.outputs.contains(name)) {
            return Err(at(&self.path, 1, format!("truth:{more} is of no known output")));
        }
        let truths: Vec<usize> = task.outputs.iter().filter_map(place).collect();
        let scores: Vec<usize> = truths.iter().map(|column| names.len() + column).collect();
        let truth = self.all(&truths)?;
        if task.labels == Labels::Values {
            let truth = Truth::Values(truth);
            return self.told(Predictions::new(task.outputs.clone(), self.all(&scores)?, truth));
        }
        if let Some(wrong) = truth.iter().position(|tag| *tag != 0.0 && *tag != 1.0) {
            let line = self.lines[wrong / names.len()];
            return Err(at(&self.path, line, "a tag's truth is neither 0 nor 1"));
        }
        let truth = Truth::Tags(truth.into_iter().map(|tag| tag == 1.0).collect());
        self.told(Predictions::new(task.outputs.clone(), self.all(&scores)?, truth))
    }

    /// The numbers in some columns, item by item.
    fn all(&self, columns: &[usize]) -> Result<Vec<f64>> {
        let number = |item: usize, column: usize| {
            let cell = &self.cells[item][column];
            let number = cell.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| {
                at(&self.path, self.lines[item], format!("{cell:?} is not a number"))
            })
        };
        let row = |item: usize| columns.iter().map(move |column| number(item, *column));
        (0..self.cells.len()).flat_map(row).collect()
    }

    fn class(&self, item: usize, column: usize, outputs: &[String]) -> Result<usize> {
        let cell = &self.cells[item][column];
        let name = spelled(cell, outputs);
        let class = outputs.iter().position(|output| *output == name);
        class.ok_or_else(|| {
            at(&self.path, self.lines[item], format!("{cell:?} is not one of the classes"))
        })
    }

    fn told(&self, made: Result<Predictions>) -> Result<Predictions> {
        made.map_err(|e| Error::data(self.path.display(), e.to_string()))
    }
}

/// A class as the task spells it: keys may be spelled any way.
fn spelled(cell: &str, outputs: &[String]) -> String {
    let known = outputs.iter().any(|output| output == cell);
    match cell.parse::<Key>() {
        Ok(key) if !known => key.to_string(),
        _ => cell.to_string(),
    }
}
