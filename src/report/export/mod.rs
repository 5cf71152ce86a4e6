//! The table in other programs' forms.

mod latex;
mod wide;

pub(super) use latex::latex;
pub(super) use wide::wide;
