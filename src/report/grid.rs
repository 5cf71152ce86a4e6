//! Cells of words as a table: for a terminal, and in Markdown.

use tabled::Table;
use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Padding, Style};

/// Lines of cells; in most the first holds the titles.
pub type Grid = Vec<Vec<String>>;

/// For a terminal, with a rule below the titles; columns from `right` on are flush right.
pub(super) fn plain(grid: Grid, right: usize) -> String {
    let mut table = Builder::from_iter(grid).build();
    table.with(Style::empty().horizontals([(1, HorizontalLine::new('─'))]));
    table.modify(Columns::new(right..), Alignment::right());
    spaced(table)
}

/// For a terminal, of a grid without titles.
pub fn untitled(grid: Grid) -> String {
    let mut table = Builder::from_iter(grid).build();
    table.with(Style::empty());
    spaced(table)
}

/// The same with figures in the last column, which is flush right.
pub fn figures(grid: Grid) -> String {
    let mut table = Builder::from_iter(grid).build();
    table.with(Style::empty()).modify(Columns::last(), Alignment::right());
    spaced(table)
}

/// Two spaces between columns, none at the ends of lines.
fn spaced(mut table: Table) -> String {
    table.with(Padding::new(0, 2, 0, 0));
    table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// For a Markdown file; the first line holds the titles.
pub(super) fn markdown(grid: Grid) -> String {
    Builder::from_iter(grid).build().with(Style::markdown()).to_string()
}
