//! The report's page as a browser shows it.

mod chromium;
mod looks;
mod tables;

use std::path::{Path, PathBuf};

use chromium::{Page, chromium};
use serde_json::{Value, json};

/// Reports of one task and of several with their ranks.
const RESULTS: [&str; 2] = ["results/key", "results/methods"];

/// Checks every page, each with its folder; none may complain of anything until the end.
fn each(check: impl Fn(&mut Page, &str)) {
    let Some(chromium) = chromium() else {
        println!("skipped: there is no chromium on this machine to open the page");
        return;
    };
    let mut page = Page::new(&chromium);
    for folder in RESULTS {
        page.show(&Path::new(folder).join("report.html"));
        check(&mut page, folder);
        page.value("new Promise(done => setTimeout(() => done(true), 100))");
        assert!(page.complaints.is_empty(), "{folder}: {:?}", page.complaints);
    }
}

#[test]
fn every_link_into_the_page_shows_its_place() {
    let astray = "(async () => {
        const places = new Map();
        for (const link of document.querySelectorAll('a[href^=\"#\"]')) places.set(link.hash, link);
        const astray = [];
        for (const [hash, link] of places) {
            for (const part of document.querySelectorAll('details')) part.open = false;
            link.click();
            await new Promise(done => setTimeout(done));
            const place = document.querySelector(':target');
            const top = place?.getBoundingClientRect().top;
            if (!place?.checkVisibility() || top < -1 || top > innerHeight) astray.push(hash);
        }
        return [places.size > 10, astray];
    })()";
    each(|page, folder| assert_eq!(page.value(astray), json!([true, []]), "{folder}"));
}

#[test]
fn every_link_out_of_the_page_leads_to_a_file_beside_it() {
    let paths = "Array.from(document.querySelectorAll('a:not([href^=\"#\"])'),
        link => link.protocol + decodeURIComponent(link.pathname))";
    each(|page, folder| {
        let beside = Path::new(folder).canonicalize().unwrap();
        let links = page.texts(paths);
        assert!(links.len() > 50, "{folder}: {}", links.len());
        for link in links {
            let path = PathBuf::from(link.strip_prefix("file:").unwrap());
            assert!(path.starts_with(&beside) && path.is_file(), "{folder}: {}", path.display());
        }
    });
}

/// Whether a screen reader stops at a node: tables, pictures, and what the keyboard reaches.
fn stops(node: &Value) -> bool {
    let focusable = |property: &Value| property["name"] == "focusable";
    let reached = node["properties"].as_array().is_some_and(|all| all.iter().any(focusable));
    reached || ["table", "image"].iter().any(|role| node["role"]["value"] == *role)
}

#[test]
fn a_screen_reader_finds_a_name_for_everything_it_stops_at() {
    each(|page, folder| {
        let tree = page.tell("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter().filter(|node| stops(node));
        let (named, nameless): (Vec<&Value>, Vec<&Value>) =
            nodes.partition(|node| node["name"]["value"].as_str().is_some_and(|n| !n.is_empty()));
        assert!(named.len() > 50, "{folder}: {}", named.len());
        assert!(nameless.is_empty(), "{folder}: {nameless:?}");
    });
}
