//! Tables that a reader sorts and filters.

use std::path::Path;

use serde_json::json;

use super::chromium::Page;
use super::each;

/// What the cells of a column are sorted by, from the top.
fn column(page: &mut Page, (table, column): (u64, u64)) -> Vec<String> {
    page.texts(&format!(
        "Array.from(document.querySelectorAll('table')[{table}].tBodies[0].rows, row => {{
            const cell = row.cells[{column}];
            return cell.dataset.value ?? cell.textContent;
        }})"
    ))
}

/// Clicks the heading of a column; what a screen reader then says of its order.
fn click(page: &mut Page, (table, column): (u64, u64)) -> String {
    let order = page.value(&format!(
        "(() => {{
            const heading = document.querySelectorAll('table')[{table}].tHead.rows[0].cells[{column}];
            heading.querySelector('button').click();
            return heading.ariaSort ?? 'none';
        }})()"
    ));
    order.as_str().unwrap().to_string()
}

/// The cells that hold something, equal ones that follow each other once; what is empty stands
/// last.
fn runs(cells: &[String], place: &str) -> Vec<String> {
    let filled = cells.iter().take_while(|cell| !cell.is_empty()).count();
    assert!(cells[filled..].iter().all(String::is_empty), "{place}: {cells:?}");
    let mut runs = cells[..filled].to_vec();
    runs.dedup();
    runs
}

/// Asserts that cells fall from the top: as figures, or else with equal words together.
fn assert_falls(runs: &[String], place: &str) {
    let figures: Result<Vec<f64>, _> = runs.iter().map(|cell| cell.parse()).collect();
    match figures {
        Ok(figures) => assert!(figures.is_sorted_by(|a, b| a > b), "{place}: {runs:?}"),
        Err(_) => {
            let mut distinct = runs.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), runs.len(), "{place}: {runs:?}");
        }
    }
}

fn assert_sorts(page: &mut Page, at: (u64, u64), place: &str) {
    let original = column(page, at);
    assert_eq!(click(page, at), "descending", "{place}");
    let down = runs(&column(page, at), place);
    assert_falls(&down, place);
    assert_eq!(click(page, at), "ascending", "{place}");
    let up = runs(&column(page, at), place);
    assert_eq!(down.into_iter().rev().collect::<Vec<_>>(), up, "{place}");
    assert_eq!(click(page, at), "none", "{place}");
    assert_eq!(column(page, at), original, "{place}");
}

#[test]
fn headings_sort_down_then_up_and_then_as_before_with_what_is_missing_last() {
    each(|page, folder| {
        let columns =
            "Array.from(document.querySelectorAll('table'), t => t.tHead.rows[0].cells.length)";
        let columns: Vec<u64> = serde_json::from_value(page.value(columns)).unwrap();
        assert!(!columns.is_empty(), "{folder}");
        for (table, columns) in (0..).zip(columns) {
            for column in 0..columns {
                let place = format!("{folder}, table {table}, column {column}");
                assert_sorts(page, (table, column), &place);
            }
        }
    });
}

/// The rows of a folder's first task with the means of its first metric, as `table.csv` has them.
fn means(folder: &str) -> Vec<(String, f64)> {
    let mut table = csv::Reader::from_path(Path::new(folder).join("table.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|title| title == name).unwrap();
    let [task, metric, method, mean] = ["task", "metric", "method", "mean"].map(place);
    let lines: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let first = |line: &&csv::StringRecord| {
        line[task] == lines[0][task] && line[metric] == lines[0][metric]
    };
    let mut means: Vec<(String, f64)> = Vec::new();
    for line in lines.iter().filter(first) {
        if means.iter().all(|(name, _)| *name != line[method]) {
            means.push((line[method].to_string(), line[mean].parse().unwrap()));
        }
    }
    means
}

#[test]
fn a_click_on_a_score_puts_the_highest_mean_of_the_csv_table_first() {
    each(|page, folder| {
        let mut means = means(folder);
        means.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let expected: Vec<String> = means.into_iter().map(|(name, _)| name).collect();
        click(page, (0, 1));
        assert_eq!(column(page, (0, 0)), expected, "{folder}");
    });
}

/// The rows of the first table that are seen, and what stands beside its field, once words are in
/// it.
fn filtered(page: &mut Page, words: &str) -> (Vec<String>, String) {
    page.value("(() => { const field = document.querySelector('.filter input'); field.focus(); field.select(); })()");
    match words {
        "" => page.value("document.execCommand('delete')"),
        words => {
            page.write(words);
            json!(null)
        }
    };
    let rows = page.texts(
        "Array.from(document.querySelector('table').tBodies[0].rows)
            .filter(row => row.checkVisibility()).map(row => row.cells[0].textContent)",
    );
    let count = page.value("document.querySelector('.filter output').textContent");
    (rows, count.as_str().unwrap().to_string())
}

#[test]
fn words_in_the_field_leave_the_rows_that_hold_them() {
    each(|page, folder| {
        let all: Vec<String> = means(folder).into_iter().map(|(name, _)| name).collect();
        let untrained: Vec<String> =
            all.iter().filter(|name| name.contains("untrained")).cloned().collect();
        let some = format!("{} of {}", untrained.len(), all.len());
        assert_eq!(filtered(page, "Untrained"), (untrained, some), "{folder}");
        let none = format!("0 of {}", all.len());
        assert_eq!(filtered(page, "no such row"), (Vec::new(), none), "{folder}");
        assert_eq!(filtered(page, ""), (all, String::new()), "{folder}");
    });
}
