//! Contrasts in words and tables for a terminal.

use super::Contrast;
use crate::report::grid::{plain, untitled};
use crate::report::words::{self, difference, mean, spoken, told};
use crate::stats::beside::{Beside, EffectSize, FLIPS};
use crate::stats::{Comparison, Estimate, LEVEL, Practical, Verdict};

pub(super) fn text(contrasts: &[Contrast]) -> String {
    let judged = contrasts.iter().filter(|c| corrected(c).is_some()).count();
    let mut text = if contrasts.len() > 1 { overview(contrasts) + "\n" } else { String::new() };
    for contrast in contrasts {
        text += &one(contrast, judged);
        text += "\n";
    }
    text + &legend(contrasts)
}

fn corrected(contrast: &Contrast) -> Option<f64> {
    contrast.comparison.as_ref()?.p_corrected
}

/// All contrasts, a line each.
fn overview(contrasts: &[Contrast]) -> String {
    let header = ["task", "metric", "A", "B", "A − B", "corrected p", "verdict", "in practice"];
    let line = |contrast: &Contrast| {
        let compared = contrast.comparison.as_ref();
        let gain = compared.map_or("–".into(), |compared| difference(&compared.difference));
        let p = corrected(contrast).map(chance).unwrap_or_default();
        let verdict = compared.and_then(|compared| compared.verdict).map_or("", Verdict::name);
        let [a, b] = contrast.names.clone();
        let practical = compared.map_or("", |_| contrast.practical.name());
        let figures = [gain, p, verdict.into(), practical.into()];
        [contrast.task.clone(), spoken(&contrast.metric), a, b].into_iter().chain(figures).collect()
    };
    let lines: Vec<Vec<String>> = contrasts.iter().map(line).collect();
    table(&header, lines, 4)
}

fn one(contrast: &Contrast, judged: usize) -> String {
    let metric = spoken(&contrast.metric);
    let of: Vec<&str> =
        [contrast.task.as_str(), &metric].into_iter().filter(|word| !word.is_empty()).collect();
    let items = items(contrast).map(|items| format!(" · {items}")).unwrap_or_default();
    let mut text = format!("{}{items}\n\n", of.join(" · "));
    text += &figures(contrast);
    for sentence in sentences(contrast, judged) {
        text += &format!("{sentence}\n");
    }
    let tests: Vec<Vec<String>> = contrast.tests.iter().map(test).collect();
    if !tests.is_empty() {
        let header = ["test", "of", "n", "statistic", "", "p", "smallest p"];
        text += &format!("\n{}", table(&header, tests, 4));
    }
    let effects: Vec<Vec<String>> = contrast.effects.iter().map(effect).collect();
    if !effects.is_empty() {
        let header = ["effect size", "of", "n", "", "95 % interval"];
        text += &format!("\n{}", table(&header, effects, 3));
    }
    text
}

fn items(contrast: &Contrast) -> Option<String> {
    let n = contrast.means.iter().flatten().next()?.n;
    let groups = contrast.groups;
    Some(if groups < n { format!("{n} items in {groups} groups") } else { format!("{n} items") })
}

/// Both means and their difference.
fn figures(contrast: &Contrast) -> String {
    let seeds = |estimate: &Estimate, what: &str| {
        estimate.seeds.map(|seeds| format!("{seeds} {what}")).unwrap_or_default()
    };
    let row = |side: usize| {
        let estimate = contrast.means[side].as_ref();
        let label = format!("{}  {}", ["A", "B"][side], contrast.names[side]);
        let [value, runs] = match estimate {
            Some(estimate) => [mean(estimate), seeds(estimate, "seeds")],
            None => ["–".into(), String::new()],
        };
        vec![label, value, runs]
    };
    let mut rows = vec![row(0), row(1)];
    if let Some(Comparison { difference: d, .. }) = &contrast.comparison {
        let parts = [
            d.sd_seeds.map(|sd| format!("SD between seeds {sd:.4}")),
            d.se_items.map(|se| format!("SE between items {se:.4}")),
        ];
        let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        rows.push(vec!["A − B".into(), difference(d), seeds(d, "paired seeds"), parts]);
    }
    rows.iter_mut().for_each(|row| row.resize(4, String::new()));
    untitled(rows)
}

fn sentences(contrast: &Contrast, judged: usize) -> Vec<String> {
    let mut said = vec![stated(contrast, judged)];
    said.extend(mattering(contrast));
    if contrast.single {
        said.push("One run each: what another seed would change is not in the interval.".into());
    }
    let short = |test: &&Beside| test.smallest.is_some_and(|smallest| smallest > LEVEL);
    for Beside { n, unit, smallest, .. } in contrast.tests.iter().filter(short) {
        let smallest = chance(smallest.unwrap_or(1.0));
        said.push(format!("{n} {unit} cannot reach {LEVEL}: their smallest p is {smallest}."));
    }
    said.dedup();
    said
}

fn stated(contrast: &Contrast, judged: usize) -> String {
    let Some(compared) = &contrast.comparison else {
        return format!("No verdict: {}.", contrast.reason);
    };
    let p = match (compared.p, compared.p_corrected) {
        (Some(p), Some(holm)) if judged > 1 => {
            format!(" (p {}, {} corrected for {judged} comparisons)", chance(p), chance(holm))
        }
        (Some(p), _) => format!(" (p {})", chance(p)),
        _ => String::new(),
    };
    let why =
        if contrast.reason.is_empty() { String::new() } else { format!(": {}", contrast.reason) };
    match compared.verdict {
        Some(Verdict::Undecided) => format!("{}{p}{why}.", told(Verdict::Undecided, "A", "B")),
        Some(verdict) => format!("{}{p}.", told(verdict, "A", "B")),
        None => format!("No verdict{why}."),
    }
}

/// What the interval says of the region of practical equivalence; nothing where there is none.
fn mattering(contrast: &Contrast) -> Option<String> {
    contrast.comparison.as_ref()?.difference.half_width()?;
    let rope = contrast.rope;
    let interval = "the whole interval of A − B is";
    Some(match contrast.practical {
        Practical::Better => format!("Better by more than {rope}: {interval} beyond ±{rope}."),
        Practical::Worse => format!("Worse by more than {rope}: {interval} beyond ±{rope}."),
        Practical::Equivalent => format!("Equivalent in practice: {interval} within ±{rope}."),
        Practical::Undecided => {
            format!(
                "Whether by more than {rope} is undecided: the interval crosses an edge of ±{rope}."
            )
        }
    })
}

fn test(test: &Beside) -> Vec<String> {
    let of = test.seed.map_or(test.unit.into(), |seed| format!("seed {seed}: {}", test.unit));
    let (n, p) = (test.n.to_string(), test.p.map(chance).unwrap_or_default());
    let smallest = test.smallest.filter(|smallest| *smallest > LEVEL);
    let smallest = smallest.map(chance).unwrap_or_default();
    vec![test.test.into(), of, n, test.statistic.into(), number(test.value), p, smallest]
}

fn effect(effect: &EffectSize) -> Vec<String> {
    let interval = effect.interval.map(|i| format!("[{}, {}]", number(i.low), number(i.high)));
    let (n, value) = (effect.n.to_string(), number(effect.value));
    vec![effect.effect.into(), effect.unit.into(), n, value, interval.unwrap_or_default()]
}

/// Whole numbers as they are, others to three decimals.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

fn chance(p: f64) -> String {
    words::chance(p, 4)
}

fn legend(contrasts: &[Contrast]) -> String {
    let mut lines = vec![
        "The verdict is the interval of A − B over seeds and items; tests and effect sizes stand beside it, each \
         uncorrected."
            .to_string(),
        format!("Sign flips try every combination of up to 20 values and draw {FLIPS} of more."),
    ];
    let named =
        |name: &str| contrasts.iter().flat_map(|c| &c.tests).any(|test| test.test.contains(name));
    let independent = ["McNemar", "DeLong"].into_iter().filter(|name| named(name));
    let independent = independent.collect::<Vec<_>>().join(" and ");
    let grouped = contrasts.iter().any(|c| items(c).is_some_and(|items| items.contains("groups")));
    if grouped && !independent.is_empty() {
        lines.push(format!(
            "{independent} takes items of one group as independent, which they are not."
        ));
    }
    lines.join("\n") + "\n"
}

/// A table below its titles.
fn table(titles: &[&str], rows: Vec<Vec<String>>, right: usize) -> String {
    let titles = titles.iter().map(|title| title.to_string()).collect();
    plain(std::iter::once(titles).chain(rows).collect(), right)
}
