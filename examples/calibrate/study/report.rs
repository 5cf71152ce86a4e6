//! What was found, to be read.

use tabled::builder::Builder;
use tabled::settings::Style;

use super::coverage::{Coverage, WANTED};
use super::errors::{FAMILY, LEVELS, Rate, VERDICT};
use super::power::{SEEDS, found_with, metrics, points};
use super::world::Dominant;
use super::{Findings, SEED};

/// The findings as a page of Markdown.
pub fn markdown(findings: &Findings) -> String {
    let figures = metrics(&findings.power).into_iter().map(|(metric, items)| {
        let metric = metric.replace('_', " ");
        let file = format!("power-{}-{items}.svg", metric.replace(' ', "_"));
        format!("\n![How often a difference in {metric} is found on {items} items]({file})\n")
    });
    [
        opening(findings),
        errors(&findings.rates),
        covered(&findings.coverage),
        power(findings),
        figures.collect(),
        include_str!("method.md").replace("{SEED}", &SEED.to_string()),
    ]
    .concat()
}

fn opening(findings: &Findings) -> String {
    let held = findings.rates.iter().filter(|rate| rate.holds && rate.level == LEVELS[0]);
    let highest = held.max_by(|a, b| a.rate.total_cmp(&b.rate));
    let covers = |corner: &&Coverage| !corner.narrow() && !corner.wide();
    let within = findings.coverage.iter().filter(covers).count();
    let wide = findings.coverage.iter().filter(|corner| corner.wide()).count();
    let highest = highest.map_or(String::new(), |rate| {
        let (test, rate) = (&rate.test, percent(rate.rate, rate.standard_error));
        format!("The most false verdicts of all that were measured are {rate} ({test}).")
    });
    let [low, high] = WANTED.map(|share| 100.0 * share);
    format!(
        "# What intervals, verdicts and tests are worth\n\n\
         Measured on simulated results of which the truth is known, by the functions that every report calls. \
         Where two methods are equal, a test at the 5 % level may tell them apart in 5 % of comparisons. {highest} \
         Intervals called 95 % cover the expected score over new seeds and items in {low:.0} to {high:.0} % in {within} \
         of {} corners, in more in {wide}, in less in {}.\n",
        findings.coverage.len(),
        findings.coverage.len() - within - wide,
    )
}

fn errors(rates: &[Rate]) -> String {
    let section = |wanted: &dyn Fn(&Rate) -> bool| table_of_rates(rates, wanted);
    format!(
        "\n## Verdicts on equals\n\n\
         How often the verdict of one comparison of two equal methods was *better* or *worse*, ± the standard error; \
         and at the level that Holm's correction asks of the smallest p value of {FAMILY} comparisons.\n\n{}\n\n\
         ## Tests beside the verdict\n\n\
         How often they told equals apart where what they assume to be equal is equal: single runs that expect the \
         same score for tests of items, methods that find the same items hard for tests of paired seeds.\n\n{}\n\n\
         ## Tests of items or of seeds alone, where both differ\n\n\
         Where the methods are equal, but not these runs on these items: seeds differ in what they score, and methods \
         in the items that they find hard. What such a test finds is there, in these runs or on these items; of the \
         methods on new ones it says nothing. This is why the verdict rests on seeds and items.\n\n{}\n",
        section(&|rate| rate.test == VERDICT),
        section(&|rate| rate.test != VERDICT && rate.holds),
        section(&|rate| rate.test != VERDICT && !rate.holds),
    )
}

fn table_of_rates(rates: &[Rate], wanted: &dyn Fn(&Rate) -> bool) -> String {
    let [often, seldom] = LEVELS.map(|level| format!("at {:.2} %", 100.0 * level));
    let header = ["metric", "test", "of", "seeds × items", "larger part", &often, &seldom, "n"];
    let mut cells = vec![header.map(String::from).to_vec()];
    // A test's two levels follow each other.
    for pair in rates.chunks_exact(2).filter(|pair| wanted(&pair[0])) {
        let rate = &pair[0];
        cells.push(vec![
            rate.metric.replace('_', " "),
            rate.test.clone(),
            rate.unit.into(),
            size([rate.seeds, rate.items, rate.group]),
            larger(rate.dominant).into(),
            format!("{}{}", percent(rate.rate, rate.standard_error), flag(rate.broken())),
            percent(pair[1].rate, pair[1].standard_error),
            rate.simulations.to_string(),
        ]);
    }
    table(cells)
}

fn covered(corners: &[Coverage]) -> String {
    let header = [
        "metric",
        "seeds × items",
        "larger part",
        "expected",
        "sd seeds",
        "se items",
        "half-width",
        "covered",
        "n",
    ];
    let mut cells = vec![header.map(String::from).to_vec()];
    cells.extend(corners.iter().map(|corner| {
        let word = match (corner.narrow(), corner.wide()) {
            (true, _) => " **narrow**",
            (_, true) => " *wide*",
            _ => "",
        };
        vec![
            corner.metric.replace('_', " "),
            size([corner.seeds, corner.items, corner.group]),
            larger(corner.dominant).into(),
            format!("{:.3}", corner.expected),
            format!("{:.3}", corner.sd_seeds),
            format!("{:.3}", corner.se_items),
            format!("{:.3}", corner.half_width),
            format!("{}{word}", percent(corner.coverage, corner.standard_error)),
            corner.simulations.to_string(),
        ]
    }));
    format!(
        "\n## Coverage of 95 % intervals\n\n\
         How often the interval of one method's mean held the expected score over new seeds and new items. *Wide* is \
         where it did so too often: the interval is longer than it need be, which costs power and misleads nobody.\n\n{}\n",
        table(cells)
    )
}

fn power(findings: &Findings) -> String {
    let [often, seldom] = LEVELS.map(|level| format!("at {:.2} %", 100.0 * level));
    let mut cells = vec![["metric", "seeds × items", &often, &seldom].map(String::from).to_vec()];
    for (metric, items) in metrics(&findings.power) {
        for seeds in SEEDS {
            let found = LEVELS.map(|level| {
                let points = points(&findings.power, (metric, seeds, items, level));
                found_with(&points, 0.8).map_or("–".into(), |found| format!("{found:.3}"))
            });
            let mut row = vec![metric.replace('_', " "), size([seeds, items, 1])];
            row.extend(found);
            cells.push(row);
        }
    }
    format!(
        "\n## Power\n\n\
         The difference that is found in 80 % of comparisons, by a single comparison and by the first of {FAMILY}; – \
         where none that was tried is. The spread between seeds is the one at which, of five seeds, the items' part \
         is four times as large.\n\n{}\n",
        table(cells)
    )
}

fn size([seeds, items, group]: [usize; 3]) -> String {
    match group {
        1 => format!("{seeds} × {items}"),
        _ => format!("{seeds} × {items} in groups of {group}"),
    }
}

fn larger(dominant: Dominant) -> &'static str {
    match dominant {
        Dominant::Seeds => "seeds",
        Dominant::Neither => "neither",
        Dominant::Items => "items",
        Dominant::ItemsAlone => "items alone",
        Dominant::SeedsAlone => "seeds alone",
    }
}

fn flag(broken: bool) -> &'static str {
    if broken { " **too many**" } else { "" }
}

fn percent(share: f64, error: f64) -> String {
    format!("{:.2} ± {:.2} %", 100.0 * share, 100.0 * error)
}

fn table(cells: Vec<Vec<String>>) -> String {
    Builder::from_iter(cells).build().with(Style::markdown()).to_string()
}
