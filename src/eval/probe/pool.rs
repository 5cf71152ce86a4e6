//! An item's answer, made of the scores of its embeddings.

use serde::{Deserialize, Serialize};

use crate::eval::metric::{Labels, first_largest};

/// How the scores of an item's embeddings become the item's.
///
/// The first four are those of Castellon et al. (see [`Grid`](super::Grid)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// How many of them answer with each class; of equals the first class wins.
    Vote,
    /// The largest score of each output.
    Max,
    /// The mean score of each output: the geometric mean of odds.
    Gmean,
    /// The mean probability of each output (the mean of the numbers, where these are answered).
    Mean,
    /// The answer to the mean of the embeddings.
    Embedding,
}

impl Pool {
    /// Whether it can answer with labels of a kind.
    pub fn fits(self, labels: Labels) -> bool {
        self != Pool::Vote || labels == Labels::Classes
    }

    /// Pools scores.
    ///
    /// # Shapes
    /// `scores`: `[embeddings, outputs]`, row by row, of the items `owners`, which rise →
    /// `[items, outputs]`.
    pub fn pool(
        self,
        scores: &[f64],
        owners: &[usize],
        outputs: usize,
        labels: Labels,
    ) -> Vec<f64> {
        let mut pooled = Vec::new();
        let mut rest = scores;
        for item in owners.chunk_by(|a, b| a == b) {
            let (of_item, after) = rest.split_at(item.len() * outputs);
            let rows: Vec<Vec<f64>> =
                of_item.chunks_exact(outputs).map(|row| self.seen(row, labels)).collect();
            pooled.extend((0..outputs).map(|output| self.combined(&rows, output)));
            rest = after;
        }
        pooled
    }

    /// A row as it is combined with the others.
    fn seen(self, row: &[f64], labels: Labels) -> Vec<f64> {
        match (self, labels) {
            (Pool::Vote, _) => {
                let best = first_largest(row);
                (0..row.len()).map(|class| f64::from(u8::from(class == best))).collect()
            }
            (Pool::Mean, Labels::Classes) => softmax(row),
            (Pool::Mean, Labels::Tags) => row.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
            _ => row.to_vec(),
        }
    }

    fn combined(self, rows: &[Vec<f64>], output: usize) -> f64 {
        let column = rows.iter().map(|row| row[output]);
        match self {
            Pool::Vote => column.sum(),
            Pool::Max => column.fold(f64::NEG_INFINITY, f64::max),
            Pool::Gmean | Pool::Mean | Pool::Embedding => column.sum::<f64>() / rows.len() as f64,
        }
    }
}

fn softmax(row: &[f64]) -> Vec<f64> {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = row.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.iter().map(|x| x / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two items with three and one embeddings, and two outputs.
    const SCORES: [f64; 8] = [4.0, 0.0, 0.0, 1.0, 0.0, 1.0, 2.0, 3.0];
    const OWNERS: [usize; 4] = [0, 0, 0, 1];

    fn pooled(pool: Pool, labels: Labels) -> Vec<f64> {
        pool.pool(&SCORES, &OWNERS, 2, labels)
    }

    #[test]
    fn two_votes_outdo_one_loud_one() {
        assert_eq!(pooled(Pool::Vote, Labels::Classes), [1.0, 2.0, 0.0, 1.0]);
        assert_eq!(pooled(Pool::Max, Labels::Classes), [4.0, 1.0, 2.0, 3.0]);
        assert_eq!(pooled(Pool::Gmean, Labels::Classes), [4.0 / 3.0, 2.0 / 3.0, 2.0, 3.0]);
    }

    #[test]
    fn probabilities_are_averaged_by_the_softmax_or_the_logistic_function() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let first = (logistic(4.0) + 2.0 * logistic(-1.0)) / 3.0;
        let classes = pooled(Pool::Mean, Labels::Classes);
        assert!((classes[0] - first).abs() < 1e-15 && (classes[1] - (1.0 - first)).abs() < 1e-15);
        let tags = pooled(Pool::Mean, Labels::Tags);
        assert_eq!(tags[0], (logistic(4.0) + 0.5 + 0.5) / 3.0);
        assert_eq!(pooled(Pool::Mean, Labels::Values)[0], 4.0 / 3.0);
    }
}
