//! Cells of words as a table for a terminal.

use tabled::Table;
use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Padding, Style};

/// Lines of cells.
pub type Grid = Vec<Vec<String>>;

/// For a terminal, of a grid without titles.
pub fn untitled(grid: Grid) -> String {
    spaced(Builder::from_iter(grid).build())
}

/// The same with figures in the last column, which is flush right.
pub fn figures(grid: Grid) -> String {
    let mut table = Builder::from_iter(grid).build();
    table.modify(Columns::last(), Alignment::right());
    spaced(table)
}

/// Two spaces between columns, none at the ends of lines.
fn spaced(mut table: Table) -> String {
    table.with(Style::empty()).with(Padding::new(0, 2, 0, 0));
    table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
