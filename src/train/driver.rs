//! One loop that trains any method.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor, no_grad};

use super::checkpoint::{self, Reached};
use super::loader::{Crops, Loader, Plan, Source};
use super::log::Log;
use super::show::show;
use super::{Budget, Network, Precision, Recipe, Seen, StepCost, Updates};
use crate::error::{Error, Result};
use crate::method::{Batch, Loss, Progress};
use crate::progress::Meter;
use crate::registry::Entry;
use crate::seed::Seed;
use crate::{PROGRAM, device, files, native, settings, tensors};

/// One pre-training run.
pub struct Job<'a> {
    /// The method.
    pub entry: &'a Entry,
    /// Its `method:` settings, resolved.
    pub config: &'a Value,
    /// Its `train:` settings.
    pub recipe: &'a Recipe,
    /// How much training it gets.
    pub budget: &'a Budget,
    /// What it is trained on.
    pub source: Source,
    /// What lies in the file it is made of, if it is made of one.
    pub file: Option<&'a [u8]>,
    /// The run's seed.
    pub seed: Seed,
    /// Where it runs.
    pub device: Device,
    /// Loader threads.
    pub threads: usize,
}

impl Job<'_> {
    fn network(&self) -> Result<Network> {
        let seen = Seen { file: self.file, ..self.source.seen() };
        Network::new(self.entry, self.config, seen, self.seed, self.device)
    }
}

/// What a run used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Optimiser steps.
    pub steps: u64,
    /// Clips cut and encoded.
    pub clips: u64,
    /// Counted floating-point operations of matrix products and convolutions, forward and backward.
    pub flops: u64,
    /// Seconds of training, checkpoints included.
    pub seconds: f64,
    /// Peak memory in bytes, where the device tells.
    pub peak_memory_bytes: Option<u64>,
    /// Optimised values.
    pub parameters: u64,
    /// Audio samples read per second of training.
    pub samples_per_second: f64,
    /// The device used.
    pub device: String,
    /// The program used, with its version and commit.
    #[serde(default)]
    pub program: String,
}

/// What an interrupted run loses at most.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(20);
const READ_LOSSES_EVERY: usize = 32;
/// Items of which pictures are kept.
const PICTURED: usize = 4;

/// Trains a method; `folder` receives `train.csv`, checkpoints on the way, and at the end
/// `pictures/ITEM_NAME.png`, where the method has something to show of the first items,
/// `weights.safetensors` and, last, `cost.yaml`.
///
/// An interrupted run goes on from its last checkpoint and ends, on a CPU, in the same weights bit
/// for bit.
///
/// # Errors
/// [`Error::Diverged`] when the loss stops being finite; otherwise when settings, data or files are
/// wrong.
pub fn train(job: &Job<'_>, folder: &Path, meter: impl FnOnce(u64) -> Meter) -> Result<Cost> {
    train_saving(job, folder, CHECKPOINT_EVERY, meter)
}

/// [`train`] with a checkpoint `every` so often, as soon as the losses have been read (every 32
/// steps).
///
/// # Errors
/// As [`train`].
pub fn train_saving(
    job: &Job<'_>,
    folder: &Path,
    every: Duration,
    meter: impl FnOnce(u64) -> Meter,
) -> Result<Cost> {
    job.recipe.check()?;
    job.budget.check()?;
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let mut run = Run::resume(job, folder)?;
    let mut meter = meter(run.steps.unwrap_or(0));
    run.go(every, &mut meter)?;
    meter.finish();
    run.check_finite()?;
    let note = serde_json::json!({ "method": job.entry.name, "settings": job.config });
    tensors::save(
        &folder.join("weights.safetensors"),
        &run.network.tensors(),
        Some(&note.to_string()),
    )?;
    run.log.write()?;
    run.draw(&folder.join("pictures"))?;
    let cost = run.cost();
    files::write_atomically(&folder.join("cost.yaml"), settings::to_text(&cost)?.as_bytes())?;
    // Only what is finished needs no checkpoint any more.
    if run.checkpoint.exists() {
        std::fs::remove_file(&run.checkpoint).map_err(Error::io("remove", &run.checkpoint))?;
    }
    Ok(cost)
}

/// What one step of a job costs, counted on silence by a network that is thrown away.
///
/// # Errors
/// When the settings are wrong.
pub fn cost_of_step(job: &Job<'_>) -> Result<StepCost> {
    let (done, memory) = native::count_memory(|| step_on_silence(job))?;
    let (plan, flops) = done?;
    let clips = (plan.batch * plan.sampling.clips) as u64;
    Ok(StepCost { clips, flops, per_epoch: plan.per_epoch(), memory })
}

/// What was sampled, and the counted operations.
fn step_on_silence(job: &Job<'_>) -> Result<(Plan, u64)> {
    let mut network = job.network()?;
    let plan = plan(job, &mut network)?;
    let width = network.encoder().input().width() * plan.sampling.length;
    let values = vec![0.0; plan.batch * plan.sampling.clips * width];
    let labels =
        job.source.labels.as_ref().map(|labels| vec![0.0; plan.batch * labels.classes.len()]);
    let crops = Crops {
        values,
        cuts: Vec::new(),
        items: (0..plan.batch as i64)
            .map(|item| item % job.source.items.len().max(1) as i64)
            .collect(),
        labels,
    };
    let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
    let (done, flops) = native::count_flops(|| -> Result<()> {
        let (_, loss) = loss(job, &mut network, &plan, &crops, progress)?;
        loss.total.backward();
        Ok(())
    })?;
    done?;
    Ok((plan, flops))
}

fn plan(job: &Job<'_>, network: &mut Network) -> Result<Plan> {
    Plan::new(job.source.clone(), network.method()?.sampling(), job.recipe, job.seed)
}

fn loss(
    job: &Job<'_>,
    network: &mut Network,
    plan: &Plan,
    crops: &Crops,
    progress: Progress,
) -> Result<(Batch, Loss)> {
    let _generator = job.seed.derive("step", &[progress.step]).torch();
    let batch = stack(plan, crops, network, job.device)?;
    let method = network.method()?;
    let mut rng = job.seed.stream("views", &[progress.step]);
    let views = no_grad(|| method.views(&batch, &mut rng))?;
    let _autocast = (job.recipe.precision == Precision::Bf16)
        .then(|| native::Autocast::bf16(job.device))
        .transpose()?;
    let loss = method.loss(&views, &batch, progress)?;
    Ok((batch, loss))
}

pub(super) fn stack(
    plan: &Plan,
    crops: &Crops,
    network: &Network,
    device: Device,
) -> Result<Batch> {
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

struct Run<'a> {
    job: &'a Job<'a>,
    network: Network,
    updates: Updates,
    plan: Plan,
    cost: StepCost,
    steps: Option<u64>,
    step: u64,
    spent: f64,
    checkpoint: PathBuf,
    log: Log,
    /// Losses that are still on the device, with the learning rates of their steps.
    pending: Vec<(Tensor, f64)>,
    /// When losses were last read.
    last_read: Instant,
}

impl<'a> Run<'a> {
    /// A run as far as its folder's checkpoint says.
    fn resume(job: &'a Job<'a>, folder: &Path) -> Result<Run<'a>> {
        let cost = cost_of_step(job)?;
        let steps = job.budget.steps(cost);
        if steps.is_none()
            && (job.recipe.schedule != super::Schedule::Constant || job.recipe.warmup > 0.0)
        {
            return Err(Error::settings(
                "budget",
                "a budget in seconds needs a constant schedule without warmup",
            ));
        }
        let mut network = job.network()?;
        let plan = plan(job, &mut network)?;
        let updates = Updates::new(&tensors::of(&network.vars), job.recipe);
        let checkpoint = folder.join("checkpoint.safetensors");
        let Reached { step, seconds: spent } = checkpoint::resume(&checkpoint, &network, &updates)?;
        let log = Log::open(&folder.join("train.csv"), step)?;
        let (pending, last_read) = (Vec::new(), Instant::now());
        Ok(Run {
            job,
            network,
            updates,
            plan,
            cost,
            steps,
            step,
            spent,
            checkpoint,
            log,
            pending,
            last_read,
        })
    }

    fn go(&mut self, every: Duration, meter: &mut Meter) -> Result<()> {
        native::reset_peak_memory(self.job.device);
        let mut loader = Loader::start(&self.plan, self.step, self.job.threads);
        let (started, before) = (Instant::now(), self.spent);
        let mut saved = started;
        self.last_read = started;
        while !self.finished() {
            let crops = loader.take()?;
            self.advance(&crops)?;
            self.spent = before + started.elapsed().as_secs_f64();
            if self.pending.len() >= READ_LOSSES_EVERY || self.finished() {
                let last = self.read_losses()?;
                meter.set(self.step, &format!("loss {last:.4}"));
                if saved.elapsed() >= every && !self.finished() {
                    self.log.write()?;
                    let reached = Reached { step: self.step, seconds: self.spent };
                    checkpoint::save(&self.checkpoint, &self.network, &self.updates, reached)?;
                    saved = Instant::now();
                }
            }
        }
        native::synchronize(self.job.device);
        Ok(())
    }

    fn finished(&self) -> bool {
        match self.steps {
            Some(steps) => self.step >= steps,
            None => self.spent >= self.job.budget.seconds.unwrap_or(0.0),
        }
    }

    fn advance(&mut self, crops: &Crops) -> Result<()> {
        let progress = self.progress();
        let lr = self.job.recipe.lr_at(self.step, progress.steps);
        self.updates.forget_gradients()?;
        let (_, loss) = loss(self.job, &mut self.network, &self.plan, crops, progress)?;
        loss.total.backward();
        self.updates.step(lr)?;
        no_grad(|| self.network.method()?.after_step(progress))?;
        let values: Vec<Tensor> = std::iter::once(&loss.total)
            .chain(loss.terms.iter().map(|(_, term)| term))
            .map(|term| term.detach().to_kind(Kind::Float).reshape([]))
            .collect();
        self.log.name_terms(loss.terms.iter().map(|(name, _)| *name).collect());
        self.pending.push((Tensor::stack(&values, 0), lr));
        self.step += 1;
        Ok(())
    }

    fn progress(&self) -> Progress {
        let (per_epoch, steps) = (self.plan.per_epoch(), self.steps.unwrap_or(u64::MAX));
        Progress {
            step: self.step,
            steps,
            epoch: self.step / per_epoch,
            epochs: steps.div_ceil(per_epoch),
        }
    }

    fn read_losses(&mut self) -> Result<f32> {
        let (losses, rates): (Vec<Tensor>, Vec<f64>) = self.pending.drain(..).unzip();
        let rows = Vec::<Vec<f32>>::try_from(&Tensor::stack(&losses, 0).to_device(Device::Cpu))?;
        let first = self.step - rows.len() as u64;
        // Only here is the device known to have done the steps, and the loader to have fed them.
        let speed = (rows.len() * self.plan.batch) as f64 / self.last_read.elapsed().as_secs_f64();
        self.last_read = Instant::now();
        for (at, (row, lr)) in rows.iter().zip(rates).enumerate() {
            if !row[0].is_finite() {
                self.log.write()?;
                return Err(Error::Diverged {
                    method: self.job.entry.name.into(),
                    step: first + at as u64,
                });
            }
            self.log.push(row, lr, speed);
        }
        Ok(rows.last().map_or(f32::NAN, |row| row[0]))
    }

    /// A gradient that was not finite in the last step is in no loss.
    fn check_finite(&self) -> Result<()> {
        let tensors = self.network.tensors();
        let mut floats = tensors.values().filter(|tensor| tensor.is_floating_point());
        if floats.all(|tensor| tensor.isfinite().all().int64_value(&[]) == 1) {
            return Ok(());
        }
        Err(Error::Diverged { method: self.job.entry.name.into(), step: self.step - 1 })
    }

    /// Draws the same items, crops and masks in every run, so that runs can be compared.
    fn draw(&mut self, folder: &Path) -> Result<()> {
        let (source, seed) = (self.job.source.first(PICTURED), Seed::new(0));
        let (items, shown) = show(&mut self.network, source, None, seed, self.job.device)?;
        let names: Vec<String> = items.iter().map(i64::to_string).collect();
        for picture in shown.iter().filter(|shown| shown.is_picture()) {
            picture.write(folder, &names)?;
        }
        Ok(())
    }

    fn samples_per_clip(&self) -> f64 {
        (self.plan.sampling.length * self.network.encoder().input().step()) as f64
    }

    fn cost(&self) -> Cost {
        Cost {
            steps: self.step,
            clips: self.step * self.cost.clips,
            flops: self.step * self.cost.flops,
            seconds: self.spent,
            peak_memory_bytes: native::peak_memory(self.job.device),
            parameters: self.updates.parameters(),
            samples_per_second: (self.step * self.cost.clips) as f64 * self.samples_per_clip()
                / self.spent.max(1e-9),
            device: device::name(self.job.device),
            program: PROGRAM.into(),
        }
    }
}
