//! Retrieval: every item asks a gallery of all items for those of its own work.
//!
//! As CQT-Net is evaluated: Z. Yu, X. Xu, X. Chen and D. Yang, "Learning a representation for cover
//! song identification using convolutional neural network", ICASSP 2020,
//! <https://arxiv.org/abs/1911.00334>, and its authors' code. A query is not in its own list, and
//! of equally similar items the one that comes first in the gallery is ranked first.

use std::cmp::Ordering;

use super::predictions::{finite, invalid};
use crate::Result;

/// As many items as [`precision_at_10`] looks at.
const TOP: usize = 10;

/// What one item finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query {
    /// Mean over the other items of its work of the precision at their ranks, 0 to 1; none where
    /// there are no others.
    pub average_precision: Option<f64>,
    /// How much of the first ten are of its work: a tenth of their number, also where the work or
    /// the gallery is smaller.
    pub precision_at_10: f64,
    /// The rank of the first other item of its work, from 1; none where there is none.
    pub first: Option<usize>,
}

/// What each item finds, in the gallery's order.
///
/// Items are of one work if their entries in `works` are equal: what is of no known work needs an
/// entry of its own. How similar an item is to itself plays no part. Published figures take the dot
/// product of embeddings of unit length.
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
    finite(similarity, "similarity")?;
    let row = |query: usize| &similarity[query * items..(query + 1) * items];
    Ok((0..items).map(|query| answer(query, row(query), works)).collect())
}

/// Mean average precision; a query that has nothing to find counts 0. None without queries.
pub fn map(queries: &[Query]) -> Option<f64> {
    mean(queries.iter().map(|query| query.average_precision.unwrap_or(0.0)))
}

/// [`map`] over the queries that have something to find.
pub fn map_without_empty(queries: &[Query]) -> Option<f64> {
    mean(queries.iter().filter_map(|query| query.average_precision))
}

/// Mean of [`Query::precision_at_10`]; none without queries.
pub fn precision_at_10(queries: &[Query]) -> Option<f64> {
    mean(queries.iter().map(|query| query.precision_at_10))
}

/// Mean rank of the first item found, of which less is better. None without queries.
///
/// A query that has nothing to find counts 0, less than the best rank: what is published counts it
/// so, and the figure says little where [`empty`] is not small.
pub fn mr1(queries: &[Query]) -> Option<f64> {
    mean(queries.iter().map(|query| query.first.unwrap_or(0) as f64))
}

/// [`mr1`] over the queries that have something to find.
pub fn mr1_without_empty(queries: &[Query]) -> Option<f64> {
    mean(queries.iter().filter_map(|query| query.first).map(|rank| rank as f64))
}

/// Number of queries that have nothing to find.
pub fn empty(queries: &[Query]) -> usize {
    queries.iter().filter(|query| query.first.is_none()).count()
}

fn answer<W: PartialEq>(query: usize, row: &[f64], works: &[W]) -> Query {
    let mut gallery: Vec<usize> = (0..row.len()).filter(|item| *item != query).collect();
    // Not by `total_cmp`, to which 0 and -0 differ. The sort is stable, so ties keep their order.
    gallery.sort_by(|&a, &b| row[b].partial_cmp(&row[a]).unwrap_or(Ordering::Equal));
    let ranked = gallery.iter().zip(1..);
    let ranks: Vec<usize> =
        ranked.filter(|(item, _)| works[**item] == works[query]).map(|(_, rank)| rank).collect();
    let precisions = ranks.iter().zip(1_u32..).map(|(&rank, hits)| f64::from(hits) / rank as f64);
    Query {
        average_precision: mean(precisions),
        precision_at_10: ranks.iter().filter(|rank| **rank <= TOP).count() as f64 / TOP as f64,
        first: ranks.first().copied(),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
