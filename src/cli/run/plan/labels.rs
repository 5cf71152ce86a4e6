//! Which labels a task's answers rest on, and where on a curve over their share it stands.

use super::{Plan, PlannedTask};
use crate::cli::run::stages::Chance;
use crate::eval::probe::Sampler;
use crate::report::CurvePoint;

impl PlannedTask {
    /// The train items whose labels a draw sees.
    pub fn labelled(&self, chance: Chance) -> Vec<usize> {
        let PlannedTask { task, split, answers, .. } = self;
        let (truth, outputs) = (answers.truth(&split.train), answers.names.len());
        let places = task.part().of(&truth, outputs, chance.seed());
        places.into_iter().map(|place| split.train[place]).collect()
    }

    /// The share of the train items whose labels a draw sees: the one that was asked for, unless
    /// the sampler draws something else than items.
    pub fn share(&self, chance: Chance) -> f64 {
        let part = self.task.part();
        match part.sampler {
            Sampler::Strict => part.fraction,
            Sampler::ClmrV1 => self.labelled(chance).len() as f64 / self.split.train.len() as f64,
        }
    }

    /// Whether it asks what `other` asks, with however many labels.
    fn asks_as(&self, other: &PlannedTask) -> bool {
        let what = |planned: &PlannedTask| {
            let task = &planned.task;
            (task.corpus.clone(), task.targets.clone(), task.kind, task.metrics.first().cloned())
        };
        what(self) == what(other) && self.split == other.split
    }
}

/// The place of a task on the curve over the share of labels; none where no other task asks the
/// same with another share.
pub fn on_curve(plan: &Plan<'_>, planned: &PlannedTask) -> Option<CurvePoint> {
    let share = |planned: &PlannedTask| planned.task.part().fraction;
    let alike = || plan.tasks.iter().filter(move |other| planned.asks_as(other));
    if !alike().any(|other| share(other) != share(planned)) {
        return None;
    }
    let whole = alike().reduce(|most, next| if share(next) > share(most) { next } else { most })?;
    let neighbours = planned.task.knn.is_some().then_some("knn");
    let tuned = planned.task.finetune.is_some().then_some("fine-tuned");
    let released = (planned.task.part().sampler == Sampler::ClmrV1).then_some("clmr_v1");
    let series: Vec<&str> = [neighbours, tuned, released].into_iter().flatten().collect();
    Some(CurvePoint {
        curve: format!("{}.labels", whole.task.name),
        along: format!("share of {} train items with a label", planned.split.train.len()),
        at: share(planned),
        series: series.join(", "),
    })
}
