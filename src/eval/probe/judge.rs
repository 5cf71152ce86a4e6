//! What answers on valid are worth.

use super::pool::Pool;
use crate::error::Result;
use crate::eval::metric::{Metric, Predictions, Truth};

/// The valid items' answers by which choices are made.
pub(in crate::eval) struct Judge<'a> {
    names: &'a [String],
    metric: &'a dyn Metric,
    truth: Truth,
    /// The item of each row of scores.
    owners: Vec<usize>,
    pools: Vec<Pool>,
}

/// What answers on valid are worth, and how they were pooled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::eval) struct Worth {
    pub value: f64,
    pub pool: Option<Pool>,
}

impl<'a> Judge<'a> {
    /// Of scores of rows that belong to the items `owners`, pooled by the best of `pools`; without
    /// a pool a row is an item.
    pub fn new(
        (names, metric): (&'a [String], &'a dyn Metric),
        truth: &Truth,
        owners: &[usize],
        pools: Vec<Pool>,
    ) -> Judge<'a> {
        Judge { names, metric, truth: truth.clone(), owners: owners.to_vec(), pools }
    }

    /// What scores are worth by the best pool; none where they are not finite or the metric is
    /// undefined.
    pub fn worth(&self, scores: Vec<f64>) -> Result<Option<Worth>> {
        if scores.iter().any(|score| !score.is_finite()) {
            return Ok(None);
        }
        if self.pools.is_empty() {
            return self.worth_of_items(scores, None);
        }
        let (outputs, labels) = (self.names.len(), self.metric.labels());
        let mut best: Option<Worth> = None;
        for &pool in &self.pools {
            let pooled = pool.pool(&scores, &self.owners, outputs, labels);
            let Some(worth) = self.worth_of_items(pooled, Some(pool))? else { continue };
            if best.is_none_or(|best| self.metric.gain(worth.value, best.value) > 0.0) {
                best = Some(worth);
            }
        }
        Ok(best)
    }

    fn worth_of_items(&self, scores: Vec<f64>, pool: Option<Pool>) -> Result<Option<Worth>> {
        let predictions = Predictions::new(self.names.to_vec(), scores, self.truth.clone())?;
        let value = self.metric.score(&predictions)?.value;
        Ok(value.map(|value| Worth { value, pool }))
    }
}

/// Pools that say different things of items with these rows: a vote of one row says less than its
/// scores, and all other pools choose as it does.
pub(in crate::eval) fn telling(mut pools: Vec<Pool>, owners: &[usize]) -> Vec<Pool> {
    let single = owners.windows(2).all(|pair| pair[0] != pair[1]);
    if pools.len() > 1 && single {
        pools.retain(|pool| *pool != Pool::Vote);
    }
    pools
}
