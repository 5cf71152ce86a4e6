//! Numbers that papers and public code print, as facts to hold ours against.

mod facts;
mod quoted;
mod table;
mod wide;
mod words;

use serde::Deserialize;

use crate::{Error, Result};

pub use quoted::{Misquoted, Printed, Quoted};
pub(super) use table::csv;
pub(super) use wide::lines;
pub(super) use words::{LEAD, notes, rows};

const FACTS: &str = include_str!("published.csv");

/// A published number. The order of the fields is the order of the columns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The method as its authors call it.
    pub method: String,
    /// Its network; may be empty.
    pub encoder: String,
    /// The number of parameters as printed; may be empty.
    pub params: String,
    /// What it was pre-trained on; may be empty.
    pub pretrain_data: String,
    /// How it was evaluated.
    pub protocol: String,
    /// The task; may be empty.
    pub task: String,
    /// The data set with its split; may be empty.
    pub dataset: String,
    /// The metric as printed.
    pub metric: String,
    /// The number as printed, mostly in percent.
    pub value: String,
    /// Where it is printed.
    pub source: String,
    /// The table there.
    pub table: String,
}

impl Published {
    /// Every one, in the order of their sources.
    ///
    /// # Errors
    /// Never for the numbers of this program.
    pub fn all() -> Result<Vec<Published>> {
        let rows = ::csv::Reader::from_reader(FACTS.as_bytes()).into_deserialize();
        let rows: Result<Vec<Published>, _> = rows.collect();
        rows.map_err(|e| Error::Failed(format!("the published numbers cannot be read: {e}")))
    }
}
