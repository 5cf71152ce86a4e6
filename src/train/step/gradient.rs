//! The gradient of a batch's loss: of the whole batch at once, or of one part after the other.
//!
//! In parts it is as exact as at once. Source: Gao, Zhang, Han and Callan, *Scaling Deep
//! Contrastive Learning Batch Size under Memory Limited Setup*, RepL4NLP 2021 (arXiv 2101.06983),
//! section 3.2: projections without a graph, the loss and its gradient with respect to them over
//! the whole batch, then every part once more with a graph, which takes that gradient further.
//! Batch normalisation is taken care of before the projections.

use tch::{Device, Kind, Tensor, no_grad};

use super::stages::{Passage, pass};
use super::watch::{self, Watch};
use crate::error::Result;
use crate::method::{Batch, Divisible, Loss, Progress};
use crate::native;
use crate::train::{Network, Precision};

/// What a loss is made of.
pub struct Given {
    /// What the method made of the batch.
    pub views: Vec<Tensor>,
    /// The items, with their labels.
    pub batch: Batch,
    /// How far training has come.
    pub progress: Progress,
}

/// How a gradient is computed.
#[derive(Clone, Copy, Debug)]
pub struct Passes {
    /// Where network and batch lie.
    pub device: Device,
    /// In which arithmetic.
    pub precision: Precision,
    /// How many items go through the network at once; `None` for the whole batch.
    pub at_once: Option<usize>,
}

/// A batch that was projected without a graph.
struct Projected {
    parts: Vec<Part>,
    /// Of every view, if there are stages.
    passages: Vec<Passage>,
}

/// Some items of it.
struct Part {
    /// What was projected.
    views: Vec<Tensor>,
    projections: Vec<Tensor>,
    before: Draws,
}

impl Passes {
    /// Adds the gradient of the loss to that of every parameter.
    ///
    /// # Errors
    /// When the loss is to be computed in parts and does not fall into any, the method finds its
    /// views wrong, or libtorch refuses.
    pub fn descend(
        &self,
        network: &mut Network,
        given: Given,
        watch: &mut dyn Watch,
    ) -> Result<Loss> {
        watch.begins(watch::Phase::Forward);
        if let Some(items) = self.at_once {
            return self.in_parts(items, network.divided()?, given, watch);
        }
        let Given { views, batch, progress } = &given;
        let loss = self.cast(|| network.method()?.loss(views, batch, *progress))?;
        drop(given);
        watch.begins(watch::Phase::Backward);
        loss.total.f_backward()?;
        Ok(loss)
    }

    fn in_parts(
        &self,
        items: usize,
        method: &mut dyn Divisible,
        given: Given,
        watch: &mut dyn Watch,
    ) -> Result<Loss> {
        let Given { views, batch, progress } = given;
        let Projected { parts, passages } =
            native::uncounted(|| self.project(method, parts(&views, items)))?;
        let leaves = joined(&parts);
        let loss = self.cast(|| method.score(&leaves, &batch, progress))?;
        watch.begins(watch::Phase::Backward);
        loss.total.f_backward()?;
        let (mut first, mut gradients) = (0, Vec::<Vec<Tensor>>::new());
        for Part { views, projections, before } in parts {
            watch.begins(watch::Phase::Forward);
            before.repeat()?;
            let views = if passages.is_empty() { views } else { views.iter().map(leaf).collect() };
            let again = self.cast(|| method.project(&views))?;
            watch.begins(watch::Phase::Backward);
            pass_on(&again, &leaves, first)?;
            first += projections[0].size()[0];
            gradients.push(views.iter().map(Tensor::grad).collect());
        }
        for passage in passages.into_iter().rev() {
            let last = gradients.iter_mut().filter_map(Vec::pop).collect();
            passage.back(self, &method.stages(), last)?;
        }
        Ok(loss)
    }

    /// The first of the two passes.
    fn project(&self, method: &dyn Divisible, mut parts: Vec<Vec<Tensor>>) -> Result<Projected> {
        let (stages, mut passages) = (method.stages(), Vec::new());
        let staged = if stages.is_empty() { 0 } else { parts[0].len() };
        for view in 0..staged {
            let inputs = parts.iter().map(|part| part[view].shallow_clone()).collect();
            let (outputs, passage) = pass(self, &stages, inputs)?;
            parts.iter_mut().zip(outputs).for_each(|(part, output)| part[view] = output);
            passages.push(passage);
        }
        let project = |views: Vec<Tensor>| {
            let before = Draws::now(self.device)?;
            let projections = self.cast(|| no_grad(|| method.project(&views)))?;
            Ok(Part { views, projections, before })
        };
        let parts = parts.into_iter().map(project).collect::<Result<_>>()?;
        Ok(Projected { parts, passages })
    }

    /// A forward pass in the precision asked for. Scopes end before a backward pass, and before a
    /// pass with a graph follows one without, which would find the other's weights in the cache.
    pub(super) fn cast<T>(&self, forward: impl FnOnce() -> Result<T>) -> Result<T> {
        let _autocast = (self.precision == Precision::Bf16)
            .then(|| native::Autocast::bf16(self.device))
            .transpose()?;
        forward()
    }
}

/// Views in parts of so many items, and of what is left over.
fn parts(views: &[Tensor], items: usize) -> Vec<Vec<Tensor>> {
    let all = views[0].size()[0];
    let part = |first: i64| {
        let length = (items as i64).min(all - first);
        views.iter().map(|view| view.narrow(0, first, length)).collect()
    };
    (0..all).step_by(items).map(part).collect()
}

/// The projections of the whole batch as leaves that take a gradient.
fn joined(parts: &[Part]) -> Vec<Tensor> {
    let whole = |at: usize| {
        let rows: Vec<&Tensor> = parts.iter().map(|part| &part.projections[at]).collect();
        leaf(&Tensor::cat(&rows, 0))
    };
    (0..parts[0].projections.len()).map(whole).collect()
}

/// The same values, to which a gradient may come.
fn leaf(values: &Tensor) -> Tensor {
    values.detach().set_requires_grad(true)
}

/// Takes the gradient that the leaves got further, for the part whose items begin at `first`: that
/// of Σ projection · gradient is the gradient itself.
fn pass_on(projections: &[Tensor], leaves: &[Tensor], first: i64) -> Result<()> {
    let reached = projections.iter().zip(leaves).filter(|(_, leaf)| leaf.grad().defined());
    let products = reached
        .map(|(rows, leaf)| (rows * leaf.grad().narrow(0, first, rows.size()[0])).sum(Kind::Float));
    let products: Vec<Tensor> = products.collect();
    if products.is_empty() {
        return Ok(());
    }
    Ok(Tensor::stack(&products, 0).sum(Kind::Float).f_backward()?)
}

/// Where libtorch's generators stand: that of the CPU, and that of the device if it has another.
struct Draws(Vec<(Device, Tensor)>);

impl Draws {
    fn now(device: Device) -> Result<Draws> {
        let mut devices = vec![Device::Cpu, device];
        devices.dedup();
        let state = |device| Ok((device, native::generator_state(device)?));
        Ok(Draws(devices.into_iter().map(state).collect::<Result<_>>()?))
    }

    /// Has the generators draw the same once more.
    fn repeat(&self) -> Result<()> {
        self.0.iter().try_for_each(|(device, state)| native::set_generator_state(*device, state))
    }
}
