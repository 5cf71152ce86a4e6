//! What the runs of a suite leave in its results folder, from which everything else there is made.

mod cost;
mod facts;
mod identity;
mod predictions;
mod record;
mod training;

pub use cost::Cost;
pub use facts::{CorruptedFacts, CurvePoint, Facts, LeftOutTask, RowFacts, TaskFacts};
pub use identity::Identity;
pub use predictions::{TestItems, prediction_path, read_predictions, write_predictions};
pub use record::Record;
pub use training::Stretch;

pub(super) use identity::address;
pub(super) use predictions::{Form, PredictionFile};
