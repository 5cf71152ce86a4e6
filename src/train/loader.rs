//! Batches of crops, cut by threads ahead of the training step; the same whatever their number.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::data::store::Store;
use crate::error::{Error, Result};
use crate::method::{Placement, Sampling};
use crate::seed::Seed;

/// What is pre-trained on: some items of one or several stores of the same front end.
#[derive(Clone)]
pub struct Source {
    /// The stores.
    pub stores: Vec<Arc<Store>>,
    /// Store and item within it, in a fixed order.
    pub items: Vec<(usize, usize)>,
}

/// The crops of one step.
pub struct Crops {
    /// `[batch, clips, length × width]` values, row-major.
    pub values: Vec<f32>,
    /// The items' positions in [`Source::items`].
    pub items: Vec<i64>,
}

/// Everything that decides what a step's crops are.
#[derive(Clone)]
pub struct Plan {
    /// The items.
    pub source: Source,
    /// How they are cut.
    pub sampling: Sampling,
    /// Items per step.
    pub batch: usize,
    /// The run's seed.
    pub seed: Seed,
}

impl Plan {
    /// Steps in an epoch; the remainder is dropped.
    pub fn per_epoch(&self) -> u64 {
        (self.source.items.len() / self.batch) as u64
    }

    /// The crops of `step`, from the items' order in its epoch.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn crops(&self, step: u64, order: &[usize]) -> Result<Crops> {
        let first = (step % self.per_epoch()) as usize * self.batch;
        let chosen = &order[first..first + self.batch];
        let Sampling { clips, length, .. } = self.sampling;
        let width = length * self.source.stores[0].width();
        let mut values = vec![0.0; self.batch * clips * width];
        for (row, item) in chosen.iter().enumerate() {
            let (store, index) = self.source.items[*item];
            let store = &self.source.stores[store];
            for (clip, start) in
                self.starts(step, *item, store.length(index)).into_iter().enumerate()
            {
                let at = (row * clips + clip) * width;
                store.crop(index, start, length, &mut values[at..at + width])?;
            }
        }
        Ok(Crops { values, items: chosen.iter().map(|item| *item as i64).collect() })
    }

    fn starts(&self, step: u64, item: usize, available: usize) -> Vec<usize> {
        let Sampling { clips, length, placement } = self.sampling;
        let mut rng = self.seed.stream("crops", &[step, item as u64]);
        let whole = clips * length;
        if placement == Placement::Adjacent && whole <= available {
            let first = rng.random_range(0..=available - whole);
            return (0..clips).map(|clip| first + clip * length).collect();
        }
        let last = available.saturating_sub(length);
        (0..clips).map(|_| rng.random_range(0..=last)).collect()
    }

    /// The order of the items in an epoch.
    pub fn order(&self, epoch: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.source.items.len()).collect();
        order.shuffle(&mut self.seed.stream("order", &[epoch]));
        order
    }
}

/// Threads that cut crops ahead of the step that needs them.
pub struct Loader {
    queues: Vec<Receiver<Result<Crops>>>,
    next: usize,
    threads: Vec<JoinHandle<()>>,
}

impl Loader {
    /// Starts `threads` of them at step `first`; they end when the loader is dropped.
    pub fn start(plan: &Plan, first: u64, threads: usize) -> Loader {
        let threads = threads.max(1);
        let (mut queues, mut handles) = (Vec::new(), Vec::new());
        for thread in 0..threads {
            let (sender, receiver) = sync_channel(2);
            let plan = plan.clone();
            let steps = (first + thread as u64..).step_by(threads);
            handles.push(std::thread::spawn(move || work(&plan, steps, &sender)));
            queues.push(receiver);
        }
        Loader { queues, next: 0, threads: handles }
    }

    /// The next step's crops.
    ///
    /// # Errors
    /// When a store could not be read.
    pub fn take(&mut self) -> Result<Crops> {
        let queue = self.next % self.queues.len();
        self.next += 1;
        self.queues[queue].recv().map_err(|_| Error::Invalid("a loader thread died".into()))?
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.queues.clear();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn work(plan: &Plan, steps: impl Iterator<Item = u64>, out: &SyncSender<Result<Crops>>) {
    let mut epoch = u64::MAX;
    let mut order = Vec::new();
    for step in steps {
        if step / plan.per_epoch() != epoch {
            epoch = step / plan.per_epoch();
            order = plan.order(epoch);
        }
        if out.send(plan.crops(step, &order)).is_err() {
            return;
        }
    }
}
