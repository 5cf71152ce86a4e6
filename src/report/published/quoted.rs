//! Published numbers as rows of a task's table.

use serde::{Deserialize, Serialize};

use super::Published;
use super::facts::{measured_by, test_items};
use crate::error::{Error, unknown};
use crate::eval::quotation::Quotation;
use crate::eval::suite::Task;

/// A published row; what is not published is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quoted {
    /// The method as its authors call it.
    pub method: String,
    /// Its network.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub encoder: String,
    /// The number of parameters as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parameters: String,
    /// What it was pre-trained on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pretrain_data: String,
    /// How it was evaluated.
    pub protocol: String,
    /// The data set with its split.
    pub dataset: String,
    /// Number of test items of that split, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<usize>,
    /// Where it is printed.
    pub source: String,
    /// The table there.
    pub table: String,
    /// Its figures.
    pub figures: Vec<Printed>,
}

/// A published figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printed {
    /// The metric of the task that it stands beside.
    pub metric: String,
    /// The metric as printed.
    pub printed_metric: String,
    /// The figure as printed.
    pub printed: String,
    /// The figure in the metric's unit, to the printed digit.
    pub value: String,
}

/// What was asked for and is not published: the word that is wrong, and what is right.
pub struct Misquoted {
    /// As the suite says.
    pub words: String,
    /// What is wrong with it.
    pub message: String,
}

impl From<Error> for Misquoted {
    fn from(error: Error) -> Misquoted {
        Misquoted { words: String::new(), message: error.told() }
    }
}

impl Quoted {
    /// The rows that a task quotes, in the order of their sources.
    ///
    /// Where the task has several targets, a figure is the mean of what is printed for each.
    ///
    /// # Errors
    /// With the first word of a quotation that nothing published bears, and the nearest.
    pub fn all(task: &Task) -> Result<Vec<Quoted>, Misquoted> {
        let published = Published::all()?;
        let mut rows: Vec<Quoted> = Vec::new();
        for quotation in &task.published {
            let before = rows.len();
            let chosen = chosen(&published, quotation)?;
            chosen.iter().for_each(|number| add(&mut rows, number, &task.metrics));
            rows.iter_mut().for_each(|row| row.figures.retain(|f| f.parts() == task.targets.len()));
            rows.retain(|row| !row.figures.is_empty());
            if rows.len() == before {
                let words = quotation.table.clone();
                let (source, asked) = (&quotation.source, task.metrics.join(", "));
                let message = format!(
                    "no published number of {source}, {words}, is by {asked}, or all stand there already"
                );
                return Err(Misquoted { words, message });
            }
        }
        Ok(rows)
    }

    /// The figure by one of the task's metrics.
    pub fn figure(&self, metric: &str) -> Option<&Printed> {
        self.figures.iter().find(|figure| figure.metric == metric)
    }

    fn add(&mut self, figure: Printed) {
        match self.figures.iter_mut().find(|own| own.metric == figure.metric) {
            None => self.figures.push(figure),
            Some(own) if own.printed_metric.contains(&figure.printed_metric) => {}
            Some(own) => own.join(figure),
        }
    }

    fn is_of(&self, number: &Published) -> bool {
        let network = (&self.method, &self.encoder) == (&number.method, &number.encoder);
        let asked = (&self.protocol, &self.dataset) == (&number.protocol, &number.dataset);
        network && asked && (&self.source, &self.table) == (&number.source, &number.table)
    }
}

impl Printed {
    /// Of how many printed figures it is the mean.
    fn parts(&self) -> usize {
        self.printed.split("; ").count()
    }

    /// Makes it the mean of itself and a figure that is printed for another target.
    fn join(&mut self, other: Printed) {
        let digits = self.value.split_once('.').map_or(0, |(_, digits)| digits.len());
        let values = [&self.value, &other.value].map(|value| value.parse::<f64>());
        let sum: f64 = values.into_iter().flatten().sum();
        self.value = format!("{:.*}", digits + 1, 0.5 * sum);
        self.printed_metric += &format!("; {}", other.printed_metric);
        self.printed += &format!("; {}", other.printed);
    }
}

/// A column of the published numbers.
type Column = fn(&Published) -> &str;

/// The numbers that a quotation means.
fn chosen<'a>(
    published: &'a [Published],
    quotation: &Quotation,
) -> Result<Vec<&'a Published>, Misquoted> {
    let given: [(&str, Column, Option<&str>); 5] = [
        ("source", |number| &number.source, Some(quotation.source.as_str())),
        ("table", |number| &number.table, Some(quotation.table.as_str())),
        ("task", |number| &number.task, quotation.task.as_deref()),
        ("dataset", |number| &number.dataset, quotation.dataset.as_deref()),
        ("protocol", |number| &number.protocol, quotation.protocol.as_deref()),
    ];
    let mut left: Vec<&Published> = published.iter().collect();
    for (kind, column, wanted) in given {
        let Some(wanted) = wanted else { continue };
        known(&left, kind, column, wanted)?;
        left.retain(|number| column(number) == wanted);
    }
    let method: Column = |number| &number.method;
    quotation.methods.iter().try_for_each(|name| known(&left, "method", method, name))?;
    let meant = |number: &&Published| {
        quotation.methods.is_empty() || quotation.methods.contains(&number.method)
    };
    left.retain(meant);
    Ok(left)
}

/// Whether a column holds what is wanted.
fn known(
    numbers: &[&Published],
    kind: &str,
    column: Column,
    wanted: &str,
) -> Result<(), Misquoted> {
    if numbers.iter().any(|number| column(number) == wanted) {
        return Ok(());
    }
    let mut known: Vec<&str> = Vec::new();
    for value in numbers.iter().map(|number| column(number)) {
        if !known.contains(&value) {
            known.push(value);
        }
    }
    let message = unknown(&format!("published {kind}"), wanted, known);
    Err(Misquoted { words: wanted.to_string(), message })
}

/// Puts a number into its row, if the task has its metric.
fn add(rows: &mut Vec<Quoted>, number: &Published, metrics: &[String]) {
    let Some((metric, value)) = measured_by(number).filter(|(m, _)| metrics.contains(m)) else {
        return;
    };
    let (printed_metric, printed) = (number.metric.clone(), number.value.clone());
    let figure = Printed { metric, printed_metric, printed, value };
    match rows.iter_mut().find(|row| row.is_of(number)) {
        Some(row) => row.add(figure),
        None => rows.push(Quoted {
            method: number.method.clone(),
            encoder: number.encoder.clone(),
            parameters: number.params.clone(),
            pretrain_data: number.pretrain_data.clone(),
            protocol: number.protocol.clone(),
            dataset: number.dataset.clone(),
            n: test_items(&number.dataset, &number.task),
            source: number.source.clone(),
            table: number.table.clone(),
            figures: vec![figure],
        }),
    }
}
