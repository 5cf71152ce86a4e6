//! Contrasts as CSV: one line per figure.

use serde::Serialize;

use super::Contrast;
use crate::Result;
use crate::report::csv::{self, six_digits};
use crate::stats::beside::{Beside, EffectSize};
use crate::stats::{Estimate, Practical, Verdict};

/// A line of the file: one figure. The order of the fields is the order of the columns.
#[derive(Default, Serialize)]
struct Cells<'a> {
    task: &'a str,
    metric: &'a str,
    a: &'a str,
    b: &'a str,
    figure: &'a str,
    unit: &'a str,
    seed: Option<u64>,
    n: Option<usize>,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    p: Option<f64>,
    p_holm: Option<f64>,
    smallest_p: Option<f64>,
    verdict: Option<Verdict>,
    rope: Option<f64>,
    practical: Option<Practical>,
    reason: &'a str,
}

pub(super) fn csv(contrasts: &[Contrast]) -> Result<Vec<u8>> {
    let cells: Vec<Cells> = contrasts.iter().flat_map(cells).collect();
    csv::bytes(&cells)
}

fn cells(contrast: &Contrast) -> Vec<Cells<'_>> {
    let [a, b] = contrast.means.each_ref().map(Option::as_ref);
    let mean = |name, estimate: Option<&Estimate>| Cells { figure: name, ..of(estimate) };
    let compared = contrast.comparison.as_ref();
    let difference = Cells {
        figure: "difference",
        p: six_digits(compared.and_then(|c| c.p)),
        p_holm: six_digits(compared.and_then(|c| c.p_corrected)),
        verdict: compared.and_then(|c| c.verdict),
        rope: Some(contrast.rope),
        practical: Some(contrast.practical),
        reason: &contrast.reason,
        ..of(compared.map(|c| &c.difference))
    };
    let figures = [mean("mean of a", a), mean("mean of b", b), difference].into_iter();
    let tests = contrast.tests.iter().map(test);
    let effects = contrast.effects.iter().map(effect);
    figures
        .chain(tests)
        .chain(effects)
        .map(|cells| Cells {
            task: &contrast.task,
            metric: &contrast.metric,
            a: &contrast.names[0],
            b: &contrast.names[1],
            ..cells
        })
        .collect()
}

fn of<'a>(estimate: Option<&Estimate>) -> Cells<'a> {
    Cells {
        unit: "items",
        n: estimate.map(|e| e.n),
        value: six_digits(estimate.map(|e| e.point)),
        low: six_digits(estimate.and_then(|e| e.low)),
        high: six_digits(estimate.and_then(|e| e.high)),
        ..Cells::default()
    }
}

fn test(test: &Beside) -> Cells<'_> {
    Cells {
        figure: test.test,
        unit: test.unit,
        seed: test.seed,
        n: Some(test.n),
        value: six_digits(Some(test.value)),
        p: six_digits(test.p),
        smallest_p: six_digits(test.smallest),
        ..Cells::default()
    }
}

fn effect(effect: &EffectSize) -> Cells<'_> {
    Cells {
        figure: effect.effect,
        unit: effect.unit,
        n: Some(effect.n),
        value: six_digits(Some(effect.value)),
        low: six_digits(effect.interval.map(|interval| interval.low)),
        high: six_digits(effect.interval.map(|interval| interval.high)),
        ..Cells::default()
    }
}
