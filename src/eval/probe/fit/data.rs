//! What the probes of a grid are fitted on and judged by.

use tch::{Device, Kind, Tensor};

use super::objective::Objective;
use super::scale::Scale;
use super::{Asked, answering, unscaled};
use crate::error::Result;
use crate::eval::metric::Labels;
use crate::eval::probe::examples::{Embedded, Examples};
use crate::eval::probe::grid::Statistics;
use crate::eval::probe::judge::{Judge, telling};
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
    /// What scores of the answering rows are worth.
    pub(super) judge: Judge<'a>,
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
        let pools = match asked.grid.unit {
            Unit::Item => Vec::new(),
            _ => telling(asked.grid.pools(labels), &valid.embedded.owners),
        };
        let answering = answering(&valid.embedded, pools.first().copied(), asked.grid.first);
        let asked_of = (asked.names, asked.metric);
        Data {
            judge: Judge::new(asked_of, &valid.truth, &answering.owners, pools),
            asked,
            objective,
            watched: valid.embedded.share(),
            watched_objective,
            answering,
            scale: Scale::of(&train.embedded.rows),
            train: train.embedded.share(),
            targets,
            labels,
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
}

pub(in crate::eval) fn to_host(scores: &Tensor) -> Result<Vec<f64>> {
    let flat = scores.to_device(Device::Cpu).to_kind(Kind::Double).contiguous().reshape([-1]);
    Ok(Vec::<f64>::try_from(&flat)?)
}
