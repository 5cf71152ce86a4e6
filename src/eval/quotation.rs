//! Which published numbers a task's table shows beside its own.

use serde::{Deserialize, Serialize};

/// Published numbers: those of a table in which all that is given is as given, by the words of
/// `bench list published`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quotation {
    /// Where they are printed.
    pub source: String,
    /// The table there.
    pub table: String,
    /// The task as it is called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The data set with its split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// How methods were evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The methods; all if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
}
