//! `ranks.csv`: one figure per line.

use serde::Serialize;

use super::{Ranks, all_pairs};
use crate::Result;
use crate::report::csv::{bytes, six_digits};
use crate::stats::ranking::RankedPair;
use crate::stats::test::{Interval, Rope, Test, Ties};

/// A line of `ranks.csv`. The order of the fields is the order of the columns.
#[derive(Default, Serialize)]
struct Cells<'a> {
    figure: &'static str,
    method: &'a str,
    against: &'a str,
    tasks: usize,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    p: Option<f64>,
    p_corrected: Option<f64>,
    smallest_p: Option<f64>,
}

/// Ranks, tie groups and interquartile means of the rows, then the tests.
pub(in crate::report) fn csv(ranks: &Ranks) -> Result<Vec<u8>> {
    let mut figures: Vec<Cells> =
        (0..ranks.rows.len()).flat_map(|row| of_row(ranks, row)).collect();
    figures.extend(overall(ranks));
    figures.extend(pairs(ranks));
    figures.extend(chances(ranks));
    figures.iter_mut().for_each(|figure| figure.tasks = ranks.tasks.len());
    bytes(&figures)
}

fn of_row(ranks: &Ranks, row: usize) -> [Cells<'_>; 3] {
    let (standing, method) = (&ranks.ranking.standings[row], ranks.rows[row].as_str());
    let of = |figure, value: Option<f64>, interval: Option<Interval>| Cells {
        figure,
        method,
        value: six_digits(value),
        low: six_digits(interval.map(|i| i.low)),
        high: six_digits(interval.map(|i| i.high)),
        ..Cells::default()
    };
    [
        of("mean_rank", Some(standing.rank), standing.interval),
        of("tie_group", Some(standing.group as f64), None),
        of("interquartile_mean", standing.interquartile, standing.interquartile_interval),
    ]
}

/// Whether any rows differ.
fn overall(ranks: &Ranks) -> Vec<Cells<'_>> {
    let means = &ranks.ranking.means;
    let tests = [
        ("friedman", means.friedman(Ties::Ignored)),
        ("friedman_ties", means.friedman(Ties::Corrected)),
        ("iman_davenport", means.iman_davenport(Ties::Ignored)),
        ("iman_davenport_ties", means.iman_davenport(Ties::Corrected)),
    ];
    let line = |(figure, test): (&'static str, Option<Test>)| Cells {
        figure,
        value: six_digits(test.map(|test| test.statistic)),
        p: six_digits(test.map(|test| test.p)),
        ..Cells::default()
    };
    let difference = six_digits(ranks.critical_difference());
    let critical = Cells { figure: "critical_difference", value: difference, ..Cells::default() };
    tests.into_iter().map(line).chain([critical]).collect()
}

/// Which rows differ: the pairs that the suite compares by Wilcoxon's test, and all pairs by
/// Nemenyi's, whose p values are corrected by themselves.
fn pairs(ranks: &Ranks) -> Vec<Cells<'_>> {
    let name = |row: usize| ranks.rows[row].as_str();
    let wilcoxon = ranks.pairs.iter().map(|pair| Cells {
        figure: "wilcoxon",
        method: name(pair.rows[0]),
        against: name(pair.rows[1]),
        value: six_digits(Some(pair.statistic)),
        p: six_digits(Some(pair.p)),
        p_corrected: six_digits(Some(pair.p_holm)),
        smallest_p: six_digits(Some(ranks.ranking.smallest_p())),
        ..Cells::default()
    });
    let (p, means) = (ranks.ranking.means.nemenyi(), &ranks.ranking.means.ranks);
    let nemenyi = all_pairs(ranks.rows.len()).into_iter().map(|[a, b]| Cells {
        figure: "nemenyi",
        method: name(a),
        against: name(b),
        value: six_digits(Some(means[a] - means[b])),
        p_corrected: six_digits(Some(p[a][b])),
        ..Cells::default()
    });
    wilcoxon.chain(nemenyi).collect()
}

/// How likely one row is better or worse than another by more than what matters, to the two digits
/// that draws support.
fn chances(ranks: &Ranks) -> Vec<Cells<'_>> {
    let name = |row: usize| ranks.rows[row].as_str();
    let known = ranks.pairs.iter().zip(&ranks.chances);
    let figures = known.filter_map(|(pair, chances)| Some((pair, (*chances)?)));
    let line = |pair: &RankedPair, (figure, chance): (&'static str, f64)| Cells {
        figure,
        method: name(pair.rows[0]),
        against: name(pair.rows[1]),
        value: Some((100.0 * chance).round() / 100.0),
        ..Cells::default()
    };
    let lines = figures.flat_map(|(pair, Rope { below, within, above })| {
        let chances =
            [("bayes_better", above), ("bayes_equivalent", within), ("bayes_worse", below)];
        chances.map(|chance| line(pair, chance))
    });
    lines.collect()
}
