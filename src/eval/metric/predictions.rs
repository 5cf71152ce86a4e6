//! Predictions beside the truth, item by item.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::retrieval::Query;
use crate::{Error, Result};

/// What is true of the items that were predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// The class of each item, as a place in the list of classes.
    Classes(Vec<usize>),
    /// Whether an item has a tag: `[items, tags]`, row by row.
    Tags(Vec<bool>),
    /// Measured values: `[items, outputs]`, row by row.
    Values(Vec<f64>),
}

impl Truth {
    /// What is true of some items, in their order; of tags and values each has so many outputs.
    pub fn pick(&self, items: &[usize], outputs: usize) -> Truth {
        match self {
            Truth::Classes(classes) => Truth::Classes(items.iter().map(|i| classes[*i]).collect()),
            Truth::Tags(tags) => Truth::Tags(repeated(tags, items, outputs)),
            Truth::Values(values) => Truth::Values(repeated(values, items, outputs)),
        }
    }
}

fn repeated<T: Copy>(all: &[T], items: &[usize], outputs: usize) -> Vec<T> {
    let of = |item: &usize| all[item * outputs..(item + 1) * outputs].iter().copied();
    items.iter().flat_map(of).collect()
}

/// The kinds of truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// One class per item.
    Classes,
    /// Any number of tags per item.
    Tags,
    /// Numbers per item.
    Values,
    /// The work of each item, to be found by all others of it.
    Works,
}

/// Predictions of every item with its truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    names: Vec<String>,
    items: usize,
    kind: Kind,
    /// Those of the same items by further draws of the labels that were seen.
    further: Vec<Predictions>,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Classes { truth: Vec<usize>, predicted: Vec<usize>, rank: Vec<usize> },
    Tags { truth: Vec<bool>, scores: Vec<f64>, order: Vec<Vec<usize>> },
    Values { truth: Vec<f64>, scores: Vec<f64> },
    Works { truth: Vec<String>, queries: Vec<Query> },
}

impl Predictions {
    /// Predictions from scores `[items, outputs]`, row by row; `names` are the classes, tags or
    /// outputs.
    ///
    /// Of classes with equal scores the first is predicted.
    ///
    /// # Errors
    /// When the lengths disagree, a class is not in the list, or a number is not finite.
    pub fn new(names: Vec<String>, scores: Vec<f64>, truth: Truth) -> Result<Predictions> {
        let outputs = names.len();
        let labels = match &truth {
            Truth::Classes(classes) => classes.len() * outputs,
            Truth::Tags(tags) => tags.len(),
            Truth::Values(values) => values.len(),
        };
        if outputs == 0 || scores.len() != labels || !scores.len().is_multiple_of(outputs) {
            let found = scores.len();
            return invalid(format!("{found} scores for {labels} labels in {outputs} outputs"));
        }
        finite(&scores, "score")?;
        let items = scores.len() / outputs;
        let kind = match truth {
            Truth::Classes(truth) => return Self::ranked(names, &scores, truth),
            Truth::Tags(truth) => Kind::Tags { order: descending(&scores, outputs), truth, scores },
            Truth::Values(truth) => {
                finite(&truth, "label")?;
                Kind::Values { truth, scores }
            }
        };
        Ok(Predictions { names, items, kind, further: Vec::new() })
    }

    fn ranked(names: Vec<String>, scores: &[f64], truth: Vec<usize>) -> Result<Predictions> {
        known(&truth, &names)?;
        let rows = || scores.chunks_exact(names.len());
        let predicted = rows().map(first_largest).collect();
        let rank = rows().zip(&truth).map(|(row, &class)| rank(row, class)).collect();
        Self::classified(names, truth, predicted, rank)
    }

    /// Predictions of one class per item; `rank` is the true class's place by score, 1 if it is
    /// predicted.
    ///
    /// # Errors
    /// When the lengths disagree or a class or rank is not in the list.
    pub fn classified(
        names: Vec<String>,
        truth: Vec<usize>,
        predicted: Vec<usize>,
        rank: Vec<usize>,
    ) -> Result<Predictions> {
        known(&truth, &names)?;
        known(&predicted, &names)?;
        let items = truth.len();
        if predicted.len() != items || rank.len() != items {
            return invalid(format!("{} predictions for {items} labels", predicted.len()));
        }
        let agrees = |item: usize| (rank[item] == 1) == (truth[item] == predicted[item]);
        if (0..items).any(|item| !(1..=names.len()).contains(&rank[item]) || !agrees(item)) {
            return invalid("a rank does not agree with the predicted class".into());
        }
        let kind = Kind::Classes { truth, predicted, rank };
        Ok(Predictions { names, items, kind, further: Vec::new() })
    }

    /// What each item of a gallery, of these works, finds in it.
    ///
    /// # Errors
    /// When the lengths disagree, or a query finds another number of items than there are others of
    /// its work.
    pub fn retrieved(works: Vec<String>, queries: Vec<Query>) -> Result<Predictions> {
        let items = works.len();
        if queries.len() != items {
            return invalid(format!("{} queries of {items} items", queries.len()));
        }
        let mut sizes = BTreeMap::new();
        works.iter().for_each(|work| *sizes.entry(work).or_insert(0) += 1);
        for (work, query) in works.iter().zip(&queries) {
            let (ranks, others) = (query.ranks(), sizes[work] - 1);
            if ranks.len() != others || ranks.last().is_some_and(|last| *last >= items) {
                return invalid(format!(
                    "the ranks {ranks:?} are not those of the {others} others of {work} among {items} items"
                ));
            }
        }
        let kind = Kind::Works { truth: works, queries };
        Ok(Predictions { names: Vec::new(), items, kind, further: Vec::new() })
    }

    /// Classes, tags or outputs, in the order of the scores; none of retrieval.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.items
    }

    /// What kind of truth these predictions have.
    pub fn labels(&self) -> Labels {
        match self.kind {
            Kind::Classes { .. } => Labels::Classes,
            Kind::Tags { .. } => Labels::Tags,
            Kind::Values { .. } => Labels::Values,
            Kind::Works { .. } => Labels::Works,
        }
    }

    /// The true class, the predicted one and the true one's rank (from 1), each `[items]`.
    ///
    /// # Errors
    /// When these are not predictions of classes.
    pub fn classes(&self) -> Result<(&[usize], &[usize], &[usize])> {
        match &self.kind {
            Kind::Classes { truth, predicted, rank } => Ok((truth, predicted, rank)),
            _ => self.wrong(Labels::Classes),
        }
    }

    /// Which item has which tag, and the scores, each `[items, tags]`.
    ///
    /// # Errors
    /// When these are not predictions of tags.
    pub fn tags(&self) -> Result<(&[bool], &[f64])> {
        match &self.kind {
            Kind::Tags { truth, scores, .. } => Ok((truth, scores)),
            _ => self.wrong(Labels::Tags),
        }
    }

    /// Items by falling score, for each tag: `[tags][items]`.
    pub(super) fn order(&self) -> Result<&[Vec<usize>]> {
        match &self.kind {
            Kind::Tags { order, .. } => Ok(order),
            _ => self.wrong(Labels::Tags),
        }
    }

    /// Measured and predicted values, each `[items, outputs]`.
    ///
    /// # Errors
    /// When these are not predictions of numbers.
    pub fn values(&self) -> Result<(&[f64], &[f64])> {
        match &self.kind {
            Kind::Values { truth, scores } => Ok((truth, scores)),
            _ => self.wrong(Labels::Values),
        }
    }

    /// The work of each item and what it finds, each `[items]`.
    ///
    /// # Errors
    /// When these are not of retrieval.
    pub fn works(&self) -> Result<(&[String], &[Query])> {
        match &self.kind {
            Kind::Works { truth, queries } => Ok((truth, queries)),
            _ => self.wrong(Labels::Works),
        }
    }

    /// Those of the same items by several draws of the labels that were seen.
    ///
    /// # Errors
    /// When there are none, or their truth differs.
    pub fn of_draws(draws: Vec<Predictions>) -> Result<Predictions> {
        let mut draws = draws.into_iter();
        let Some(first) = draws.next() else { return invalid("no predictions".into()) };
        let further: Vec<Predictions> = draws.collect();
        if further.iter().any(|draw| !first.same_truth(draw)) {
            return invalid("draws of labels whose test items differ".into());
        }
        Ok(Predictions { further, ..first })
    }

    /// Each draw's predictions, the first of which stand for themselves.
    pub fn draws(&self) -> impl Iterator<Item = &Predictions> {
        std::iter::once(self).chain(&self.further)
    }

    /// The predictions of some items, in that order.
    ///
    /// # Errors
    /// When there is no such item.
    pub fn select(&self, items: &[usize]) -> Result<Predictions> {
        Predictions::of_draws(self.draws().map(|one| one.picked(items)).collect::<Result<_>>()?)
    }

    fn picked(&self, items: &[usize]) -> Result<Predictions> {
        if let Some(item) = items.iter().find(|item| **item >= self.items) {
            return invalid(format!("item {item} is not one of the {}", self.items));
        }
        let of = |all: &[usize]| items.iter().map(|item| all[*item]).collect();
        let names = self.names.clone();
        let outputs = names.len();
        let place = |item: &usize| item * outputs..(item + 1) * outputs;
        let rows = |all: &[f64]| items.iter().flat_map(|item| all[place(item)].to_vec()).collect();
        match &self.kind {
            Kind::Classes { truth, predicted, rank } => {
                Self::classified(names, of(truth), of(predicted), of(rank))
            }
            Kind::Tags { truth, scores, .. } => {
                let tags = items.iter().flat_map(|item| truth[place(item)].to_vec()).collect();
                Self::new(names, rows(scores), Truth::Tags(tags))
            }
            Kind::Values { truth, scores } => {
                Self::new(names, rows(scores), Truth::Values(rows(truth)))
            }
            Kind::Works { truth, queries } => {
                let works = items.iter().map(|item| truth[*item].clone()).collect();
                Self::retrieved(works, items.iter().map(|item| queries[*item].clone()).collect())
            }
        }
    }

    /// Whether both are of the same items, as far as their truth tells.
    pub fn same_truth(&self, other: &Predictions) -> bool {
        self.names == other.names
            && match (&self.kind, &other.kind) {
                (Kind::Classes { truth: a, .. }, Kind::Classes { truth: b, .. }) => a == b,
                (Kind::Tags { truth: a, .. }, Kind::Tags { truth: b, .. }) => a == b,
                (Kind::Values { truth: a, .. }, Kind::Values { truth: b, .. }) => a == b,
                (Kind::Works { truth: a, .. }, Kind::Works { truth: b, .. }) => a == b,
                _ => false,
            }
    }

    fn wrong<T>(&self, wanted: Labels) -> Result<T> {
        let found = self.labels();
        invalid(format!("a metric for {wanted:?} cannot measure predictions of {found:?}"))
    }
}

pub(super) fn invalid<T>(message: String) -> Result<T> {
    Err(Error::Invalid(message))
}

pub(super) fn finite(numbers: &[f64], what: &str) -> Result<()> {
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(at) => invalid(format!("{what} {at} is {}: predictions must be finite", numbers[at])),
        None => Ok(()),
    }
}

fn known(classes: &[usize], names: &[String]) -> Result<()> {
    match classes.iter().find(|&&class| class >= names.len()) {
        Some(class) => invalid(format!("class {class} is not one of the {} classes", names.len())),
        None => Ok(()),
    }
}

/// Items by a figure, the largest first; of equals the one that came first.
pub(crate) fn falling(
    items: impl Iterator<Item = usize>,
    figure: impl Fn(usize) -> f64,
) -> Vec<usize> {
    let mut items: Vec<usize> = items.collect();
    // Not by `total_cmp`, to which 0 and -0 differ.
    let order = |a: &usize, b: &usize| figure(*b).partial_cmp(&figure(*a));
    items.sort_by(|a, b| order(a, b).unwrap_or(Ordering::Equal));
    items
}

/// The place of the largest number; of equals the first.
pub(crate) fn first_largest(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best })
}

fn rank(row: &[f64], class: usize) -> usize {
    let score = row[class];
    let ahead = |(at, &other): (usize, &f64)| other > score || (other == score && at < class);
    1 + row.iter().enumerate().filter(|&pair| ahead(pair)).count()
}

fn descending(scores: &[f64], outputs: usize) -> Vec<Vec<usize>> {
    let falling = |output: usize| {
        let score = |item: usize| scores[item * outputs + output];
        let mut items: Vec<usize> = (0..scores.len() / outputs).collect();
        items.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        items
    };
    (0..outputs).map(falling).collect()
}
