//! Test labels that stay shut until a choice is on disk.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::grid::Point;
use super::pool::Pool;
use crate::error::Result;
use crate::{files, settings};

/// What was chosen, among how many, and on which split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What the grid of probes is called where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The columns of the embedding that were read.
    pub readout: String,
    /// The probe; none where nothing was fitted.
    pub probe: Option<Point>,
    /// How an item's answer is made of its embeddings, where an item has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<Pool>,
    /// Readouts × probes tried.
    pub among: usize,
    /// The split it was chosen on.
    pub on: String,
    /// The metric it was chosen by.
    pub metric: String,
    /// The metric's value there.
    pub value: Option<f64>,
    /// Steps after which the chosen probe was best.
    pub steps: u64,
}

/// Proof that a choice has been written down.
pub struct Recorded(());

impl Choice {
    /// Writes the choice to `path`, and with that allows test to be opened.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record(&self, path: &Path) -> Result<Recorded> {
        files::write_atomically(path, settings::to_text(self)?.as_bytes())?;
        Ok(Recorded(()))
    }

    /// How it was come to: the name of the grid of probes, `grid` of one without, or `none` where
    /// nothing was fitted.
    pub fn protocol(&self) -> &str {
        if self.probe.is_none() { "none" } else { self.protocol.as_deref().unwrap_or("grid") }
    }
}

/// Something nobody may look at before a choice is recorded.
pub struct Sealed<T>(T);

impl<T> Sealed<T> {
    /// Shuts it.
    pub fn new(inside: T) -> Sealed<T> {
        Sealed(inside)
    }

    /// Opens it.
    pub fn open(&self, _proof: &Recorded) -> &T {
        &self.0
    }
}
