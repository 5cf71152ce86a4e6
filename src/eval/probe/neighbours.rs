//! Protocol `knn`: the most similar train items vote. Nothing is trained.
//!
//! Votes are weighted as by Z. Wu, Y. Xiong, S. Yu and D. Lin, "Unsupervised feature learning via
//! non-parametric instance discrimination", CVPR 2018, section 3.4,
//! <https://arxiv.org/abs/1805.01978>: exp(s/τ) for a neighbour of cosine similarity s, τ = 0.07.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::fit::Scale;
use super::{Embedded, Examples};
use crate::error::{Error, Result};
use crate::eval::metric::{Metric, Predictions, Truth, falling};
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
    #[serde(default = "super::grid::standardise")]
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

    /// How many votes are tried.
    pub fn votes(&self) -> usize {
        self.k.len() * self.standardise.len()
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
    for &standardise in &neighbours.standardise {
        let found = nearest(neighbours.most(), standardise, train, &valid.embedded)?;
        for &k in &neighbours.k {
            let scores = polled(&found, k, train, names.len());
            let predictions = Predictions::new(names.to_vec(), scores, valid.truth.clone())?;
            let Some(value) = metric.score(&predictions)?.value else { continue };
            if best.as_ref().is_none_or(|(_, most)| metric.gain(value, *most) > 0.0) {
                best = Some((Vote { k, standardise }, value));
            }
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
        let Vote { k, standardise } = self.vote;
        let found = nearest(k, standardise, self.train, embedded)?;
        Ok(polled(&found, k, self.train, self.outputs))
    }
}

/// An item with its similarity.
type Near = (usize, f64);

/// The `k` nearest train items of each that asks, falling; of equally similar ones the first.
fn nearest(
    k: usize,
    standardise: bool,
    train: &Examples,
    asked: &Embedded,
) -> Result<Vec<Vec<Near>>> {
    let scale = standardise.then(|| Scale::of(&train.embedded.rows));
    let vectors = |embeddings: &Tensor| {
        let scaled = scale.as_ref().map(|scale| scale.apply(embeddings));
        Vectors::new(scaled.as_ref().unwrap_or(embeddings), Similarity::Cosine)
    };
    let (voters, asked) = (vectors(&train.embedded.rows)?, vectors(&asked.rows)?);
    let items = train.embedded.owners.len();
    if items < k {
        return Err(Error::Invalid(format!("knn: {k} neighbours of {items} items")));
    }
    let of = |row| {
        let similarity = voters.compared_with(row);
        let first = falling(0..items, |item| similarity[item]).into_iter().take(k);
        first.map(|item| (item, similarity[item])).collect()
    };
    Ok(asked.rows().map(of).collect())
}

/// What the `k` nearest answer to each that asks, `[asked, outputs]`.
fn polled(found: &[Vec<Near>], k: usize, train: &Examples, outputs: usize) -> Vec<f64> {
    let answers = rows(&train.truth, outputs);
    found.iter().flat_map(|nearest| mean(&nearest[..k], &answers, outputs)).collect()
}

/// The mean answer of items whose similarity falls, weighted.
fn mean(voters: &[Near], answers: &[f64], outputs: usize) -> Vec<f64> {
    // From the most similar, so that nothing overflows.
    let most = voters.first().map_or(0.0, |(_, similarity)| *similarity);
    let weight = |similarity: &f64| ((similarity - most) / TEMPERATURE).exp();
    let total: f64 = voters.iter().map(|(_, similarity)| weight(similarity)).sum();
    let mut sums = vec![0.0; outputs];
    for (item, similarity) in voters {
        let share = weight(similarity) / total;
        let answer = &answers[item * outputs..(item + 1) * outputs];
        sums.iter_mut().zip(answer).for_each(|(sum, value)| *sum += share * value);
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
