//! What a training step takes: the driver's own step, measured.

use std::time::Instant;

use tch::Device;

use super::loader::Loader;
use super::step::{Phase, Trainer, Unwatched, Watch, attempt, settled, shortage};
use super::{Job, Recipe};
use crate::error::Result;
use crate::method::Progress;
use crate::native;

/// What was measured of a training run in its steady state.
#[derive(Clone, Debug, PartialEq)]
pub struct Perf {
    /// Steps over which the means below were taken.
    pub steps: u64,
    /// Items in a step.
    pub batch: usize,
    /// How many of them went through the network at once, if not all.
    pub at_once: Option<usize>,
    /// Seconds of a step, as training takes it.
    pub seconds: f64,
    /// Seconds of each of [`Phase::ALL`], in further steps that wait for the device after every
    /// part: where it works ahead of the host otherwise, they add up to more than a step.
    pub parts: [f64; Phase::ALL.len()],
    /// The most bytes held at once: by the process on a CPU, by tensors on a CUDA device.
    pub peak_memory_bytes: Option<u64>,
    /// The share of the time, 0 to 1, during which a CUDA device was computing anything.
    pub busy: Option<f64>,
    /// Bytes that a step copies to a CUDA device.
    pub copied_bytes: Option<u64>,
}

impl Perf {
    /// Training items per second.
    pub fn items_per_second(&self) -> f64 {
        self.batch as f64 / self.seconds
    }
}

/// Steps before anything is measured: kernels are chosen and memory is taken.
const WARM_UP: u64 = 3;

/// Measures so many `steps` of a job and writes nothing; `done` hears of every step, of which there
/// are more.
///
/// # Errors
/// As of training.
pub fn perf(job: &Job<'_>, steps: u64, done: &mut dyn FnMut(u64)) -> Result<Perf> {
    job.recipe.check()?;
    let recipe = settled(job)?;
    let job = job.with(&recipe);
    attempt(|| Measured::start(&job, done)?.all(steps))?.ok_or_else(|| shortage(&job))
}

/// How many steps [`perf`] takes to measure so many.
pub fn steps_to_measure(steps: u64) -> u64 {
    WARM_UP + 1 + 2 * steps
}

struct Measured<'a> {
    trainer: Trainer<'a>,
    loader: Loader,
    step: u64,
    done: &'a mut dyn FnMut(u64),
}

impl<'a> Measured<'a> {
    fn start(job: &'a Job<'a>, done: &'a mut dyn FnMut(u64)) -> Result<Measured<'a>> {
        let trainer = Trainer::new(job)?;
        let loader = Loader::start(&trainer.plan, 0, job.threads);
        Ok(Measured { trainer, loader, step: 0, done })
    }

    fn all(mut self, steps: u64) -> Result<Perf> {
        let (device, recipe) = (self.trainer.job.device, self.trainer.job.recipe);
        self.go(WARM_UP, &mut Unwatched)?;
        let (one, copied) = native::count_copies(|| self.go(1, &mut Unwatched))?;
        one?;
        native::reset_peak_memory(device);
        let (seconds, busy) = native::busy_share(device, || self.timed(steps));
        let peak_memory_bytes = native::peak_memory(device);
        let mut clock = Clock::new(device);
        self.go(steps, &mut clock)?;
        let Recipe { batch, .. } = *recipe;
        Ok(Perf {
            steps,
            batch,
            at_once: recipe.at_once(),
            seconds: seconds? / steps as f64,
            parts: clock.stop().map(|seconds| seconds / steps as f64),
            peak_memory_bytes,
            busy,
            copied_bytes: device.is_cuda().then_some(copied),
        })
    }

    /// The seconds of so many steps.
    fn timed(&mut self, steps: u64) -> Result<f64> {
        native::synchronize(self.trainer.job.device);
        let started = Instant::now();
        self.go(steps, &mut Unwatched)?;
        native::synchronize(self.trainer.job.device);
        Ok(started.elapsed().as_secs_f64())
    }

    fn go(&mut self, steps: u64, watch: &mut dyn Watch) -> Result<()> {
        for _ in 0..steps {
            watch.begins(Phase::Loading);
            let crops = self.loader.take()?;
            let epoch = self.step / self.trainer.plan.per_epoch();
            let progress = Progress { step: self.step, steps: u64::MAX, epoch, epochs: u64::MAX };
            self.trainer.advance(&crops, progress, watch)?;
            self.step += 1;
            (self.done)(self.step);
        }
        Ok(())
    }
}

/// Adds up the seconds of every part, each from when the device is done with the one before.
struct Clock {
    device: Device,
    since: Instant,
    part: Option<Phase>,
    seconds: [f64; Phase::ALL.len()],
}

impl Clock {
    fn new(device: Device) -> Clock {
        Clock { device, since: Instant::now(), part: None, seconds: Default::default() }
    }

    fn next(&mut self, part: Option<Phase>) {
        native::synchronize(self.device);
        let now = Instant::now();
        if let Some(part) = std::mem::replace(&mut self.part, part) {
            self.seconds[part as usize] += (now - self.since).as_secs_f64();
        }
        self.since = now;
    }

    fn stop(mut self) -> [f64; Phase::ALL.len()] {
        self.next(None);
        self.seconds
    }
}

impl Watch for Clock {
    fn begins(&mut self, part: Phase) {
        self.next(Some(part));
    }
}
