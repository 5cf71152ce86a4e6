//! Protocol `knn`: the most similar train items vote. Nothing is trained.
//!
//! Votes are weighted as by Z. Wu, Y. Xiong, S. Yu and D. Lin, "Unsupervised feature learning via
//! non-parametric instance discrimination", CVPR 2018, section 3.4,
//! <https://arxiv.org/abs/1805.01978>: exp(s/τ) for a neighbour of cosine similarity s, τ = 0.07.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::fit::Scale;
use super::{Embedded, Examples};
use crate::error::{Error, Result};
use crate::eval::metric::{Metric, Predictions, Truth};
use crate::eval::similarity::{Similarity, Vectors};

const TEMPERATURE: f64 = 0.07;

/// How many neighbours are tried, with embeddings standardised or not: what does best on valid is
/// chosen, the first of equals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbours {
    /// Numbers of neighbours.
    pub k: Vec<usize>,
    /// Whether embeddings are standardised by the train items' mean and deviation.
    #[serde(default = "standardise")]
    pub standardise: Vec<bool>,
}

/// One of the votes tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Number of neighbours.
    pub k: usize,
    /// See [`Neighbours::standardise`].
    pub standardise: bool,
}

fn standardise() -> Vec<bool> {
    vec![true]
}

impl Neighbours {
    /// Checks that no field is empty or out of range.
    ///
    /// # Errors
    /// With the field and what is allowed.
    pub fn check(&self) -> Result<()> {
        let rules = [
            (!self.k.is_empty() && self.k.iter().all(|k| *k > 0), "k needs numbers from 1"),
            (!self.standardise.is_empty(), "standardise needs at least one value"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Error::settings("knn", *rule)),
            None => Ok(()),
        }
    }

    /// The most neighbours that are asked for.
    pub fn most(&self) -> usize {
        self.k.iter().copied().max().unwrap_or(0)
    }

    /// Every vote, in the order in which ties are broken.
    pub fn votes(&self) -> Vec<Vote> {
        let each = |&standardise: &bool| self.k.iter().map(move |&k| Vote { k, standardise });
        self.standardise.iter().flat_map(each).collect()
    }
}

/// The best vote on valid.
pub struct Voters<'a> {
    /// Its settings.
    pub vote: Vote,
    /// Its value on valid.
    pub value: f64,
    train: &'a Examples,
    outputs: usize,
}

/// The vote of the train items with the best `metric` on `valid`.
///
/// # Errors
/// When there are fewer train items than neighbours, or no vote has a defined value on valid.
pub fn poll<'a>(
    neighbours: &Neighbours,
    names: &[String],
    (train, valid): (&'a Examples, &Examples),
    metric: &dyn Metric,
) -> Result<Voters<'a>> {
    let mut best: Option<(Vote, f64)> = None;
    for vote in neighbours.votes() {
        let scores = ask(&vote, train, &valid.embedded, names.len())?;
        let predictions = Predictions::new(names.to_vec(), scores, valid.truth.clone())?;
        let Some(value) = metric.score(&predictions)?.value else { continue };
        if best.as_ref().is_none_or(|(_, most)| metric.gain(value, *most) > 0.0) {
            best = Some((vote, value));
        }
    }
    let (vote, value) = best.ok_or_else(|| {
        Error::Failed(format!("{} is undefined on valid, so no k can be chosen", metric.name()))
    })?;
    Ok(Voters { vote, value, train, outputs: names.len() })
}

impl Voters<'_> {
    /// Scores of items, `[items, outputs]` row-major: what the neighbours have in the mean.
    ///
    /// # Errors
    /// When libtorch refuses the shape.
    pub fn predict(&self, embedded: &Embedded) -> Result<Vec<f64>> {
        ask(&self.vote, self.train, embedded, self.outputs)
    }
}

fn ask(vote: &Vote, train: &Examples, asked: &Embedded, outputs: usize) -> Result<Vec<f64>> {
    let scale = vote.standardise.then(|| Scale::of(&train.embedded.rows));
    let vectors = |embeddings: &Tensor| {
        let scaled = scale.as_ref().map(|scale| scale.apply(embeddings));
        Vectors::new(scaled.as_ref().unwrap_or(embeddings), Similarity::Cosine)
    };
    let (voters, asked) = (vectors(&train.embedded.rows)?, vectors(&asked.rows)?);
    let answers = rows(&train.truth, outputs);
    let mut scores = Vec::new();
    for row in asked.rows() {
        let similarity = voters.compared_with(row);
        if similarity.len() < vote.k {
            let message = format!("knn: {} neighbours of {} items", vote.k, similarity.len());
            return Err(Error::Invalid(message));
        }
        scores.extend(mean(&nearest(&similarity, vote.k), &answers, outputs));
    }
    Ok(scores)
}

/// The nearest items with their weights, which sum to 1; of equally similar ones the first.
fn nearest(similarity: &[f64], k: usize) -> Vec<(usize, f64)> {
    let mut items: Vec<usize> = (0..similarity.len()).collect();
    let falling = |a: &usize, b: &usize| similarity[*b].partial_cmp(&similarity[*a]);
    items.sort_by(|a, b| falling(a, b).unwrap_or(Ordering::Equal));
    items.truncate(k);
    // From the most similar, so that nothing overflows.
    let most = items.first().map_or(0.0, |item| similarity[*item]);
    let weight = |item: usize| ((similarity[item] - most) / TEMPERATURE).exp();
    let total: f64 = items.iter().map(|item| weight(*item)).sum();
    items.into_iter().map(|item| (item, weight(item) / total)).collect()
}

fn mean(voters: &[(usize, f64)], answers: &[f64], outputs: usize) -> Vec<f64> {
    let mut sums = vec![0.0; outputs];
    for (item, weight) in voters {
        let answer = &answers[item * outputs..(item + 1) * outputs];
        sums.iter_mut().zip(answer).for_each(|(sum, value)| *sum += weight * value);
    }
    sums
}

/// Answers as numbers, `[items, outputs]`: a class or tag is a one among zeros.
fn rows(truth: &Truth, outputs: usize) -> Vec<f64> {
    let one = |holds: bool| f64::from(u8::from(holds));
    match truth {
        Truth::Classes(classes) => {
            classes.iter().flat_map(|class| (0..outputs).map(move |at| one(at == *class))).collect()
        }
        Truth::Tags(tags) => tags.iter().map(|tag| one(*tag)).collect(),
        Truth::Values(values) => values.clone(),
    }
}
