//! The table: one per task, as for a terminal.

use crate::report::grid::{Grid, plain};
use crate::report::line::NO_VERDICT;
use crate::report::words::{count, difference, flops, heading, less_is_better, mark, marked, mean};
use crate::report::{
    Line, Report, Row, TaskFacts, claims, correction, family, published, robustness,
};
use crate::stats::Verdict;

/// Figures are flush right from this column on.
const RIGHT: usize = 3;

/// What each mark of a report means.
pub(in crate::report) fn legend(report: &Report) -> String {
    let mut metrics = report.facts.tasks.iter().flat_map(|task| &task.metrics);
    let arrow =
        if metrics.any(|metric| less_is_better(metric)) { "; ↓ less is better" } else { "" };
    let marks = Verdict::ALL.map(marked).join(", ");
    let corrected = correction::named(report.facts.comparisons.correction).corrected;
    format!("{marks} ({corrected} 5 % level); ± and [ ]: 95 % intervals{arrow}.")
}

pub(in crate::report) fn report(report: &Report) -> String {
    let facts = &report.facts;
    let (suite, version, baseline) = (&facts.suite, facts.version, &facts.baseline);
    let heading = family::heading(report);
    let mut text = format!("{suite} v{version} · baseline {baseline} · {heading}\n");
    for task in &facts.tasks {
        text += &format!("\n{}\n", task.name);
        task.warnings.iter().for_each(|warning| text += &format!("warning: {warning}\n"));
        for table in tables(report, &task.name, &task.metrics) {
            text += &format!("\n{}", plain(table, RIGHT));
        }
        text +=
            &quoted(report, task).iter().map(|n| format!("\n{}", wrapped(n))).collect::<String>();
        if let Some(robust) = report.robust(task) {
            let (name, count) = (&task.name, robust.corruptions.len());
            let table = plain(robustness::summary(robust), RIGHT);
            text += &format!("\n{name} through {count} corruptions of the test items\n\n{table}");
        }
    }
    for task in &facts.left_out {
        text += &format!("\n{}\nleft out: {}\n", task.name, task.why);
        for table in tables(report, &task.name, &task.metrics) {
            text += &format!("\n{}", plain(table, RIGHT));
        }
    }
    if let Some(table) = claims::table(report) {
        text += &format!(
            "\nexpected\n\n{}\n{}",
            plain(table, RIGHT),
            wrapped(&claims::summary(report))
        );
    }
    text += &format!("\n{}\n{}", legend(report), wrapped(&family::named(report)));
    for note in notes(report) {
        text += &format!("note: {note}\n");
    }
    text
}

/// What must be known of a task's published rows; nothing where it shows none.
pub(in crate::report) fn quoted(report: &Report, task: &TaskFacts) -> Vec<String> {
    let notes = published::notes(report, task);
    let lead = (!notes.is_empty()).then(|| format!("{}.", published::LEAD));
    lead.into_iter().chain(notes).collect()
}

/// Words in lines of at most 100 letters.
fn wrapped(words: &str) -> String {
    let (mut text, mut length) = (String::new(), 0);
    for word in words.split(' ') {
        let letters = word.chars().count();
        let space = if length == 0 {
            ""
        } else if length + letters < 100 {
            " "
        } else {
            "\n"
        };
        length = if space == " " { length + 1 + letters } else { letters };
        text += space;
        text += word;
    }
    text + "\n"
}

/// A task's tables: its first metric with what each row used, then its other metrics.
pub(in crate::report) fn tables(report: &Report, task: &str, metrics: &[String]) -> Vec<Grid> {
    let Some((first, others)) = metrics.split_first() else { return Vec::new() };
    let mut tables = vec![leading(report, task, first)];
    if !others.is_empty() {
        tables.push(following(report, task, others));
    }
    tables
}

fn leading(report: &Report, task: &str, metric: &str) -> Grid {
    let against = format!("minus {}", report.facts.baseline);
    let header =
        ["method", &heading(metric), &against, "seeds", "items", "steps", "clips", "FLOPs"];
    let mut table = vec![header.map(String::from).to_vec()];
    let lines = report.rows_of(task, metric).zip(&report.rows);
    for (line, row) in lines.filter(|(line, _)| report.asks(task, &line.method)) {
        let seeds = line.mean.as_ref().and_then(|mean| mean.seeds).map(|seeds| seeds as u64);
        let items = line.mean.as_ref().map(|mean| mean.n as u64);
        let [score, gain] = figures(line, row);
        let used = [count(row.steps), count(row.clips), flops(row.flops)];
        let row = [row.name.clone(), score, gain, count(seeds), count(items)];
        table.push(row.into_iter().chain(used).collect());
    }
    let metrics = [metric.to_string()];
    let quoted = report.facts.task(task).into_iter().flat_map(|t| published::rows(t, &metrics));
    table.extend(quoted.map(|(name, items, figures)| {
        let [blank, seeds] = [String::new(), String::new()];
        let used = std::iter::repeat_n(String::new(), 3);
        let row = [name, figures.concat(), blank, seeds, items];
        row.into_iter().chain(used).collect()
    }));
    table
}

fn following(report: &Report, task: &str, metrics: &[String]) -> Grid {
    let minus = format!("minus {}", report.facts.baseline);
    let titles = metrics.iter().flat_map(|metric| [heading(metric), minus.clone()]);
    let mut table = vec![std::iter::once("method".into()).chain(titles).collect::<Vec<String>>()];
    let asked = |row: &&Row| report.asks(task, &row.name);
    table.extend(report.rows.iter().filter(asked).map(|row| vec![row.name.clone()]));
    for metric in metrics {
        let lines = report.rows_of(task, metric).zip(&report.rows).filter(|(_, row)| asked(row));
        for ((line, row), cells) in lines.zip(&mut table[1..]) {
            cells.extend(figures(line, row));
        }
    }
    let quoted = report.facts.task(task).into_iter().flat_map(|t| published::rows(t, metrics));
    table.extend(quoted.map(|(name, _, figures)| {
        let figures = figures.into_iter().flat_map(|figure| [figure, String::new()]);
        std::iter::once(name).chain(figures).collect()
    }));
    table
}

/// The score with its mark, and the difference.
fn figures(line: &Line, row: &Row) -> [String; 2] {
    let mark = mark(line.verdict());
    let star = if row.barely_trained || !row.failures.is_empty() { "*" } else { "" };
    let score = line.mean.as_ref().map_or("–".into(), mean);
    let gain = line.comparison.as_ref().map_or("–".into(), |c| difference(&c.difference));
    [format!("{score} {mark}{star}").trim_end().to_string(), gain]
}

/// What must be known of single rows, a starred one's reason first.
pub(in crate::report) fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    for row in &report.rows {
        let name = &row.name;
        if row.barely_trained {
            let steps = count(row.steps);
            notes.push(format!("* {name} is barely trained ({steps} steps) and enters no verdict"));
        }
        notes.extend(row.failures.iter().map(|failure| format!("* {name}, {failure}")));
        if !row.failures.is_empty() {
            notes.push(format!("* {name} enters no verdict where it lacks scores"));
        }
    }
    let reasons =
        report.lines.iter().filter(|l| l.against.is_some() && !l.pair && !l.reason.is_empty());
    for line in reasons {
        let against = line.against.as_deref().unwrap_or_default();
        let note = format!("{} against {against} on {}: {}", line.method, line.task, line.reason);
        let asked = report.asks(&line.task, against);
        let told = !asked || line.mean.is_none() || line.reason.ends_with(NO_VERDICT);
        if !told && !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}
