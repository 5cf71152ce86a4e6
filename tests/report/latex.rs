//! The table for papers, compiled.

use std::fs;
use std::path::Path;
use std::process::Command;

use bench::report::Report;

use crate::toy;

/// What a line may stick out into the margin, in points: 7 mm.
const BEYOND: f64 = 20.0;

/// The widths by which lines of a table stick out of an A4 page with margins of 2 cm.
fn overfull(table: &Path, orientation: &str) -> Vec<f64> {
    let folder = tempfile::TempDir::new().unwrap();
    fs::copy(table, folder.path().join("table.tex")).unwrap();
    let page = format!(
        "\\documentclass{{article}}\n\\usepackage[a4paper,margin=2cm,{orientation}]{{geometry}}\n\
         \\usepackage{{booktabs}}\n\\begin{{document}}\n\\input{{table}}\n\\end{{document}}\n"
    );
    fs::write(folder.path().join("page.tex"), page).unwrap();
    let mut latex = Command::new("pdflatex");
    latex.args(["-interaction=nonstopmode", "-halt-on-error", "page.tex"]);
    let output = latex.current_dir(folder.path()).output().unwrap();
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && folder.path().join("page.pdf").exists(), "{log}");
    let boxes = log.split("Overfull \\hbox (").skip(1);
    boxes.map(|rest| rest.split("pt").next().unwrap().parse().unwrap()).collect()
}

fn assert_fits(folder: impl AsRef<Path>, orientation: &str) {
    let booktabs = Command::new("kpsewhich").arg("booktabs.sty").output();
    if !booktabs.is_ok_and(|found| found.status.success()) {
        println!("skipped: there is no LaTeX with booktabs to compile the table");
        return;
    }
    let widest = overfull(&folder.as_ref().join("table.tex"), orientation);
    assert!(widest.iter().all(|width| *width <= BEYOND), "{widest:?} pt too wide");
}

#[test]
fn two_metrics_fit_on_a_page() {
    assert_fits("results/key", "portrait");
}

#[test]
fn several_tasks_of_two_metrics_fit_on_their_pages() {
    assert_fits("results/methods", "portrait");
}

#[test]
fn three_metrics_fit_on_a_page_turned_by_a_quarter() {
    assert_fits("results/covers", "landscape");
}

#[test]
fn rows_that_failed_and_cells_without_figures_compile() {
    let folder = toy::folder();
    Report::read(folder.path()).unwrap().write(folder.path()).unwrap();
    assert_fits(folder.path(), "portrait");
}
