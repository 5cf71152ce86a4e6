//! One loop that trains any method.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::checkpoint::{self, Reached};
use super::loader::{CropPlan, Crops, Loader};
use super::log::Log;
use super::show::show;
use super::step::{
    Stepped, Trainer, Unwatched, attempt, given, passes, settled, shortage, silence,
};
use super::{Job, StepCost};
use crate::error::{Error, Result};
use crate::method::Progress;
use crate::progress::Meter;
use crate::seed::Seed;
use crate::{PROGRAM, device, files, native, settings, tensors};

/// What a run used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usage {
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
    /// How many items went through the network at once, if not the whole batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub micro_batch: Option<usize>,
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
/// [`Error::Diverged`] when the loss stops being finite, [`Error::OutOfMemory`] when a step finds
/// too little memory; otherwise when settings, data or files are wrong.
pub fn train(job: &Job<'_>, folder: &Path, meter: impl FnOnce(u64) -> Meter) -> Result<Usage> {
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
) -> Result<Usage> {
    job.recipe.check()?;
    job.budget.check()?;
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let recipe = settled(job)?;
    let job = &job.with(&recipe);
    let trained = attempt(|| {
        let mut run = Run::resume(job, folder)?;
        let mut meter = meter(run.steps.unwrap_or(0));
        run.go(every, &mut meter)?;
        meter.finish();
        Ok(run)
    })?;
    let mut run = trained.ok_or_else(|| shortage(job))?;
    run.check_finite()?;
    let note = serde_json::json!({ "method": job.entry.name, "settings": job.config });
    tensors::save(
        &folder.join("weights.safetensors"),
        &run.trainer.network.tensors(),
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

/// What one step of a job costs, counted on silence by a network that is thrown away. What
/// micro-batches compute again is left out, so that they change no budget.
///
/// # Errors
/// When the settings are wrong, or memory does not suffice.
pub fn cost_of_step(job: &Job<'_>) -> Result<StepCost> {
    let counted = attempt(|| {
        let (done, memory) = native::count_memory(|| step_on_silence(job))?;
        let (plan, flops) = done?;
        let clips = (plan.batch * plan.sampling.clips) as u64;
        Ok(StepCost { clips, flops, per_epoch: plan.per_epoch(), memory })
    })?;
    counted.ok_or_else(|| shortage(job))
}

/// What was sampled, and the counted operations.
fn step_on_silence(job: &Job<'_>) -> Result<(CropPlan, u64)> {
    let mut network = job.network()?;
    let plan = job.plan(&mut network)?;
    let crops = silence(&plan, &network);
    let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
    let _generator = job.seed.derive("step", &[progress.step]).torch();
    let (done, flops) = native::count_flops(|| -> Result<()> {
        let given = given(job, (&mut network, &plan), &crops, progress, &mut Unwatched)?;
        passes(job).descend(&mut network, given, &mut Unwatched)?;
        Ok(())
    })?;
    done?;
    Ok((plan, flops))
}

struct Run<'a> {
    trainer: Trainer<'a>,
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
        let trainer = Trainer::new(job)?;
        let checkpoint = folder.join("checkpoint.safetensors");
        let Reached { step, seconds: spent } =
            checkpoint::resume(&checkpoint, &trainer.network, &trainer.updates)?;
        let log = Log::open(&folder.join("train.csv"), step)?;
        let (pending, last_read) = (Vec::new(), Instant::now());
        Ok(Run { trainer, cost, steps, step, spent, checkpoint, log, pending, last_read })
    }

    fn go(&mut self, every: Duration, meter: &mut Meter) -> Result<()> {
        let job = self.trainer.job;
        native::reset_peak_memory(job.device);
        let mut loader = Loader::start(&self.trainer.plan, self.step, job.threads);
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
                    let Trainer { network, updates, .. } = &self.trainer;
                    checkpoint::save(&self.checkpoint, network, updates, reached)?;
                    saved = Instant::now();
                }
            }
        }
        native::synchronize(job.device);
        Ok(())
    }

    fn finished(&self) -> bool {
        match self.steps {
            Some(steps) => self.step >= steps,
            None => self.spent >= self.trainer.job.budget.seconds.unwrap_or(0.0),
        }
    }

    fn advance(&mut self, crops: &Crops) -> Result<()> {
        let progress = self.progress();
        let Stepped { losses, terms, lr } =
            self.trainer.advance(crops, progress, &mut Unwatched)?;
        self.log.name_terms(terms);
        self.pending.push((losses, lr));
        self.step += 1;
        Ok(())
    }

    fn progress(&self) -> Progress {
        let (per_epoch, steps) = (self.trainer.plan.per_epoch(), self.steps.unwrap_or(u64::MAX));
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
        let speed =
            (rows.len() * self.trainer.plan.batch) as f64 / self.last_read.elapsed().as_secs_f64();
        self.last_read = Instant::now();
        for (at, (row, lr)) in rows.iter().zip(rates).enumerate() {
            if !row[0].is_finite() {
                self.log.write()?;
                return Err(self.diverged(first + at as u64));
            }
            self.log.push(row, lr, speed);
        }
        Ok(rows.last().map_or(f32::NAN, |row| row[0]))
    }

    /// A gradient that was not finite in the last step is in no loss.
    fn check_finite(&self) -> Result<()> {
        let tensors = self.trainer.network.tensors();
        let mut floats = tensors.values().filter(|tensor| tensor.is_floating_point());
        if floats.all(|tensor| tensor.isfinite().all().int64_value(&[]) == 1) {
            return Ok(());
        }
        Err(self.diverged(self.step - 1))
    }

    fn diverged(&self, step: u64) -> Error {
        Error::Diverged { method: self.trainer.job.entry.name.into(), step }
    }

    /// Draws the same items, crops and masks in every run, so that runs can be compared.
    fn draw(&mut self, folder: &Path) -> Result<()> {
        let Trainer { job, network, .. } = &mut self.trainer;
        let (source, seed) = (job.source.first(PICTURED), Seed::new(0));
        let (items, shown) = show(network, source, None, seed, job.device)?;
        let names: Vec<String> = items.iter().map(i64::to_string).collect();
        for picture in shown.iter().filter(|shown| shown.is_picture()) {
            picture.write(folder, &names)?;
        }
        Ok(())
    }

    fn samples_per_clip(&self) -> f64 {
        let Trainer { network, plan, .. } = &self.trainer;
        (plan.sampling.length * network.encoder().input().step()) as f64
    }

    fn cost(&self) -> Usage {
        let Trainer { job, updates, .. } = &self.trainer;
        Usage {
            steps: self.step,
            clips: self.step * self.cost.clips,
            flops: self.step * self.cost.flops,
            seconds: self.spent,
            peak_memory_bytes: native::peak_memory(job.device),
            parameters: updates.parameters(),
            samples_per_second: (self.step * self.cost.clips) as f64 * self.samples_per_clip()
                / self.spent.max(1e-9),
            device: device::name(job.device),
            micro_batch: job.recipe.at_once(),
            program: PROGRAM.into(),
        }
    }
}
