//! Retrieval: every item asks a gallery of all items for those of its own work.
//!
//! As CQT-Net is evaluated: Z. Yu, X. Xu, X. Chen and D. Yang, "Learning a representation for cover
//! song identification using convolutional neural network", ICASSP 2020,
//! <https://arxiv.org/abs/1911.00334>, and its authors' code. A query is not in its own list, and
//! of equally similar items the one that comes first in the gallery is ranked first.

use super::predictions::{falling, finite, invalid};
use super::{Labels, Metric, Predictions, Score};
use crate::Result;

/// As many items as [`PRECISION_AT_10`] looks at.
const TOP: usize = 10;

/// What one item finds: the ranks of the other items of its work, from 1, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<usize>);

impl Query {
    /// A query that finds the others of its work at these ranks.
    ///
    /// # Errors
    /// When they do not rise from 1 or more.
    pub fn new(ranks: Vec<usize>) -> Result<Query> {
        match ranks.is_sorted_by(|a, b| a < b) && ranks.first() != Some(&0) {
            true => Ok(Query(ranks)),
            false => invalid(format!("the ranks {ranks:?} do not rise from 1 or more")),
        }
    }

    /// What the item at `place` finds in a gallery, itself left out.
    ///
    /// Items are of one work if their entries in `works` are equal: what is of no known work needs
    /// an entry of its own.
    ///
    /// # Shapes
    /// `similarity` is `[items]`: to each item of the gallery, in the order of `works`.
    ///
    /// # Errors
    /// When the lengths disagree or a similarity is not finite.
    pub fn ask<W: PartialEq>(place: usize, similarity: &[f64], works: &[W]) -> Result<Query> {
        let (found, items) = (similarity.len(), works.len());
        if found != items {
            return invalid(format!("{found} similarities to {items} items"));
        }
        finite(similarity, "similarity")?;
        let others = (0..items).filter(|item| *item != place);
        let gallery = falling(others, |item| similarity[item]);
        let ranked = gallery.iter().zip(1..);
        let own = ranked.filter(|(item, _)| works[**item] == works[place]);
        Ok(Query(own.map(|(_, rank)| rank).collect()))
    }

    /// Ranks of the others of its work, from 1 for the most similar item, rising.
    pub fn ranks(&self) -> &[usize] {
        &self.0
    }

    /// Mean over the ranks of the precision at each, 0 to 1; none where there are none.
    pub fn average_precision(&self) -> Option<f64> {
        let precision = |(&rank, hits): (&usize, u32)| f64::from(hits) / rank as f64;
        let sum: f64 = self.0.iter().zip(1..).map(precision).sum();
        (!self.0.is_empty()).then(|| sum / self.0.len() as f64)
    }

    /// How much of the first ten are of its work: a tenth of their number, also where the work or
    /// the gallery is smaller.
    pub fn precision_at_10(&self) -> f64 {
        self.0.iter().filter(|rank| **rank <= TOP).count() as f64 / TOP as f64
    }

    /// The rank of the first other item of its work; none where there is none.
    pub fn first(&self) -> Option<usize> {
        self.0.first().copied()
    }
}

/// What each item finds, in the gallery's order.
///
/// How similar an item is to itself plays no part. Published figures take the dot product of
/// embeddings of unit length.
///
/// # Shapes
/// `similarity` is `[items, items]`, row by row, a row for each query.
///
/// # Errors
/// When the lengths disagree or a similarity is not finite.
pub fn queries<W: PartialEq>(similarity: &[f64], works: &[W]) -> Result<Vec<Query>> {
    let items = works.len();
    if similarity.len() != items * items {
        let found = similarity.len();
        return invalid(format!("{found} similarities between {items} items, not {items} squared"));
    }
    let row = |query: usize| &similarity[query * items..(query + 1) * items];
    (0..items).map(|query| Query::ask(query, row(query), works)).collect()
}

/// A figure that is the mean over queries of what each finds.
pub struct Figure {
    name: &'static str,
    higher_is_better: bool,
    of: fn(&Query) -> Option<f64>,
    /// What a query counts that has nothing to find; where there is none, it is left out.
    empty: Option<f64>,
}

/// Mean average precision; a query that has nothing to find counts 0.
pub const MAP: Figure =
    Figure { name: "map", higher_is_better: true, of: Query::average_precision, empty: Some(0.0) };

/// [`MAP`] over the queries that have something to find.
pub const MAP_WITHOUT_EMPTY: Figure = Figure { name: "map_without_empty", empty: None, ..MAP };

/// Mean of [`Query::precision_at_10`].
pub const PRECISION_AT_10: Figure = Figure {
    name: "precision_at_10",
    higher_is_better: true,
    of: |query| Some(query.precision_at_10()),
    empty: None,
};

/// Mean rank of the first item found, of which less is better.
///
/// A query that has nothing to find counts 0, less than the best rank: what is published counts it
/// so, and the figure says little where such queries are not few.
pub const MR1: Figure = Figure {
    name: "mr1",
    higher_is_better: false,
    of: |query| query.first().map(|rank| rank as f64),
    empty: Some(0.0),
};

/// [`MR1`] over the queries that have something to find.
pub const MR1_WITHOUT_EMPTY: Figure = Figure { name: "mr1_without_empty", empty: None, ..MR1 };

impl Figure {
    /// What each query counts; none for one that is left out.
    fn values(&self, predictions: &Predictions) -> Result<Vec<Option<f64>>> {
        let (_, queries) = predictions.works()?;
        Ok(queries.iter().map(|query| (self.of)(query).or(self.empty)).collect())
    }
}

impl Metric for Figure {
    fn name(&self) -> &'static str {
        self.name
    }

    fn higher_is_better(&self) -> bool {
        self.higher_is_better
    }

    fn labels(&self) -> Labels {
        Labels::Works
    }

    fn weighted(&self, predictions: &Predictions, weights: &[f64]) -> Result<Score> {
        let (mut sum, mut total, mut n) = (0.0, 0.0, 0);
        for (value, weight) in self.values(predictions)?.into_iter().zip(weights) {
            let Some(value) = value else { continue };
            sum += value * weight;
            total += weight;
            n += 1;
        }
        Ok(Score { value: (total > 0.0).then(|| sum / total), n, left_out: 0 })
    }

    fn item_scores(&self, predictions: &Predictions) -> Option<Vec<f64>> {
        self.values(predictions).ok()?.into_iter().collect()
    }
}
