//! What the suite expects, on the page.

use super::element::{Cell, TableRow, paragraphs, table};
use super::section;
use crate::report::{Report, claims};

/// The claims and what became of them; nothing where there are none.
pub(super) fn expected(report: &Report) -> String {
    let Some(mut cells) = claims::table(report) else { return String::new() };
    let header: Vec<(String, bool)> = cells.remove(0).into_iter().map(|t| (t, false)).collect();
    let row = |cells: Vec<String>| TableRow {
        id: String::new(),
        name: cells[0].clone(),
        baseline: false,
        cells: cells[1..].iter().map(|cell| Cell::text(cell)).collect(),
    };
    let rows: Vec<TableRow> = cells.into_iter().map(row).collect();
    let table = table("claims", "What the suite expects, and what came out", &header, &rows);
    section("expected", "Expected", &(table + &paragraphs(&claims::summary(report))))
}
