//! What is made of a results folder besides the report: the page, the wide table, the one for
//! LaTeX.

use std::fs;

use bench::report::{Facts, LeftOutTask, Report, TaskFacts};

use crate::toy::{facts, folder, task};

/// The attribute's values in a page, in order.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn every_link_of_the_page_leads_into_it_or_to_a_file_beside_it() {
    let folder = folder();
    let report = Report::read(folder.path()).unwrap();
    report.write(folder.path()).unwrap();
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    let places = attributes(&page, "id");
    let distinct: std::collections::BTreeSet<_> = places.iter().collect();
    assert_eq!(distinct.len(), places.len(), "a place is there twice: {places:?}");
    let links = attributes(&page, "href");
    assert!(links.len() > 30, "{}", links.len());
    for link in links {
        match link.strip_prefix('#') {
            Some(place) => assert!(places.contains(&place), "{link} leads nowhere"),
            None => assert!(folder.path().join(link).is_file(), "{link} leads nowhere"),
        }
    }
    for reference in attributes(&page, "aria-labelledby").iter().flat_map(|ids| ids.split(' ')) {
        assert!(places.contains(&reference), "{reference} labels nothing");
    }
    let own = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!own.contains("http") && !own.contains(" src="), "it needs something from elsewhere");
}

#[test]
fn every_tag_of_the_page_is_closed() {
    let page = Report::read(folder().path()).unwrap().files().unwrap();
    let (_, page) = page.into_iter().find(|(name, _)| name == "report.html").unwrap();
    let page = String::from_utf8(page).unwrap();
    let (before, after) = page.split_once("<script>").unwrap();
    let page = format!("{before}{}", after.split_once("</script>").unwrap().1);
    let mut open = Vec::new();
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "before {tag}"),
            None if tag.ends_with('/') || ["meta", "!doctype"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn missing_figures_are_empty_cells_and_digits_stop_where_the_interval_does() {
    let files = Report::read(folder().path()).unwrap().files().unwrap();
    let text = |name: &str| {
        let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    };
    let wide = text("wide.csv");
    let lines: Vec<&str> = wide.lines().collect();
    assert!(
        lines[0].starts_with("method,key.weighted_key_score,key.weighted_key_score.half_width,")
    );
    assert_eq!(lines[5], format!("lost{}", ",".repeat(17)), "{wide}");
    assert!(lines[1].starts_with("fixed,0.20,0.08,-0.05,-0.13,0.03,undecided,"), "{wide}");
    let latex = text("table.tex");
    let cells: Vec<usize> = latex
        .lines()
        .filter(|line| line.ends_with("\\\\"))
        .map(|l| l.matches('&').count())
        .collect();
    assert_eq!(cells, [2, 4, 4, 4, 4, 4, 4], "{latex}");
    assert!(latex.contains("\nlost &  &  &  &  \\\\\n"), "{latex}");
    assert!(latex.contains("1.000 $\\pm$ 0.000 $\\uparrow$"), "{latex}");
}

/// A file of the report on the toy folder after its facts were changed.
fn made(facts: Facts) -> impl Fn(&str) -> String {
    let folder = folder();
    facts.write(folder.path()).unwrap();
    let files = Report::read(folder.path()).unwrap().files().unwrap();
    move |name| {
        let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    }
}

#[test]
fn what_was_left_out_and_what_is_warned_of_stand_in_every_table() {
    let (name, metrics) = ("tags".into(), vec!["macro_roc_auc".into(), "mr1".into()]);
    let left_out = LeftOutTask { name, metrics, why: "no folder for ${MTT_50}".into() };
    let warned = TaskFacts { warnings: vec!["12 artists in train & test".into()], ..task() };
    let made = made(Facts { tasks: vec![warned], left_out: vec![left_out], ..facts() });
    let page = made("report.html");
    assert!(page.contains("<p>warning: 12 artists in train &amp; test</p>"), "{page}");
    assert!(page.contains("<a href=\"#task-tags\">tags</a>"), "{page}");
    assert!(page.contains(">tags</h2>\n<p>left out: no folder for ${MTT_50}</p>"), "{page}");
    let latex = made("table.tex");
    assert!(latex.contains(" Warning: 12 artists in train \\& test.}\n"), "{latex}");
    assert!(
        latex.contains("\\caption{tags: left out: no folder for \\$\\{MTT\\_50\\}}"),
        "{latex}"
    );
    assert!(latex.contains("{mr1 (less is better)}"), "{latex}");
    let wide = made("wide.csv");
    let columns = wide.lines().map(|line| line.matches(',').count()).collect::<Vec<_>>();
    assert_eq!(columns, [29; 6], "{wide}");
    assert!(wide.lines().next().unwrap().contains(",tags.mr1,tags.mr1.half_width,"), "{wide}");
}

#[test]
fn where_less_is_better_the_headings_say_so() {
    let files = Report::read("results/covers".as_ref()).unwrap().files().unwrap();
    for (name, heading) in [("report.html", ">mr1 ↓</th>"), ("table.tex", "{mr1 (less is better)}")]
    {
        let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
        assert!(String::from_utf8_lossy(bytes).contains(heading), "{name}");
    }
}

#[test]
fn where_nothing_is_compared_there_is_no_figure_of_differences() {
    let mut report = Report::read(folder().path()).unwrap();
    let drawn = |report: &Report| {
        let files = report.files().unwrap();
        files.iter().any(|(name, _)| name == "figures/key.differences.svg")
    };
    assert!(drawn(&report));
    report.lines.iter_mut().for_each(|line| line.comparison = None);
    assert!(!drawn(&report));
}
