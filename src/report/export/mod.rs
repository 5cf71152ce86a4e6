//! The table in other programs' forms.

mod comparisons;
mod latex;
mod wide;

pub(super) use comparisons::comparisons;
pub(super) use latex::latex;
pub(super) use wide::wide;
