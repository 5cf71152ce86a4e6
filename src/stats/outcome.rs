//! One run's score on the test items, in the form that intervals and differences are made from.

use crate::Result;
use crate::eval::metric::{Metric, Predictions, mean_score};

/// One run's score.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The run's seed; none for a row without chance, which has one run.
    pub seed: Option<u64>,
    /// The score on the test items.
    pub value: f64,
    /// How it depends on which items were tested.
    pub spread: Spread,
}

/// How a score depends on which items were tested.
#[derive(Clone, Debug, PartialEq)]
pub enum Spread {
    /// Each item's own score, where the figure is their mean.
    Items(Vec<f64>),
    /// The figure on each bootstrap draw; none where it is undefined there.
    Draws(Vec<Option<f64>>),
}

impl Outcome {
    /// Measures `predictions`, by the mean over draws of labels where there are several; none where
    /// the figure is undefined.
    ///
    /// `draws` (of [`Clusters::draws`](super::Clusters::draws)) is called for composite figures
    /// only.
    ///
    /// # Errors
    /// When the metric is for another kind of predictions.
    pub fn measure<'a>(
        metric: &dyn Metric,
        seed: Option<u64>,
        predictions: &Predictions,
        draws: impl FnOnce() -> &'a [Vec<f64>],
    ) -> Result<Option<Outcome>> {
        let Some(value) = mean_score(metric, predictions)?.value else { return Ok(None) };
        let items: Option<Vec<_>> = predictions.draws().map(|p| metric.item_scores(p)).collect();
        let spreads: Vec<Spread> = match items {
            Some(items) => items.into_iter().map(Spread::Items).collect(),
            None => {
                let weights = draws();
                let spread = |one| Ok(Spread::Draws(metric.drawn(one, weights)?));
                predictions.draws().map(spread).collect::<Result<_>>()?
            }
        };
        Ok(Spread::mean(&spreads).map(|spread| Outcome { seed, value, spread }))
    }
}

impl Spread {
    /// This minus `other`, item by item or draw by draw; none where they are of different kinds or
    /// lengths.
    pub(super) fn minus(&self, other: &Spread) -> Option<Spread> {
        match (self, other) {
            (Spread::Items(a), Spread::Items(b)) if a.len() == b.len() => {
                Some(Spread::Items(a.iter().zip(b).map(|(a, b)| a - b).collect()))
            }
            (Spread::Draws(a), Spread::Draws(b)) if a.len() == b.len() => {
                let pairs = a.iter().zip(b);
                Some(Spread::Draws(pairs.map(|(a, b)| Some((*a)? - (*b)?)).collect()))
            }
            _ => None,
        }
    }

    /// The mean of several, item by item or draw by draw.
    pub(super) fn mean(spreads: &[Spread]) -> Option<Spread> {
        let count = spreads.len() as f64;
        let (first, rest) = spreads.split_first()?;
        let sum = rest.iter().try_fold(first.clone(), |sum, spread| sum.plus(spread))?;
        Some(match sum {
            Spread::Items(items) => Spread::Items(items.iter().map(|sum| sum / count).collect()),
            Spread::Draws(draws) => {
                Spread::Draws(draws.iter().map(|sum| sum.map(|sum| sum / count)).collect())
            }
        })
    }

    fn plus(&self, other: &Spread) -> Option<Spread> {
        let negative = match other {
            Spread::Items(items) => Spread::Items(items.iter().map(|value| -value).collect()),
            Spread::Draws(draws) => Spread::Draws(draws.iter().map(|v| v.map(|v| -v)).collect()),
        };
        self.minus(&negative)
    }
}
