//! What the probes of a grid are fitted on and judged by.

use tch::{Device, Kind, Tensor};

use super::objective::Objective;
use super::scale::Scale;
use super::{Asked, answering, unscaled};
use crate::error::Result;
use crate::eval::metric::{Labels, Predictions, Truth};
use crate::eval::probe::examples::{Embedded, Examples};
use crate::eval::probe::grid::Statistics;
use crate::eval::probe::pool::Pool;
use crate::eval::unit::Unit;

/// Train and valid as probes see them.
pub(super) struct Data<'a> {
    pub(super) asked: Asked<'a>,
    /// The embeddings that are fitted, and how well answers do on them.
    pub(super) train: Embedded,
    pub(super) objective: Objective,
    /// The embeddings of valid on which the loss is watched.
    pub(super) watched: Embedded,
    pub(super) watched_objective: Objective,
    /// The embeddings of valid that answers rest on.
    pub(super) answering: Embedded,
    pub(super) scale: Scale,
    pub(super) targets: Option<Scale>,
    pub(super) labels: Labels,
    truth: Truth,
    pools: Vec<Pool>,
}

/// What answers on valid are worth, and how they were pooled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Worth {
    pub(super) value: f64,
    pub(super) pool: Option<Pool>,
}

impl<'a> Data<'a> {
    pub(super) fn new(asked: Asked<'a>, train: &Examples, valid: &Examples) -> Data<'a> {
        let outputs = asked.names.len();
        let device = train.embedded.rows.device();
        let targets = Objective::scale(&train.truth, outputs, device);
        let objective = |of: &Examples| {
            Objective::new(&of.row_truth(outputs), outputs, targets.as_ref(), device)
        };
        let (objective, watched_objective) = (objective(train), objective(valid));
        let labels = asked.metric.labels();
        let mut pools = match asked.grid.unit {
            Unit::Item => Vec::new(),
            _ => asked.grid.pools(labels),
        };
        // A vote of one row says less than its scores, and all other pools choose as it does.
        if pools.len() > 1 && single(&valid.embedded.owners) {
            pools.retain(|pool| *pool != Pool::Vote);
        }
        let answering = answering(&valid.embedded, pools.first().copied(), asked.grid.first);
        Data {
            asked,
            objective,
            watched: valid.embedded.share(),
            watched_objective,
            answering,
            scale: Scale::of(&train.embedded.rows),
            train: train.embedded.share(),
            targets,
            labels,
            truth: valid.truth.clone(),
            pools,
        }
    }

    /// Where tensors lie.
    pub(super) fn device(&self) -> Device {
        self.train.rows.device()
    }

    /// Rows of train as a probe sees them.
    pub(super) fn fitted(&self, standardise: bool) -> Tensor {
        let rows = &self.train.rows;
        if standardise { self.scale.apply(rows) } else { rows.shallow_clone() }
    }

    /// Rows of valid as a probe sees them.
    pub(super) fn judged(&self, standardise: bool, rows: &Tensor) -> Tensor {
        let scaled = standardise && self.asked.grid.statistics == Statistics::Train;
        if scaled { self.scale.apply(rows) } else { rows.shallow_clone() }
    }

    /// The scores of every probe on the host, in the unit of the targets.
    ///
    /// # Shapes
    /// `[probes, rows, outputs]` → `[probes][rows × outputs]`
    pub(super) fn scores(&self, scores: Tensor) -> Result<Vec<Vec<f64>>> {
        let size = (scores.size()[1] * scores.size()[2]) as usize;
        let all = to_host(&unscaled(self.targets.as_ref(), scores))?;
        Ok(all.chunks_exact(size).map(<[f64]>::to_vec).collect())
    }

    /// What scores of valid are worth by the best pool; none where they are not finite or the metric
    /// is undefined.
    pub(super) fn worth(&self, scores: Vec<f64>) -> Result<Option<Worth>> {
        if scores.iter().any(|score| !score.is_finite()) {
            return Ok(None);
        }
        if self.pools.is_empty() {
            return self.worth_of_items(scores, None);
        }
        let (owners, outputs) = (&self.answering.owners, self.asked.names.len());
        let mut best: Option<Worth> = None;
        for &pool in &self.pools {
            let pooled = pool.pool(&scores, owners, outputs, self.labels);
            let Some(worth) = self.worth_of_items(pooled, Some(pool))? else { continue };
            if best.is_none_or(|best| self.asked.metric.gain(worth.value, best.value) > 0.0) {
                best = Some(worth);
            }
        }
        Ok(best)
    }

    fn worth_of_items(&self, scores: Vec<f64>, pool: Option<Pool>) -> Result<Option<Worth>> {
        let predictions = Predictions::new(self.asked.names.to_vec(), scores, self.truth.clone())?;
        let value = self.asked.metric.score(&predictions)?.value;
        Ok(value.map(|value| Worth { value, pool }))
    }
}

/// Whether every item has one row.
fn single(owners: &[usize]) -> bool {
    owners.windows(2).all(|pair| pair[0] != pair[1])
}

pub(super) fn to_host(scores: &Tensor) -> Result<Vec<f64>> {
    let flat = scores.to_device(Device::Cpu).to_kind(Kind::Double).contiguous().reshape([-1]);
    Ok(Vec::<f64>::try_from(&flat)?)
}
