//! Inputs and expected figures in one JSON object; what nobody takes out of it is an error.

use std::collections::BTreeMap;
use std::path::Path;

use bench::stats::test::{Interval, Test};
use bench::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::book::Book;
use super::metrics::json;

/// The largest relative error that passes.
pub const EXACT: f64 = 1e-9;

/// A file of which values are taken until nothing is left, and what is said of it. A value in an
/// object is named by both, `object.value`.
pub struct Page<'a> {
    /// What is said of it.
    pub book: &'a mut Book,
    name: String,
    values: BTreeMap<String, Value>,
}

impl Page<'_> {
    /// Reads it.
    pub fn open<'a>(path: &Path, book: &'a mut Book) -> Result<Page<'a>> {
        let mut values = BTreeMap::new();
        spread("", json(path)?, &mut values);
        Ok(Page { book, name: path.display().to_string(), values })
    }

    /// Takes a value.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        let value = self.values.remove(name);
        let value = value.ok_or_else(|| self.wrong(format!("{name} is missing")))?;
        serde_json::from_value(value).map_err(|e| self.wrong(format!("{name}: {e}")))
    }

    /// Takes a list of numbers.
    pub fn list(&mut self, name: &str) -> Result<Vec<f64>> {
        self.take(name)
    }

    /// Compares a figure with the one of this name.
    pub fn figure(&mut self, name: &str, found: Option<f64>) -> Result<()> {
        let expected = self.take(name)?;
        self.book.figure(name, found, Some(expected), EXACT);
        Ok(())
    }

    /// Compares figures with those of this name.
    pub fn figures(&mut self, name: &str, found: Vec<f64>) -> Result<()> {
        let found: Vec<Option<f64>> = found.into_iter().map(Some).collect();
        let expected: Vec<Option<f64>> = self.take(name)?;
        self.book.figures(name, &found, &expected, EXACT);
        Ok(())
    }

    /// Compares a statistic and its p value.
    pub fn test(&mut self, [statistic, p]: [&str; 2], found: Option<Test>) -> Result<()> {
        self.figure(statistic, found.map(|test| test.statistic))?;
        self.figure(p, found.map(|test| test.p))
    }

    /// Compares both ends of an interval.
    pub fn interval(&mut self, of: &str, found: Option<Interval>) -> Result<()> {
        self.figure(&format!("{of}.low"), found.map(|interval| interval.low))?;
        self.figure(&format!("{of}.high"), found.map(|interval| interval.high))
    }

    /// Complains of everything that was not taken.
    pub fn finish(self) {
        for name in self.values.into_keys() {
            self.book.problem(&name, "is not known, and was not compared");
        }
    }

    fn wrong(&self, message: String) -> Error {
        Error::data(&self.name, message)
    }
}

fn spread(under: &str, object: Map<String, Value>, values: &mut BTreeMap<String, Value>) {
    for (name, value) in object {
        let name = format!("{under}{name}");
        match value {
            Value::Object(inner) => spread(&format!("{name}."), inner, values),
            value => {
                values.insert(name, value);
            }
        }
    }
}
