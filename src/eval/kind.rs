//! The kinds of question that can be asked of an encoder.

use serde::{Deserialize, Serialize};

use super::metric::Labels;
use crate::data::Kind;

/// The kinds of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Which of several classes?
    Class,
    /// Which tags?
    Tags,
    /// Which numbers?
    Number,
    /// Which musical key?
    Key,
    /// Which other items are of the same class, such as a work?
    Retrieval,
}

impl TaskKind {
    /// How the columns with the answer are read.
    pub fn target(self) -> Kind {
        match self {
            TaskKind::Class | TaskKind::Retrieval => Kind::Class,
            TaskKind::Tags => Kind::Tags,
            TaskKind::Number => Kind::Number,
            TaskKind::Key => Kind::Key,
        }
    }

    /// The labels that the answers are.
    pub fn labels(self) -> Labels {
        match self {
            TaskKind::Key | TaskKind::Class => Labels::Classes,
            TaskKind::Tags => Labels::Tags,
            TaskKind::Number => Labels::Values,
            TaskKind::Retrieval => Labels::Works,
        }
    }
}
