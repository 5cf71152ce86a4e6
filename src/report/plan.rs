//! What a suite's results tell of the next ones: the smallest difference they can find, and how many seeds or items a
//! wanted one needs.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Padding, Style};

use super::words::{count, spoken};
use super::{Line, Report, family};
use crate::eval::comparisons::Correction;
use crate::stats::LEVEL;
use crate::stats::planner::{POWER, Sources};
use crate::stats::test::smallest_p_paired;

/// What one task and metric can find.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
    /// Number of test items.
    pub items: usize,
    /// What the uncertainty of a typical comparison is made of.
    pub sources: Sources,
    /// The level at which the first verdict of the family is given: 5 % over its comparisons where they are corrected.
    pub level: f64,
}

/// A plan for each task and metric on which something is compared with an interval.
pub fn plan(report: &Report) -> Vec<Planned> {
    let tasks = report.facts.tasks.iter();
    let asked = tasks.flat_map(|task| task.metrics.iter().map(move |metric| (task, metric)));
    let planned = |(task, metric): (&super::TaskFacts, &String)| {
        let of = |line: &&Line| line.task == task.name && line.metric == *metric && line.tested();
        let lines: Vec<&Line> = report.lines.iter().filter(of).collect();
        let compared = lines.iter().filter_map(|line| line.comparison.as_ref());
        let family = lines.first().map_or(1, |line| family::size(report, line));
        let together =
            if report.facts.comparisons.correction == Correction::None { 1 } else { family };
        Some(Planned {
            task: task.name.clone(),
            metric: metric.clone(),
            items: task.test,
            sources: Sources::typical(compared.map(|compared| &compared.difference))?,
            level: LEVEL / together as f64,
        })
    };
    asked.filter_map(planned).collect()
}

/// The plans as a table with its notes; with a wanted difference, what it needs.
pub fn text(report: &Report, plans: &[Planned], wanted: Option<f64>) -> String {
    let facts = &report.facts;
    let mut text = format!(
        "{} v{} · {} · smallest differences found with chance {POWER}, and where chance comes from\n\n",
        facts.suite,
        facts.version,
        family::heading(report)
    );
    text += &table(findings(plans), 2);
    if let Some(wanted) = wanted {
        text += &format!(
            "\nto find {wanted} with chance {POWER}\n\n{}",
            table(needs(plans, wanted), 2)
        );
    }
    text + &notes(plans, wanted)
}

fn findings(plans: &[Planned]) -> Vec<Vec<String>> {
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
    let line = |plan: &Planned| {
        let sources = &plan.sources;
        let [seeds, items, groups] = [sources.seeds, plan.items, sources.groups].map(number);
        let found = [LEVEL, plan.level].map(|level| size(sources.detectable(level)));
        let [alone, corrected] = found;
        let [sd, se] = [sources.sd_seeds, sources.se_items].map(size);
        let names = [plan.task.clone(), spoken(&plan.metric)];
        let figures = [seeds, items, groups, alone, corrected, sd, se, source(plan)];
        names.into_iter().chain(figures).collect()
    };
    std::iter::once(titles.map(String::from).to_vec()).chain(plans.iter().map(line)).collect()
}

/// The larger source of an uncorrected interval's width: `seeds 83 %`.
fn source(plan: &Planned) -> String {
    let Some(share) = plan.sources.share_of_seeds(LEVEL) else { return "–".into() };
    let (name, share) = if share > 0.5 { ("seeds", share) } else { ("items", 1.0 - share) };
    format!("{name} {:.0} %", 100.0 * share)
}

fn needs(plans: &[Planned], wanted: f64) -> Vec<Vec<String>> {
    let titles =
        ["task", "metric", "seeds alone", "seeds corrected", "items alone", "items corrected"];
    let line = |plan: &Planned| {
        let levels = [LEVEL, plan.level];
        let seeds = levels.map(|level| plan.sources.seeds_for(wanted, level));
        let items = levels.map(|level| items_for(plan, wanted, level));
        let needed = seeds.into_iter().chain(items).map(|needed| needed.map_or("–".into(), number));
        [plan.task.clone(), spoken(&plan.metric)].into_iter().chain(needed).collect()
    };
    std::iter::once(titles.map(String::from).to_vec()).chain(plans.iter().map(line)).collect()
}

/// Items in as many groups as are needed, each of the present size.
fn items_for(plan: &Planned, wanted: f64, level: f64) -> Option<usize> {
    let groups = plan.sources.groups_for(wanted, level)?;
    let each = plan.items as f64 / plan.sources.groups as f64;
    Some((groups as f64 * each).ceil() as usize)
}

fn notes(plans: &[Planned], wanted: Option<f64>) -> String {
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
    let mut seeds: Vec<usize> = plans.iter().map(|plan| plan.sources.seeds).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let short = seeds.into_iter().filter(|seeds| *seeds > 1 && smallest_p_paired(*seeds) > LEVEL);
    notes.extend(short.map(|seeds| {
        let smallest = smallest_p_paired(seeds);
        format!("{seeds} paired seeds cannot reach {LEVEL} by sign flips: their smallest p is {smallest}.")
    }));
    let tasks =
        plans.iter().map(|plan| &plan.task).collect::<std::collections::BTreeSet<_>>().len();
    let smallest = smallest_p_paired(tasks);
    if tasks > 1 && smallest > LEVEL {
        notes.push(format!(
            "{tasks} tasks cannot reach {LEVEL} by Wilcoxon's test: their smallest p is {smallest}."
        ));
    }
    format!("\n{}\n", notes.join("\n"))
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

fn table(cells: Vec<Vec<String>>, right: usize) -> String {
    let mut table = Builder::from_iter(cells).build();
    let rule = HorizontalLine::new('─');
    table.with(Style::empty().horizontals([(1, rule)])).with(Padding::new(0, 2, 0, 0));
    table.modify(Columns::new(right..), Alignment::right());
    let lines = table.to_string();
    lines.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
