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

/// Only there where something was trained.
const TRAINING: &str = "training.csv";

/// Files beside the page, and what they hold.
const FILES: [(&str, &str); 8] = [
    ("table.csv", "every row, metric and comparison"),
    ("wide.csv", "a line per row"),
    ("table.tex", "for LaTeX"),
    ("scores.csv", "every run's scores"),
    ("costs.csv", "what every run used"),
    (TRAINING, "how every run's loss went"),
    ("suite.yaml", "what the suite asks"),
    ("report.md", "this report as Markdown"),
];

/// The page; `figures` are each task's, in the tasks' order, and `training` shows how losses went.
pub(super) fn page(report: &Report, figures: &[Vec<Figure>], training: Option<&Figure>) -> String {
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
        training.map_or(String::new(), losses) + &remarks(report),
        files(report),
    )
}

fn contents(report: &Report) -> String {
    let names = report.facts.asked().map(|(name, _)| (format!("task-{name}"), name));
    let read = !reading(report).is_empty();
    let reading = read.then(|| ("reading".to_string(), "Reading"));
    let training = (!report.training.is_empty()).then(|| ("training".to_string(), "Training"));
    let further =
        training.into_iter().chain(reading).chain([("compared".into(), "What was compared")]);
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
    let there = |(name, _): &&(&str, &str)| *name != TRAINING || !report.training.is_empty();
    let link = |(name, what): &(&str, &str)| {
        format!("<li><a href=\"{}\">{name}</a>: {what}</li>\n", path(&[*name]))
    };
    let links: String = FILES.iter().filter(there).map(link).collect();
    format!("<h2>Files</h2>\n<ul>\n{links}</ul>\n")
}
