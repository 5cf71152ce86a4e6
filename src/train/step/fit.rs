//! What fits into memory, found by trying.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;

use super::{Trainer, Unwatched, silence};
use crate::error::{Error, Result};
use crate::method::Progress;
use crate::train::{Job, MicroBatch, Recipe};
use crate::{device, native};

thread_local! {
    static TRYING: Cell<bool> = const { Cell::new(false) };
}

/// What came of training work, or `None` where memory did not suffice for it.
///
/// # Errors
/// Those of the work.
pub fn attempt<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    hush();
    let outer = TRYING.replace(true);
    // A panic leaves gradients switched off if it comes from where they are; the guard does not.
    let gradients = tch::no_grad_guard();
    let done = catch_unwind(AssertUnwindSafe(|| tch::with_grad(work)));
    drop(gradients);
    TRYING.set(outer);
    match done {
        Ok(Err(Error::Torch(text))) if native::is_out_of_memory(&text) => Ok(None),
        Ok(done) => done.map(Some),
        Err(panic) if is_shortage(panic.as_ref()) => Ok(None),
        Err(panic) => resume_unwind(panic),
    }
}

/// Keeps the message of a panic for want of memory to itself where somebody deals with it.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !(TRYING.get() && is_shortage(panic.payload())) {
                told(panic);
            }
        }));
    });
}

fn is_shortage(panic: &dyn Any) -> bool {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or(panic.downcast_ref::<&str>().copied()).is_some_and(native::is_out_of_memory)
}

/// A job's `train:` settings with the micro-batch that `auto` comes to: the whole batch if a step
/// on silence has enough memory, or else the first of its halves, quarters, … that has.
///
/// # Errors
/// When a part of one item is too much, or the settings are wrong.
pub fn settled(job: &Job<'_>) -> Result<Recipe> {
    let recipe = job.recipe;
    if recipe.micro_batch != Some(MicroBatch::Auto) {
        return Ok(recipe.clone());
    }
    for items in halves(recipe.batch) {
        let part = in_parts(recipe, items);
        if fits(job, &part)? {
            return Ok(part);
        }
    }
    Err(shortage(&job.with(&in_parts(recipe, 1))))
}

/// That a step of a job found too little memory, and with what it would find enough.
pub fn shortage(job: &Job<'_>) -> Error {
    native::release_memory(job.device);
    let recipe = job.recipe;
    let divisible = job.network().and_then(|mut network| network.divided().map(|_| ())).is_ok();
    let smaller = |items: usize| match divisible {
        true => in_parts(recipe, items),
        false => Recipe { batch: items, ..recipe.clone() },
    };
    let tried = recipe.at_once().unwrap_or(recipe.batch);
    let enough =
        halves(tried).skip(1).find(|items| fits(job, &smaller(*items)).is_ok_and(|fits| fits));
    let remedy = match enough {
        Some(items) if divisible => format!("with train.micro_batch: {items} it does"),
        Some(items) => format!("{items} do (train.batch)"),
        None => "nor does a smaller one".into(),
    };
    Error::OutOfMemory {
        method: job.entry.name.into(),
        batch: recipe.batch,
        at_once: recipe.at_once(),
        device: device::name(job.device),
        remedy,
    }
}

/// Whether memory suffices for a step with these settings.
fn fits(job: &Job<'_>, recipe: &Recipe) -> Result<bool> {
    let job = job.with(recipe);
    let done = attempt(|| {
        let mut trainer = Trainer::new(&job)?;
        let crops = silence(&trainer.plan, &trainer.network);
        let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
        trainer.advance(&crops, progress, &mut Unwatched)?;
        native::synchronize(job.device);
        Ok(())
    })?;
    native::release_memory(job.device);
    Ok(done.is_some())
}

fn in_parts(recipe: &Recipe, items: usize) -> Recipe {
    Recipe { micro_batch: Some(MicroBatch::Items(items)), ..recipe.clone() }
}

fn halves(items: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(items), |items| (*items > 1).then_some(items / 2))
}
