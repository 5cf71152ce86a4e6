//! An encoder with a head on it.

use tch::nn::VarStore;
use tch::{Device, Tensor, no_grad};

use super::targets::Targets;
use super::{Answered, Site, TuningQuestion};
use crate::error::Result;
use crate::eval::embed::embed_some;
use crate::eval::probe::{Embedded, Judge, Pool, Worth, answering, telling, to_host};
use crate::eval::unit::Unit;
use crate::method::{Encoder, Readout};
use crate::model::head::Projector;
use crate::tensors::{self, Named};

/// A network whose embeddings a head answers from.
pub(super) struct Whole<'a> {
    question: &'a TuningQuestion<'a>,
    site: Site<'a>,
    readout: Readout,
    head: Projector,
    /// The head's parameters.
    pub vars: VarStore,
    pub targets: &'a Targets,
}

/// The weights of a [`Whole`].
pub(super) struct Weights {
    network: Named,
    head: Named,
}

/// The columns of an embedding that are fine-tuned: of several readouts the widest.
pub(super) fn readout(encoder: &dyn Encoder) -> Readout {
    let all = Readout { name: "embedding", columns: 0..encoder.dim() };
    let wider = |widest: Option<Readout>, next: Readout| match widest {
        Some(widest) if width(&widest) >= width(&next) => Some(widest),
        _ => Some(next),
    };
    encoder.readouts().into_iter().fold(None, wider).unwrap_or(all)
}

fn width(readout: &Readout) -> i64 {
    readout.columns.end - readout.columns.start
}

impl<'a> Whole<'a> {
    /// The network as it stands with a head as the seed initialises it: on the CPU, so that every
    /// device starts from the same numbers.
    pub fn new(
        question: &'a TuningQuestion<'a>,
        site: Site<'a>,
        targets: &'a Targets,
    ) -> Whole<'a> {
        let readout = readout(site.network.encoder());
        let outputs = [question.names.len() as i64];
        let widths = [question.settings.hidden.layers(), &outputs].concat();
        let mut vars = VarStore::new(Device::Cpu);
        let _generator = question.seed.derive("head", &[]).torch();
        let head = Projector::new(&vars.root(), width(&readout), &widths, true);
        vars.set_device(question.device);
        Whole { question, site, readout, head, vars, targets }
    }

    /// Scores of clips.
    ///
    /// # Shapes
    /// `[batch, length]` or `[batch, length, width]` → `[batch, outputs]`
    pub fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        let embeddings = self.site.network.encoder().forward(clips, train)?;
        Ok(self.head.forward(&self.readout.of(&embeddings)))
    }

    /// Scores of items in evaluation mode, `[rows, outputs]` row by row in the unit of the answers,
    /// with the item of each row.
    pub fn scores(&self, items: &[usize]) -> Result<(Vec<f64>, Vec<usize>)> {
        let TuningQuestion { settings, metric, device, .. } = self.question;
        let (encoder, store) = (self.site.network.encoder(), self.site.store.as_ref());
        let (rows, owners) = embed_some(encoder, (store, items), Unit::Clip, *device)?;
        let pool = settings.pools(metric.labels()).first().copied();
        let Embedded { rows, owners } = answering(&Embedded { rows, owners }, pool, settings.first);
        let rows = self.readout.of(&rows).to_device(*device);
        let scores = to_host(&no_grad(|| self.head.forward(&rows)))?;
        Ok((self.targets.undone(scores), owners))
    }

    /// Scores of items, `[items, outputs]` row by row, pooled.
    pub fn answers(&self, items: &[usize], pool: Option<Pool>) -> Result<Vec<f64>> {
        let (scores, owners) = self.scores(items)?;
        let (outputs, labels) = (self.question.names.len(), self.question.metric.labels());
        Ok(match pool {
            Some(pool) => pool.pool(&scores, &owners, outputs, labels),
            None => scores,
        })
    }

    /// What its answers on valid are worth; none where they are not finite or the metric is
    /// undefined.
    pub fn worth(&self, valid: &Answered<'_>) -> Result<Option<Worth>> {
        let TuningQuestion { names, settings, metric, .. } = self.question;
        let (scores, owners) = self.scores(valid.items)?;
        let pools = telling(settings.pools(metric.labels()), &owners);
        Judge::new((names, *metric), &valid.truth, &owners, pools).worth(scores)
    }

    /// A copy of its weights.
    pub fn weights(&self) -> Weights {
        let network = copies(&self.site.network.tensors());
        Weights { network, head: copies(&tensors::of(&self.vars)) }
    }

    /// Takes weights over.
    pub fn restore(&self, weights: &Weights) -> Result<()> {
        self.site.network.restore(&weights.network)?;
        tensors::restore(&tensors::of(&self.vars), &weights.head, "the head")
    }
}

/// Tensors that what they are copied from does not change any more.
pub(super) fn copies(tensors: &Named) -> Named {
    tensors.iter().map(|(name, tensor)| (name.clone(), tensor.detach().copy())).collect()
}
