//! `costs.csv`: what each run used. Times are in no other file of a results folder.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::report::csv;

const HEADER: &str = "method,seed,steps,clips,flops,seconds,peak_memory_bytes,parameters,\
                      samples_per_second,device,program";

/// What one run used; empty where it does not apply. The order of the fields is the order of the
/// columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The row of the table.
    pub method: String,
    /// The run's seed.
    pub seed: Option<u64>,
    /// Optimiser steps of pre-training.
    pub steps: Option<u64>,
    /// Clips (views) that passed through the network in pre-training.
    pub clips: Option<u64>,
    /// Counted floating-point operations of pre-training.
    pub flops: Option<f64>,
    /// Wall-clock seconds of pre-training.
    pub seconds: Option<f64>,
    /// Largest memory held at once, in bytes.
    pub peak_memory_bytes: Option<u64>,
    /// Trainable parameters.
    pub parameters: Option<u64>,
    /// Audio samples read per second of pre-training.
    pub samples_per_second: Option<f64>,
    /// The device: `cuda:0 NVIDIA H200`.
    pub device: String,
    /// The program that trained it, or evaluated what was not trained.
    #[serde(default)]
    pub program: String,
}

impl Cost {
    /// Reads `costs.csv` of a results folder.
    ///
    /// # Errors
    /// When the file is missing or a line is wrong.
    pub fn read_all(folder: &Path) -> Result<Vec<Cost>> {
        let rows = csv::read(&folder.join("costs.csv"))?;
        Ok(rows.into_iter().map(|(_, cost)| cost).collect())
    }

    /// Writes `costs.csv` of a results folder.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_all(folder: &Path, costs: &[Cost]) -> Result<()> {
        csv::write(&folder.join("costs.csv"), costs, HEADER)
    }
}
