//! What a suite's results tell of the next ones: the smallest difference they can find, and how
//! many seeds or items a wanted one needs.

use std::collections::BTreeSet;

use super::grid::{Grid, plain};
use super::words::{count, spoken};
use super::{Line, Report, TaskFacts, family};
use crate::eval::comparisons::Correction;
use crate::stats::LEVEL;
use crate::stats::planner::{POWER, Sources};
use crate::stats::test::smallest_p_paired;

/// What one task and metric can find.
#[derive(Clone, Debug)]
pub struct Power {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// Number of test items.
    pub items: usize,
    /// What the uncertainty of a typical comparison is made of.
    pub sources: Sources,
    /// The level at which the first verdict of the family is given: 5 % over its comparisons where
    /// they are corrected.
    pub level: f64,
}

/// The power of each task and metric on which something is compared with an interval.
pub fn of(report: &Report) -> Vec<Power> {
    let tasks = report.facts.tasks.iter();
    let asked = tasks.flat_map(|task| task.metrics.iter().map(move |metric| (task, metric)));
    let power = |(task, metric): (&TaskFacts, &String)| {
        let of = |line: &&Line| line.task == task.name && line.metric == *metric && line.tested();
        let lines: Vec<&Line> = report.lines.iter().filter(of).collect();
        let compared = lines.iter().filter_map(|line| line.comparison.as_ref());
        let family = lines.first().map_or(1, |line| family::size(report, line));
        let together =
            if report.facts.comparisons.correction == Correction::None { 1 } else { family };
        Some(Power {
            task: task.name.clone(),
            metric: metric.clone(),
            items: task.test,
            sources: Sources::typical(compared.map(|compared| &compared.difference))?,
            level: LEVEL / together as f64,
        })
    };
    asked.filter_map(power).collect()
}

/// What is found as a table with its notes; with a wanted difference, what it needs.
pub fn text(report: &Report, powers: &[Power], wanted: Option<f64>) -> String {
    let facts = &report.facts;
    let mut text = format!(
        "{} v{} · {} · smallest differences found with chance {POWER}, and where chance comes from\n\n",
        facts.suite,
        facts.version,
        family::heading(report)
    );
    text += &plain(findings(powers), 2);
    if let Some(wanted) = wanted {
        text += &format!(
            "\nto find {wanted} with chance {POWER}\n\n{}",
            plain(needs(powers, wanted), 2)
        );
    }
    text + &notes(powers, wanted)
}

fn findings(powers: &[Power]) -> Grid {
    let titles = [
        "task",
        "metric",
        "seeds",
        "items",
        "groups",
        "alone",
        "corrected",
        "SD seeds",
        "SE items",
        "mostly from",
    ];
    let line = |power: &Power| {
        let sources = &power.sources;
        let [seeds, items, groups] = [sources.seeds, power.items, sources.groups].map(number);
        let found = [LEVEL, power.level].map(|level| size(sources.detectable(level)));
        let [alone, corrected] = found;
        let [sd, se] = [sources.sd_seeds, sources.se_items].map(size);
        let names = [power.task.clone(), spoken(&power.metric)];
        let figures = [seeds, items, groups, alone, corrected, sd, se, source(power)];
        names.into_iter().chain(figures).collect()
    };
    std::iter::once(titles.map(String::from).to_vec()).chain(powers.iter().map(line)).collect()
}

/// The larger source of an uncorrected interval's width: `seeds 83 %`.
fn source(power: &Power) -> String {
    let Some(share) = power.sources.share_of_seeds(LEVEL) else { return "–".into() };
    let (name, share) = if share > 0.5 { ("seeds", share) } else { ("items", 1.0 - share) };
    format!("{name} {:.0} %", 100.0 * share)
}

fn needs(powers: &[Power], wanted: f64) -> Grid {
    let titles =
        ["task", "metric", "seeds alone", "seeds corrected", "items alone", "items corrected"];
    let line = |power: &Power| {
        let levels = [LEVEL, power.level];
        let seeds = levels.map(|level| power.sources.seeds_for(wanted, level));
        let items = levels.map(|level| items_for(power, wanted, level));
        let needed = seeds.into_iter().chain(items).map(|needed| needed.map_or("–".into(), number));
        [power.task.clone(), spoken(&power.metric)].into_iter().chain(needed).collect()
    };
    std::iter::once(titles.map(String::from).to_vec()).chain(powers.iter().map(line)).collect()
}

/// Items in as many groups as are needed, each of the present size.
fn items_for(power: &Power, wanted: f64, level: f64) -> Option<usize> {
    let groups = power.sources.groups_for(wanted, level)?;
    let each = power.items as f64 / power.sources.groups as f64;
    Some((groups as f64 * each).ceil() as usize)
}

fn notes(powers: &[Power], wanted: Option<f64>) -> String {
    let mut notes = vec![
        "A typical comparison of each task and metric: root mean squares of the parts that its comparisons have."
            .to_string(),
        "alone: at the 5 % level, as if nothing else were compared; corrected: for the first verdict of its family."
            .into(),
    ];
    if wanted.is_some() {
        notes.push(
            "seeds: on the same items; items: with the same seeds, in groups of the present size; – no number will do."
                .into(),
        );
    }
    let seeds: BTreeSet<usize> = powers.iter().map(|power| power.sources.seeds).collect();
    let seeds = seeds.into_iter().filter(|seeds| *seeds > 1);
    notes.extend(seeds.filter_map(|seeds| too_few(seeds, "paired seeds", "sign flips")));
    let tasks: BTreeSet<&str> = powers.iter().map(|power| power.task.as_str()).collect();
    notes.extend(too_few(tasks.len(), "tasks", "Wilcoxon's test").filter(|_| tasks.len() > 1));
    format!("\n{}\n", notes.join("\n"))
}

/// That so many of something cannot reach the level by a test, if so.
fn too_few(count: usize, what: &str, test: &str) -> Option<String> {
    let smallest = smallest_p_paired(count);
    let said = || {
        format!("{count} {what} cannot reach {LEVEL} by {test}: their smallest p is {smallest}.")
    };
    (smallest > LEVEL).then(said)
}

/// Two significant digits.
fn size(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let decimals = (1.0 - value.abs().log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.decimals$}")
}

fn number(value: usize) -> String {
    count(Some(value as u64))
}
