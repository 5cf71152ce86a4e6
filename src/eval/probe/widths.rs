//! Widths of hidden layers.

use serde::{Deserialize, Serialize};

/// The most units of a layer.
const WIDEST: i64 = 16_384;

/// Units of each hidden layer, written as a number where there is one layer, 0 where there is none,
/// and as a list where there are several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of units, or a list of them")]
pub enum Widths {
    /// One layer, or none for 0.
    One(i64),
    /// A layer for each.
    Several(Vec<i64>),
}

impl Widths {
    /// The widths from the first layer on; none for a linear probe.
    pub fn layers(&self) -> &[i64] {
        match self {
            Widths::One(0) => &[],
            Widths::One(width) => std::slice::from_ref(width),
            Widths::Several(widths) => widths,
        }
    }

    /// Whether there can be such layers.
    pub fn is_sound(&self) -> bool {
        match self {
            Widths::One(width) => (0..=WIDEST).contains(width),
            Widths::Several(widths) => {
                !widths.is_empty() && widths.iter().all(|width| (1..=WIDEST).contains(width))
            }
        }
    }
}
