//! A task's part of the page: its table, its figures and its runs.

use super::element::{Cell, TableRow, below, list, paragraphs, path, slug, table, table_above};
use super::{figure, section};
use crate::report::figure::Figure;
use crate::report::grid::Grid;
use crate::report::published::rows as published_rows;
use crate::report::robustness::{summary, tables};
use crate::report::words::{count, difference, flops, heading, marked, mean, spoken};
use crate::report::write::text::quoted;
use crate::report::{LeftOutTask, Line, Ranks, Record, Report, Row, TaskFacts, family, ranks};

pub(super) fn section_of(report: &Report, task: &TaskFacts, figures: &[Figure]) -> String {
    let figures: String = figures.iter().map(figure).collect();
    let warning = |warning: &String| paragraphs(&format!("warning: {warning}"));
    let warnings: String = task.warnings.iter().map(warning).collect();
    let inside = format!(
        "{warnings}{}{}{figures}{}{}",
        scores(report, task),
        pairs(report, task),
        corrupted(report, task),
        runs(report, task)
    );
    section(&format!("task-{}", task.name), &task.name, &inside)
}

/// The part of a task that was not asked.
pub(super) fn left_out(task: &LeftOutTask) -> String {
    let why = paragraphs(&format!("left out: {}", task.why));
    section(&format!("task-{}", task.name), &task.name, &why)
}

/// The tables of scores through corrupted sound.
fn corrupted(report: &Report, task: &TaskFacts) -> String {
    let Some(robust) = report.robust(task) else { return String::new() };
    let change = format!("{}: mean change through corrupted sound", task.name);
    let all = std::iter::once((change, summary(robust))).chain(tables(robust));
    let one = |(at, (caption, cells)): (usize, (String, Grid))| {
        let (header, rows) = cells.split_first()?;
        let header: Vec<(String, bool)> =
            header.iter().enumerate().map(|(at, title)| (title.clone(), at > 0)).collect();
        let rows: Vec<TableRow> =
            rows.iter().map(|row| titled(report, row, Cell::figure)).collect();
        Some(table(&format!("corrupted-{}-{at}", task.name), &caption, &header, &rows))
    };
    all.enumerate().filter_map(one).collect()
}

/// The place of a row's runs.
fn place(task: &TaskFacts, row: &str) -> String {
    format!("runs-{}-{row}", task.name)
}

/// The table of means and differences.
fn scores(report: &Report, task: &TaskFacts) -> String {
    let minus = format!("minus {}", report.facts.baseline);
    let mut header = vec![("method".to_string(), false)];
    for metric in &task.metrics {
        header.extend([(heading(metric), true), (minus.clone(), true), ("verdict".into(), false)]);
    }
    header.extend(["seeds", "steps", "clips", "FLOPs", "parameters"].map(|t| (t.into(), true)));
    let row = |row: &Row| {
        let line = |metric: &String| report.line_of(&task.name, metric, &row.name);
        let lines: Vec<Option<&Line>> = task.metrics.iter().map(line).collect();
        let target = format!("#{}", slug(&place(task, &row.name)));
        let figures = lines
            .iter()
            .flat_map(|line| line.map_or_else(Default::default, |line| figures(line, &target)));
        let star = if row.barely_trained || !row.failures.is_empty() { " *" } else { "" };
        TableRow {
            id: String::new(),
            name: format!("{}{star}", row.name),
            baseline: row.name == report.facts.baseline,
            cells: figures.chain(used(row, &lines)).collect(),
        }
    };
    let asked = report.rows.iter().filter(|row| report.asks(&task.name, &row.name));
    let rows: Vec<TableRow> = asked.map(row).collect();
    let caption = format!("{}: {} test items; ± and [ ] are 95 % intervals", task.name, task.test);
    let id = format!("table-{}", task.name);
    let below = published(task, header.len());
    let mut html = table_above(&id, &caption, &header, &rows, &below);
    let told = quoted(report, task);
    html += &if told.is_empty() { String::new() } else { list(&told) };
    html
}

/// The published rows below a task's own; the cells of what is not published are empty.
fn published(task: &TaskFacts, columns: usize) -> String {
    let row = |(name, _, figures): (String, String, Vec<String>)| {
        let figures = figures.iter().flat_map(|figure| {
            let value = figure.parse().ok();
            let said = if value.is_some() { "published" } else { "" };
            [Cell::number(figure, value), Cell::default(), Cell::text(said)]
        });
        let cells = figures.chain(std::iter::repeat_n(Cell::default(), 5)).collect();
        TableRow { id: String::new(), name, baseline: false, cells }
    };
    let rows: Vec<TableRow> = published_rows(task, &task.metrics).map(row).collect();
    if rows.is_empty() { String::new() } else { below("published elsewhere", columns, &rows) }
}

fn figures(line: &Line, target: &str) -> [Cell; 3] {
    let estimate = line.mean.as_ref();
    let score = estimate.map(mean).unwrap_or_default();
    let compared = line.comparison.as_ref().map(|comparison| &comparison.difference);
    let gain = compared.map(difference).unwrap_or_default();
    [
        Cell::number(&score, estimate.map(|estimate| estimate.point)).linked(target),
        Cell::number(&gain, compared.map(|estimate| estimate.point)),
        Cell::text(&line.verdict().map(marked).unwrap_or_default()),
    ]
}

fn used(row: &Row, lines: &[Option<&Line>]) -> [Cell; 5] {
    let seeds = lines.iter().flatten().find_map(|line| line.mean.as_ref()?.seeds);
    let whole = |number: Option<u64>| Cell::number(&count(number), number.map(|n| n as f64));
    [
        whole(seeds.map(|seeds| seeds as u64)),
        whole(row.steps),
        whole(row.clips),
        Cell::number(&flops(row.flops), row.flops),
        whole(row.parameters),
    ]
}

/// A row from its name and what stands behind.
fn titled(report: &Report, words: &[String], cell: impl Fn(&str) -> Cell) -> TableRow {
    let name = words.first().cloned().unwrap_or_default();
    let baseline = name == report.facts.baseline;
    let cells = words.iter().skip(1).map(|words| cell(words)).collect();
    TableRow { id: String::new(), name, baseline, cells }
}

/// The table of ranks.
pub(super) fn ranked(report: &Report, ranks: &Ranks) -> String {
    let mut lines = ranks::table(ranks).into_iter();
    let titles = lines.next().unwrap_or_default().into_iter();
    let header: Vec<(String, bool)> =
        titles.map(|title| (title.clone(), title != "method")).collect();
    let row = |line: Vec<String>| titled(report, &line, Cell::figure);
    let caption = format!("Ranks over {} tasks; [ ] are 95 % intervals", ranks.tasks.len());
    table("several-tasks", &caption, &header, &lines.map(row).collect::<Vec<_>>())
}

/// All pairs of a task's rows, where they are compared.
fn pairs(report: &Report, task: &TaskFacts) -> String {
    let Some(mut lines) = family::pairs(report, task) else { return String::new() };
    let names = lines.remove(0).into_iter().skip(1);
    let header: Vec<(String, bool)> =
        std::iter::once("method".into()).chain(names).map(|title| (title, false)).collect();
    let rows: Vec<TableRow> = lines.iter().map(|row| titled(report, row, Cell::text)).collect();
    let (name, metric) = (&task.name, spoken(&task.metrics[0]));
    let caption = format!("{name}: every row against every other by {metric}");
    table(&format!("pairs-{name}"), &caption, &header, &rows)
}

/// Every run's scores, each leading to the predictions that it is computed from.
fn runs(report: &Report, task: &TaskFacts) -> String {
    let mut header = ["method", "seed"].map(|title| (title.to_string(), title == "seed")).to_vec();
    header.extend(task.metrics.iter().map(|metric| (heading(metric), true)));
    header.extend([("run".to_string(), false), ("status".into(), false)]);
    let mut rows: Vec<TableRow> = Vec::new();
    for row in &report.rows {
        for (number, seed) in seeds(report, task, &row.name).into_iter().enumerate() {
            let id = if number == 0 { place(task, &row.name) } else { String::new() };
            let (name, baseline) = (row.name.clone(), row.name == report.facts.baseline);
            rows.push(TableRow { id, name, baseline, cells: run(report, task, (&row.name, seed)) });
        }
    }
    let table = table(
        &format!("runs-{}", task.name),
        &format!("Every run on {}", task.name),
        &header,
        &rows,
    );
    format!("<details>\n<summary>{} runs</summary>\n{table}</details>\n", rows.len())
}

fn seeds(report: &Report, task: &TaskFacts, row: &str) -> Vec<Option<u64>> {
    let of = |record: &&Record| record.task == task.name && record.method == row;
    let mut seeds: Vec<Option<u64>> = report.records.iter().filter(of).map(|r| r.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    seeds
}

fn run(report: &Report, task: &TaskFacts, (row, seed): (&str, Option<u64>)) -> Vec<Cell> {
    let of = |r: &&Record| r.task == task.name && r.method == row && r.seed == seed;
    let records: Vec<&Record> = report.records.iter().filter(of).collect();
    let folder = seed.map_or("-".into(), |seed| seed.to_string());
    let target = path(&["predictions", row, &folder, &format!("{}.csv", task.name)]);
    let score = |metric: &String| {
        let value = records.iter().find(|r| r.metric == *metric).and_then(|record| record.value);
        Cell::number(&value.map_or(String::new(), |v| format!("{v:.4}")), value).linked(&target)
    };
    let seed = Cell::number(&folder, seed.map(|seed| seed as f64));
    let scores = task.metrics.iter().map(score);
    let first = records.first();
    let hash = first.map_or("", |record| &record.run);
    let status = first.map_or("", |record| &record.status);
    std::iter::once(seed).chain(scores).chain([Cell::text(hash), Cell::text(status)]).collect()
}
