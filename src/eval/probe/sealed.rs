//! Test labels that stay shut until a choice is on disk.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::grid::Point;
use super::neighbours::Vote;
use super::pool::Pool;
use crate::error::Result;
use crate::eval::similarity::Similarity;
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
    /// How neighbours vote, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote: Option<Vote>,
    /// What the network was trained with, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuning: Option<Tuning>,
    /// What embeddings are compared by, where items are retrieved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<Similarity>,
    /// Readouts × probes tried, or learning rates.
    pub among: usize,
    /// The split it was chosen on.
    pub on: String,
    /// The metric it was chosen by.
    pub metric: String,
    /// The metric's value there.
    pub value: Option<f64>,
    /// Steps after which the chosen probe has the weights that answer: its best ones, or its last.
    pub steps: u64,
}

/// What a network was fine-tuned with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// The head's learning rate.
    pub lr: f64,
    /// The encoder's.
    pub encoder_lr: f64,
    /// Train items whose labels it saw.
    pub items: usize,
}

/// Proof that a choice has been written down.
pub struct Recorded(());

impl Choice {
    /// Nothing chosen yet, where `metric` would decide.
    pub fn unmade(metric: &str) -> Choice {
        Choice {
            protocol: None,
            readout: String::new(),
            probe: None,
            pool: None,
            vote: None,
            tuning: None,
            similarity: None,
            among: 1,
            on: "none".into(),
            metric: metric.into(),
            value: None,
            steps: 0,
        }
    }

    /// Writes the choice to `path`, and with that allows test to be opened.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record(&self, path: &Path) -> Result<Recorded> {
        files::write_atomically(path, settings::to_text(self)?.as_bytes())?;
        Ok(Recorded(()))
    }

    /// How it was come to: the name of the grid of probes, `grid` of one without, `knn`,
    /// `finetune`, `retrieval` by the cosine, or `none` where the encoder answered by itself.
    pub fn protocol(&self) -> &str {
        if self.tuning.is_some() {
            return self.protocol.as_deref().unwrap_or("finetune");
        }
        match (&self.probe, &self.vote, self.similarity) {
            (Some(_), ..) => self.protocol.as_deref().unwrap_or("grid"),
            (_, Some(_), _) => "knn",
            (_, _, Some(Similarity::Cosine)) => "retrieval",
            (_, _, Some(Similarity::Dot)) => "retrieval_dot",
            (None, None, None) => "none",
        }
    }

    /// Whether the answers depend on the train items' labels beyond how often each occurs.
    pub fn learned(&self) -> bool {
        self.probe.is_some() || self.vote.is_some() || self.tuning.is_some()
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
