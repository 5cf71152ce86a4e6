//! `report.html`: the report as one page that needs no other file to be read.

mod claims;
mod element;
mod task;

use super::figure::{Figure, STYLE, escaped};
use super::write::markdown::{compared, reading};
use super::write::text::{legend, notes};
use super::{Report, family, ranks};
use element::{list, paragraphs, path, slug};

const LOOKS: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Files beside the page, and what they hold.
const FILES: [(&str, &str); 7] = [
    ("table.csv", "every row, metric and comparison"),
    ("wide.csv", "a line per row"),
    ("table.tex", "for LaTeX"),
    ("scores.csv", "every run's scores"),
    ("costs.csv", "what every run used"),
    ("suite.yaml", "what the suite asks"),
    ("report.md", "this report as Markdown"),
];

/// The page; `figures` are each task's, in the tasks' order, `across` those of all tasks together,
/// and `training` shows how losses went.
pub(super) fn page(
    report: &Report,
    figures: &[Vec<Figure>],
    across: &[Figure],
    training: Option<&Figure>,
) -> String {
    let facts = &report.facts;
    let title = escaped(&format!("{} v{}: {}", facts.suite, facts.version, facts.title));
    let tasks: String = facts
        .tasks
        .iter()
        .zip(figures)
        .map(|(task, figures)| task::section_of(report, task, figures))
        .chain(facts.left_out.iter().map(task::left_out))
        .collect();
    let style = format!("{LOOKS}{STYLE}");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the tables</a>\n<header>\n<h1>{title}</h1>\n\
         <p class=\"lead\">{}</p>\n{}{}</header>\n<main id=\"main\">\n{tasks}{}</main>\n\
         <footer>\n{}</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&report.sentence()),
        contents(report),
        signs(report),
        several(report, across)
            + &training.map_or(String::new(), losses)
            + &claims::expected(report)
            + &remarks(report),
        files(report),
    )
}

fn contents(report: &Report) -> String {
    let names = report.facts.asked().map(|(name, _)| (format!("task-{name}"), name));
    let read = !reading(report).is_empty();
    let reading = read.then(|| ("reading".to_string(), "Reading"));
    let several = report.ranks.is_some().then(|| ("several".to_string(), "Several tasks"));
    let training = (!report.training.is_empty()).then(|| ("training".to_string(), "Training"));
    let expected = (!report.claims.is_empty()).then(|| ("expected".to_string(), "Expected"));
    let compared = ("compared".into(), "What was compared");
    let further = several.into_iter().chain(training).chain(expected).chain(reading);
    let further = further.chain([compared]);
    let point = |(place, name): (String, &str)| {
        format!("<li><a href=\"#{}\">{}</a></li>\n", slug(&place), escaped(name))
    };
    let points: String = names.chain(further).map(point).collect();
    format!("<nav aria-label=\"Contents\">\n<ul>\n{points}</ul>\n</nav>\n")
}

/// What the signs in the tables mean.
fn signs(report: &Report) -> String {
    let signs = format!("{} {}", legend(report), family::named(report));
    format!("<p class=\"faint\">{}</p>\n", escaped(&signs))
}

/// How the rows rank over several tasks.
fn several(report: &Report, figures: &[Figure]) -> String {
    let Some(ranks) = &report.ranks else { return String::new() };
    let figures: String = figures.iter().map(figure).collect();
    let inside = format!("{}{}{figures}", task::ranked(report, ranks), list(&ranks::points(ranks)));
    section("several", "Several tasks", &inside)
}

fn remarks(report: &Report) -> String {
    let facts = &report.facts;
    let lists = [
        ("reading", "Reading", reading(report)),
        ("compared", "What was compared", compared(report)),
        ("notes", "Notes", notes(report)),
        ("warnings", "Warnings", facts.warnings.clone()),
    ];
    let lists = lists.into_iter().filter(|(_, _, points)| !points.is_empty());
    let mut html = String::new();
    for (place, title, points) in lists {
        html += &section(place, title, &list(&points));
    }
    if !facts.notes.is_empty() {
        html += &section("about", "About this suite", &paragraphs(&facts.notes));
    }
    html
}

/// What was minimised.
fn losses(training: &Figure) -> String {
    let about = "A line for each run. What different rows minimise is not of one kind; the figures: \
                 [training.csv](training.csv).";
    section("training", "Training", &(paragraphs(about) + &figure(training)))
}

/// A figure that may be wider than the page, and its file.
fn figure(figure: &Figure) -> String {
    let file = path(&["figures", &format!("{}.svg", figure.name)]);
    let title = escaped(&figure.title);
    format!(
        "<figure>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">\n{}</div>\n\
         <figcaption>{title} (<a href=\"{file}\">SVG</a>)</figcaption>\n</figure>\n",
        figure.inline()
    )
}

/// A section with its heading.
fn section(place: &str, title: &str, inside: &str) -> String {
    let (place, title) = (slug(place), escaped(title));
    format!(
        "<section id=\"{place}\" aria-labelledby=\"{place}-title\">\n\
         <h2 id=\"{place}-title\">{title}</h2>\n{inside}</section>\n"
    )
}

fn files(report: &Report) -> String {
    let link = |(name, what): &(&str, &str)| {
        format!("<li><a href=\"{}\">{name}</a>: {what}</li>\n", path(&[*name]))
    };
    let compared = report.lines.iter().any(|line| line.against.is_some());
    let quotes = report.facts.tasks.iter().any(|task| !task.published.is_empty());
    let further = [
        (compared, ("comparisons.csv", "every comparison with tests and effect sizes")),
        (report.ranks.is_some(), ("ranks.csv", "ranks over tasks")),
        (!report.claims.is_empty(), ("claims.csv", "what became of what the suite expects")),
        (quotes, ("published.csv", "the published rows that tables show")),
        (!report.robustness.is_empty(), ("robustness.csv", "scores through corrupted sound")),
        (!report.keys.is_empty(), ("keys.csv", "how estimated keys stand to the true ones")),
        (!report.training.is_empty(), ("training.csv", "how every run's loss went")),
    ];
    let further: Vec<_> =
        further.into_iter().filter(|(there, _)| *there).map(|(_, file)| file).collect();
    let links: String = FILES.iter().chain(&further).map(link).collect();
    format!("<h2>Files</h2>\n<ul>\n{links}</ul>\n")
}
