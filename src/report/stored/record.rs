//! `scores.csv`: one score of one run per line.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::eval::metric::Score;
use crate::eval::version::Versions;
use crate::report::csv;

const HEADER: &str = "suite,version,task,metric,higher_is_better,method,seed,value,n,protocol,split,\
                      fraction,device,precision,status,run";

/// One score. The order of the fields is the order of the columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The suite's name.
    pub suite: String,
    /// The versions of suite, task and metric.
    pub version: Versions,
    /// The task's name.
    pub task: String,
    /// The metric's name.
    pub metric: String,
    /// Whether a larger value is a better one.
    pub higher_is_better: bool,
    /// The row of the table.
    pub method: String,
    /// The run's seed; none where nothing depends on one.
    pub seed: Option<u64>,
    /// The score on the test items; none where the run failed or the score is undefined.
    pub value: Option<f64>,
    /// Number of test items.
    pub n: Option<usize>,
    /// How the encoder was probed: `grid`, a preset with what was changed of it, `knn`,
    /// `retrieval`, or `none` where it answered by itself.
    pub protocol: String,
    /// The hash of the split.
    pub split: String,
    /// Fraction of the train items that the probe was fitted on, or that voted; none where neither.
    pub fraction: Option<f64>,
    /// The kind of device: `cpu`, `cuda`.
    pub device: String,
    /// The arithmetic of pre-training: `f32`, `bf16`.
    pub precision: String,
    /// `ok`, or why there is no value.
    pub status: String,
    /// The hash of the run.
    pub run: String,
}

impl Record {
    /// The `status` of a run that finished.
    pub const OK: &'static str = "ok";
    const UNDEFINED: &'static str = "undefined: no class, tag or variance to score";

    /// Reads `scores.csv` of a results folder; each record with its line.
    ///
    /// # Errors
    /// When the file is missing or a line is wrong.
    pub fn read_all(folder: &Path) -> Result<Vec<(u64, Record)>> {
        csv::read(&folder.join("scores.csv"))
    }

    /// Writes `scores.csv` of a results folder.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_all(folder: &Path, records: &[Record]) -> Result<()> {
        csv::write(&folder.join("scores.csv"), records, HEADER)
    }

    /// Whether the run it belongs to finished.
    pub fn finished(&self) -> bool {
        self.status == Self::OK
    }

    /// The `status` of a run that finished with this score.
    pub fn status_of(score: &Score) -> &'static str {
        if score.value.is_some() { Self::OK } else { Self::UNDEFINED }
    }

    /// Whether there are predictions that it is computed from.
    pub(in crate::report) fn predicted(&self) -> bool {
        [Self::OK, Self::UNDEFINED].contains(&self.status.as_str())
    }
}
