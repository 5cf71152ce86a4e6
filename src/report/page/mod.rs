//! `report.html`: the report as one page that needs no other file to be read.

mod element;
mod task;

use super::Report;
use super::figure::{Figure, STYLE, escaped};
use super::markdown::{compared, reading};
use super::text::{legend, notes};
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

/// The page; `figures` are each task's, in the tasks' order.
pub(super) fn page(report: &Report, figures: &[Vec<Figure>]) -> String {
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
         <p class=\"lead\">{}</p>\n{}</header>\n<main id=\"main\">\n{tasks}{}</main>\n\
         <footer>\n{}</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&report.sentence()),
        contents(report),
        remarks(report),
        files(),
    )
}

fn contents(report: &Report) -> String {
    let names = report.facts.asked().map(|(name, _)| (format!("task-{name}"), name));
    let read = !reading(report).is_empty();
    let reading = read.then(|| ("reading".to_string(), "Reading"));
    let further = reading.into_iter().chain([("compared".into(), "What was compared")]);
    let point = |(place, name): (String, &str)| {
        format!("<li><a href=\"#{}\">{}</a></li>\n", slug(&place), escaped(name))
    };
    let points: String = names.chain(further).map(point).collect();
    format!("<nav aria-label=\"Contents\">\n<ul>\n{points}</ul>\n</nav>\n")
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
    let mut html = format!("<p class=\"faint\">{}</p>\n", escaped(&legend(report)));
    for (place, title, points) in lists {
        html += &section(place, title, &list(&points));
    }
    if !facts.notes.is_empty() {
        html += &section("about", "About this suite", &paragraphs(&facts.notes));
    }
    html
}

/// A section with its heading.
fn section(place: &str, title: &str, inside: &str) -> String {
    let (place, title) = (slug(place), escaped(title));
    format!(
        "<section id=\"{place}\" aria-labelledby=\"{place}-title\">\n\
         <h2 id=\"{place}-title\">{title}</h2>\n{inside}</section>\n"
    )
}

fn files() -> String {
    let link = |(name, what): &(&str, &str)| {
        format!("<li><a href=\"{}\">{name}</a>: {what}</li>\n", path(&[*name]))
    };
    let links: String = FILES.iter().map(link).collect();
    format!("<h2>Files</h2>\n<ul>\n{links}</ul>\n")
}
