//! Batches of crops, cut by threads ahead of the training step; the same whatever their number.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rand::RngExt;
use rand::seq::SliceRandom;

use super::network::Seen;
use super::recipe::Recipe;
use crate::data::store::Store;
use crate::error::{Error, Result};
use crate::method::{Classes, Placement, Sampling};
use crate::seed::Seed;

/// What is pre-trained on: some items of one or several stores of the same front end.
#[derive(Clone, Default)]
pub struct Source {
    /// Where the sound lies.
    pub stores: Vec<Arc<Store>>,
    /// Store and item within it, in a fixed order: those without a label, then those with one.
    pub items: Vec<(usize, usize)>,
    /// The labels of the last items; `None` where the method sees none.
    pub labels: Option<TrainLabels>,
}

/// Labels of the last items of a source.
#[derive(Clone)]
pub struct TrainLabels {
    /// Names of the classes or tags.
    pub classes: Vec<String>,
    /// Whether an item is of one class alone.
    pub exclusive: bool,
    /// `[labelled items, classes]` ones among zeros, row-major.
    pub marks: Arc<Vec<f32>>,
}

impl Source {
    /// Adds items of a store behind those it has.
    pub fn add(&mut self, store: Arc<Store>, items: &[usize]) {
        let place = self.stores.len();
        self.stores.push(store);
        self.items.extend(items.iter().map(|item| (place, *item)));
    }

    /// Its first items, with the labels they have.
    pub fn first(&self, items: usize) -> Source {
        let items = items.min(self.items.len());
        let labelled = items.saturating_sub(self.items.len() - self.labelled());
        let labels = self.labels.as_ref().map(|labels| {
            let marks = labels.marks[..labelled * labels.classes.len()].to_vec();
            TrainLabels { marks: Arc::new(marks), ..labels.clone() }
        });
        Source { stores: self.stores.clone(), items: self.items[..items].to_vec(), labels }
    }

    /// What a plugin is told of it.
    pub fn seen(&self) -> Seen<'_> {
        let labels = self.labels.as_ref();
        let classes = labels.map(|l| Classes { names: &l.classes, exclusive: l.exclusive });
        Seen { items: self.items.len(), classes: classes.unwrap_or_default(), file: None }
    }

    fn labelled(&self) -> usize {
        let rows = |labels: &TrainLabels| labels.marks.len() / labels.classes.len().max(1);
        self.labels.as_ref().map_or(0, rows)
    }
}

/// The crops of one step.
pub struct Crops {
    /// `[batch, clips, length × width]` values, row-major.
    pub values: Vec<f32>,
    /// `[batch, clips]` where they were cut.
    pub cuts: Vec<Cut>,
    /// The items' positions in [`Source::items`].
    pub items: Vec<i64>,
    /// `[batch, classes]`, all zero where an item is drawn without its label.
    pub labels: Option<Vec<f32>>,
}

/// Where a clip is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The store's position in [`Source::stores`].
    pub store: usize,
    /// The item within it.
    pub item: usize,
    /// Its first sample or frame.
    pub start: usize,
}

/// Everything that decides what a step's crops are.
#[derive(Clone)]
pub struct CropPlan {
    /// What is drawn from.
    pub source: Source,
    /// How they are cut.
    pub sampling: Sampling,
    /// Items per step.
    pub batch: usize,
    pools: Vec<Pool>,
    with_replacement: bool,
    seed: Seed,
}

/// Items from which a fixed number of every batch is drawn.
#[derive(Clone, Debug)]
struct Pool {
    /// The name of its random stream.
    order: &'static str,
    items: Range<usize>,
    in_batch: usize,
}

impl Pool {
    /// Steps until every item was drawn; the remainder is dropped.
    fn per_epoch(&self) -> u64 {
        (self.items.len() / self.in_batch).max(1) as u64
    }

    fn check(&self, with_replacement: bool) -> Result<()> {
        let (items, wanted) = (self.items.len(), self.in_batch);
        if items >= wanted || (with_replacement && items > 0) {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "a batch of {wanted} items cannot be drawn from {items}; lower train.batch or add items"
        )))
    }
}

/// The order of each pool's items in an epoch, as it was last needed.
pub(super) type Orders = Vec<(u64, Vec<usize>)>;

impl CropPlan {
    /// How a recipe draws from a source.
    ///
    /// # Errors
    /// When there are fewer items than a batch needs.
    pub fn new(
        source: Source,
        sampling: Sampling,
        recipe: &Recipe,
        seed: Seed,
    ) -> Result<CropPlan> {
        let (batch, free) = (recipe.batch, source.items.len() - source.labelled());
        let labelled = source.labels.as_ref().map_or(0, |_| recipe.labels.in_batch(batch));
        let pools = vec![
            Pool { order: "order", items: 0..free, in_batch: batch - labelled },
            Pool {
                order: "order of labelled",
                items: free..source.items.len(),
                in_batch: labelled,
            },
        ];
        let pools: Vec<Pool> = pools.into_iter().filter(|pool| pool.in_batch > 0).collect();
        pools.iter().try_for_each(|pool| pool.check(recipe.with_replacement))?;
        let with_replacement = recipe.with_replacement;
        Ok(CropPlan { source, sampling, batch, pools, with_replacement, seed })
    }

    /// Every item of a source in one batch.
    pub fn whole(source: Source, sampling: Sampling, seed: Seed) -> CropPlan {
        let batch = source.items.len();
        let pools = vec![Pool { order: "order", items: 0..batch, in_batch: batch }];
        CropPlan { source, sampling, batch, pools, with_replacement: false, seed }
    }

    /// Steps in an epoch: until the pool that lasts longest was drawn once.
    pub fn per_epoch(&self) -> u64 {
        self.pools.iter().map(Pool::per_epoch).max().unwrap_or(1)
    }

    /// The crops of `step`.
    pub(super) fn crops(&self, step: u64, orders: &mut Orders) -> Result<Crops> {
        let (chosen, length) = (self.chosen(step, orders), self.sampling.length);
        let cuts = self.cuts(step, &chosen);
        let width = length * self.source.stores[0].width();
        let mut values = vec![0.0; cuts.len() * width];
        for (cut, out) in cuts.iter().zip(values.chunks_exact_mut(width)) {
            self.source.stores[cut.store].crop(cut.item, cut.start, length, out)?;
        }
        let labels = self.source.labels.as_ref().map(|labels| self.marks(labels, &chosen));
        let items = chosen.iter().map(|item| *item as i64).collect();
        Ok(Crops { values, cuts, items, labels })
    }

    /// Where the clips of the items chosen for `step` lie, one item after the other.
    fn cuts(&self, step: u64, chosen: &[usize]) -> Vec<Cut> {
        let mut drawn: HashMap<usize, usize> = HashMap::new();
        let of = |position: &usize| {
            let (store, item) = self.source.items[*position];
            let again = drawn.entry(*position).or_default();
            let available = self.source.stores[store].length(item);
            let starts = self.starts(step, *position, *again, available);
            *again += 1;
            starts.into_iter().map(move |start| Cut { store, item, start })
        };
        chosen.iter().flat_map(of).collect()
    }

    fn chosen(&self, step: u64, orders: &mut Orders) -> Vec<usize> {
        orders.resize(self.pools.len(), (u64::MAX, Vec::new()));
        let mut chosen = Vec::with_capacity(self.batch);
        for (pool, (epoch, order)) in self.pools.iter().zip(orders) {
            if self.with_replacement {
                let mut rng = self.seed.stream(pool.order, &[step]);
                let draws = (0..pool.in_batch).map(|_| rng.random_range(pool.items.clone()));
                chosen.extend(draws);
                continue;
            }
            if *epoch != step / pool.per_epoch() {
                *epoch = step / pool.per_epoch();
                *order = pool.items.clone().collect();
                order.shuffle(&mut self.seed.stream(pool.order, &[*epoch]));
            }
            let first = (step % pool.per_epoch()) as usize * pool.in_batch;
            chosen.extend(&order[first..first + pool.in_batch]);
        }
        chosen
    }

    fn marks(&self, labels: &TrainLabels, chosen: &[usize]) -> Vec<f32> {
        let (classes, free) =
            (labels.classes.len(), self.source.items.len() - self.source.labelled());
        let mut rows = vec![0.0; chosen.len() * classes];
        for (row, item) in rows.chunks_mut(classes).zip(chosen) {
            if let Some(labelled) = item.checked_sub(free) {
                row.copy_from_slice(&labels.marks[labelled * classes..][..classes]);
            }
        }
        rows
    }

    /// Where the clips of an item start that was drawn `again` times before for this step.
    fn starts(&self, step: u64, item: usize, again: usize, available: usize) -> Vec<usize> {
        let Sampling { clips, length, placement } = self.sampling;
        let draw = [step, item as u64, again as u64];
        let mut rng = self.seed.stream("crops", if again == 0 { &draw[..2] } else { &draw });
        let whole = clips * length;
        if placement == Placement::Adjacent && whole <= available {
            let first = rng.random_range(0..=available - whole);
            return (0..clips).map(|clip| first + clip * length).collect();
        }
        let last = available.saturating_sub(length);
        (0..clips).map(|_| rng.random_range(0..=last)).collect()
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
    pub fn start(plan: &CropPlan, first: u64, threads: usize) -> Loader {
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
        self.queues[queue].recv().map_err(|_| Error::Failed("a loader thread died".into()))?
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

fn work(plan: &CropPlan, steps: impl Iterator<Item = u64>, out: &SyncSender<Result<Crops>>) {
    let mut orders = Orders::new();
    for step in steps {
        if out.send(plan.crops(step, &mut orders)).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_items_keep_the_labels_they_have() {
        let classes = vec!["major".to_string(), "minor".to_string()];
        let marks = Arc::new(vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
        let labels = Some(TrainLabels { classes, exclusive: true, marks });
        let source =
            Source { items: (0..5).map(|item| (0, item)).collect(), labels, stores: vec![] };
        let marks = |items| source.first(items).labels.unwrap().marks.to_vec();
        assert!(marks(2).is_empty());
        assert_eq!(marks(4), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(marks(9).len(), 6);
        assert_eq!(source.first(4).items.len(), 4);
    }
}
