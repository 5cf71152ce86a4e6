//! One optimiser step of any method.

mod fit;
mod gradient;
mod stages;
mod watch;

pub use gradient::{Given, Passes};
pub use watch::{Phase, Unwatched, Watch};

pub(super) use fit::{attempt, settled, shortage};

use tch::{Device, Kind, Tensor, no_grad};

use super::loader::{CropPlan, Crops};
use super::{Job, Network, Updates};
use crate::error::Result;
use crate::method::{Batch, Loss, Progress};
use crate::tensors;

/// A network in training.
pub(super) struct Trainer<'a> {
    pub job: &'a Job<'a>,
    pub network: Network,
    pub updates: Updates,
    pub plan: CropPlan,
}

/// What is logged of a step.
pub(super) struct Stepped {
    /// The loss and its terms, still on the device, `[1 + terms]`.
    pub losses: Tensor,
    /// What the terms are called.
    pub terms: Vec<&'static str>,
    /// The learning rate.
    pub lr: f64,
}

impl<'a> Trainer<'a> {
    /// A network as the job's seed initialises it.
    pub fn new(job: &'a Job<'a>) -> Result<Trainer<'a>> {
        let mut network = job.network()?;
        let plan = job.plan(&mut network)?;
        let updates = Updates::new(&tensors::of(&network.vars), job.recipe);
        Ok(Trainer { job, network, updates, plan })
    }

    /// Moves the parameters once, against the gradient of the loss of `crops`.
    pub fn advance(
        &mut self,
        crops: &Crops,
        progress: Progress,
        watch: &mut dyn Watch,
    ) -> Result<Stepped> {
        let lr = self.job.recipe.lr_at(progress.step, progress.steps);
        self.updates.forget_gradients()?;
        let loss = self.descend(crops, progress, watch)?;
        watch.begins(Phase::Update);
        self.updates.step(lr)?;
        no_grad(|| self.network.method()?.after_step(progress))?;
        let values: Vec<Tensor> = std::iter::once(&loss.total)
            .chain(loss.terms.iter().map(|(_, term)| term))
            .map(|term| term.detach().to_kind(Kind::Float).reshape([]))
            .collect();
        let terms = loss.terms.iter().map(|(name, _)| *name).collect();
        Ok(Stepped { losses: Tensor::stack(&values, 0), terms, lr })
    }

    fn descend(
        &mut self,
        crops: &Crops,
        progress: Progress,
        watch: &mut dyn Watch,
    ) -> Result<Loss> {
        let _generator = self.job.seed.derive("step", &[progress.step]).torch();
        let given = given(self.job, (&mut self.network, &self.plan), crops, progress, watch)?;
        passes(self.job).descend(&mut self.network, given, watch)
    }
}

/// How a job computes its gradients.
pub(super) fn passes(job: &Job<'_>) -> Passes {
    Passes { device: job.device, precision: job.recipe.precision, at_once: job.recipe.at_once() }
}

/// The batch and the views of some crops.
pub(super) fn given(
    job: &Job<'_>,
    (network, plan): (&mut Network, &CropPlan),
    crops: &Crops,
    progress: Progress,
    watch: &mut dyn Watch,
) -> Result<Given> {
    watch.begins(Phase::Loading);
    let batch = stack(plan, crops, network, job.device)?;
    watch.begins(Phase::Views);
    let mut rng = job.seed.stream("views", &[progress.step]);
    let views = no_grad(|| network.method()?.views(&batch, &mut rng))?;
    Ok(Given { views, batch, progress })
}

/// Crops as a batch on a device.
///
/// # Errors
/// When libtorch refuses the shape.
pub fn stack(plan: &CropPlan, crops: &Crops, network: &Network, device: Device) -> Result<Batch> {
    let width = network.encoder().input().width() as i64;
    let (batch, clips, length) =
        (plan.batch as i64, plan.sampling.clips as i64, plan.sampling.length as i64);
    let mut shape = vec![batch, clips, length];
    if width > 1 {
        shape.push(width);
    }
    let labels = crops.labels.as_ref().map(|labels| Tensor::f_from_slice(labels));
    let labels = labels.transpose()?.map(|labels| labels.reshape([batch, -1]));
    let move_over = |tensor: Tensor| match device {
        Device::Cuda(_) => tensor.pin_memory(device).to_device_(device, tensor.kind(), true, false),
        _ => tensor,
    };
    Ok(Batch {
        clips: move_over(Tensor::f_from_slice(&crops.values)?.f_reshape(&shape)?),
        items: move_over(Tensor::f_from_slice(&crops.items)?),
        labels: labels.map(move_over),
    })
}

/// As many crops as a step takes, without sound.
pub(super) fn silence(plan: &CropPlan, network: &Network) -> Crops {
    let width = network.encoder().input().width() * plan.sampling.length;
    let values = vec![0.0; plan.batch * plan.sampling.clips * width];
    let source = &plan.source;
    let labels = source.labels.as_ref().map(|labels| vec![0.0; plan.batch * labels.classes.len()]);
    let items = source.items.len().max(1) as i64;
    let items = (0..plan.batch as i64).map(|item| item % items).collect();
    Crops { values, cuts: Vec::new(), items, labels }
}
