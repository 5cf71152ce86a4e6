//! Figures of tags on many draws of the items: items are gone through once for many draws side by
//! side.
//!
//! How often an item is drawn is a whole number, so every sum of weights is exact whatever its
//! order, and the figures are those of [`Metric::weighted`](super::Metric::weighted) to the last
//! bit.

use super::{Predictions, macro_mean};
use crate::Result;

/// Draws side by side.
const WIDTH: usize = 32;

/// A number for each of them.
type Lanes = [f64; WIDTH];

/// A figure of one tag on several draws.
pub(super) type TagFigure = fn(&Ranking, &[Lanes], &Lanes) -> Lanes;

/// A tag's items by falling score.
pub(super) struct Ranking {
    items: Vec<usize>,
    steps: Vec<Step>,
    with: Vec<usize>,
}

/// Items of one score, or of several if none of them has the tag; ends in [`Ranking::items`], those
/// with the tag first.
struct Step {
    start: usize,
    middle: usize,
    end: usize,
}

/// The mean over tags of a figure on each draw, in which item `i` is `draws[..][i]` times; none
/// where no tag has one.
///
/// # Errors
/// When these are not predictions of tags.
pub(super) fn drawn(
    predictions: &Predictions,
    draws: &[Vec<f64>],
    figure: TagFigure,
) -> Result<Vec<Option<f64>>> {
    let tags = predictions.names().len();
    let rankings: Vec<Ranking> =
        (0..tags).map(|tag| Ranking::new(predictions, tag)).collect::<Result<_>>()?;
    let items = predictions.items();
    let mut found = Vec::with_capacity(draws.len());
    for some in draws.chunks(WIDTH) {
        let lanes: Vec<Lanes> = (0..items)
            .map(|item| std::array::from_fn(|draw| some.get(draw).map_or(0.0, |draw| draw[item])))
            .collect();
        let figures: Vec<Vec<Option<f64>>> =
            rankings.iter().map(|ranking| ranking.measure(&lanes, figure)).collect();
        let of = |draw: usize| {
            let tags: Vec<Option<f64>> = figures.iter().map(|tag| tag[draw]).collect();
            macro_mean(&tags, items).value
        };
        found.extend((0..some.len()).map(of));
    }
    Ok(found)
}

impl Ranking {
    fn new(predictions: &Predictions, tag: usize) -> Result<Ranking> {
        let (truth, scores) = predictions.tags()?;
        let at = |item: usize| item * predictions.names().len() + tag;
        let order = &predictions.order()?[tag];
        let (mut items, mut steps) = (Vec::with_capacity(order.len()), Vec::<Step>::new());
        for tied in order.chunk_by(|a, b| scores[at(*a)] == scores[at(*b)]) {
            let start = items.len();
            items.extend(tied.iter().filter(|item| truth[at(**item)]));
            let middle = items.len();
            items.extend(tied.iter().filter(|item| !truth[at(**item)]));
            let end = items.len();
            match steps.last_mut() {
                Some(last) if middle == start && last.start == last.middle => last.end = end,
                _ => steps.push(Step { start, middle, end }),
            }
        }
        let with = items.iter().copied().filter(|item| truth[at(*item)]).collect();
        Ok(Ranking { items, steps, with })
    }

    /// The figure on each draw; none where there lacks an item with the tag, or one without.
    fn measure(&self, lanes: &[Lanes], figure: TagFigure) -> Vec<Option<f64>> {
        let with = sum(&self.with, lanes);
        let all = sum(&self.items, lanes);
        let figures = figure(self, lanes, &with);
        let both = |draw: usize| with[draw] > 0.0 && all[draw] > with[draw];
        (0..WIDTH).map(|draw| both(draw).then(|| figures[draw])).collect()
    }

    /// Weights of the items with and without the tag, step by step.
    fn steps<'a>(&'a self, lanes: &'a [Lanes]) -> impl Iterator<Item = [Lanes; 2]> + 'a {
        self.steps.iter().map(|step| {
            let of = |range: std::ops::Range<usize>| sum(&self.items[range], lanes);
            [of(step.start..step.middle), of(step.middle..step.end)]
        })
    }
}

fn each(value: impl FnMut(usize) -> f64) -> Lanes {
    std::array::from_fn(value)
}

fn sum(items: &[usize], lanes: &[Lanes]) -> Lanes {
    let mut sum = [0.0; WIDTH];
    for &item in items {
        sum.iter_mut().zip(&lanes[item]).for_each(|(sum, weight)| *sum += weight);
    }
    sum
}

/// Areas under the curve; `all` are the weights of all items with the tag.
pub(super) fn roc_auc(ranking: &Ranking, lanes: &[Lanes], all: &Lanes) -> Lanes {
    let (mut above, mut lost) = ([0.0; WIDTH], [0.0; WIDTH]);
    for [with, without] in ranking.steps(lanes) {
        lost = each(|draw| lost[draw] + with[draw] * (above[draw] + 0.5 * without[draw]));
        above = each(|draw| above[draw] + without[draw]);
    }
    each(|draw| {
        let pairs = all[draw] * above[draw];
        (pairs - lost[draw]) / pairs
    })
}

/// Average precisions; `all` are the weights of all items with the tag.
pub(super) fn average_precision(ranking: &Ranking, lanes: &[Lanes], all: &Lanes) -> Lanes {
    let (mut above, mut below, mut found) = ([0.0; WIDTH], [0.0; WIDTH], [0.0; WIDTH]);
    for [with, without] in ranking.steps(lanes) {
        above = each(|draw| above[draw] + with[draw]);
        below = each(|draw| below[draw] + without[draw]);
        found = each(|draw| {
            let share = with[draw] / all[draw] * (above[draw] / (above[draw] + below[draw]));
            found[draw] + if with[draw] > 0.0 { share } else { 0.0 }
        });
    }
    found
}
