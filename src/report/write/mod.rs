//! The report in every form but the page: CSV, LaTeX, Markdown, and text for a terminal.

mod comparisons;
mod latex;
pub(super) mod markdown;
mod table;
pub(super) mod text;
mod wide;

pub(super) use comparisons::comparisons;
pub(super) use latex::latex;
pub(super) use table::table;
pub(super) use wide::wide;
