//! `bench run` and `bench check`: what the store lacks is done, run by run; the results are made
//! beside the old ones and take their place at the end.

mod absent;
mod answered;
mod check;
mod held;
mod labels;
mod plan;
mod results;
mod retrieval;
mod row;
mod stages;
mod stores;
mod supplies;
mod training_items;
mod tuning;
mod worker;

pub use self::check::check;

use std::collections::BTreeSet;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tch::Device;

use self::absent::Lacking;
use self::answered::Answered;
use self::plan::{Plan, PlannedTask};
use self::results::Results;
use self::row::PlannedRow;
use self::stages::{Bench, Ready};
use self::stores::Stores;
use super::{RunArgs, print};
use crate::data::Front;
use crate::data::parallel::{available_threads, in_order_at_once};
use crate::error::{Error, Result};
use crate::eval::probe;
use crate::files::Replacement;
use crate::progress::Show;
use crate::registry::Registry;
use crate::seed::Seed;
use crate::train::Cost;
use crate::{device, native};

/// Runs a suite and prints its table; `false` when a run failed or something was left out.
///
/// # Errors
/// When the suite is wrong, the device is not there, or results cannot be written.
pub fn run(registry: &Registry, args: &RunArgs, out: &mut dyn Write) -> Result<bool> {
    let device = device::ready(&args.device)?;
    let plan = Plan::new(registry, args, Lacking::LeftOut)?;
    if let Some(name) = &args.worker {
        return worker::serve(&plan, args, device, name);
    }
    let show = Show::for_stderr(args.quiet);
    let folder = destination(args, &plan)?;
    let place = Replacement::begin(&folder)?;
    native::when_interrupted(&last_words(&folder, place.folder()));
    show.say(&format!("suite {} on {}", plan.suite.name, device::name(device)));
    let bench =
        Bench { plan: &plan, store: args.store.clone(), device, threads: args.threads, show };
    let mut stores = Stores::new(&plan, args.store.join("corpora"), available_threads(), show);
    // Each corpus is decoded once for all.
    for (corpus, fronts) in fronts(&bench)? {
        stores.prepare(corpus, &fronts)?;
    }
    let mut runs = Vec::new();
    for planned in &plan.rows {
        runs.extend(seeds(&bench, planned)?.into_iter().map(|seed| (planned, seed)));
    }
    let mut to_train = 0;
    for (planned, seed) in &runs {
        let trains = planned.recipe.is_some();
        to_train += usize::from(trains && !bench.is_trained(planned, seed.unwrap_or(1))?);
    }
    let jobs = jobs(args, device);
    let mut results = Results::new(&bench, place.folder());
    results.leave_out(&plan.left_out)?;
    in_order_at_once(
        runs.len(),
        jobs,
        &|index| worker::run_apart(&bench, runs[index], args, jobs),
        &mut |index, helped| {
            let (planned, seed) = runs[index];
            let run = || one(&bench, planned, seed.unwrap_or(1), &mut stores);
            match helped.and_then(|()| contained(run)) {
                Ok(outcome) => results.add(planned, seed, &outcome)?,
                Err(error) => {
                    let seed_name = seed.map(|seed| format!(" seed {seed}")).unwrap_or_default();
                    show.warn(&format!("{}{seed_name} failed: {}", planned.row.name, error.told()));
                    results.add_failure(planned, seed, &error)?;
                }
            }
            results.write_some(runs.len())
        },
    )?;
    let report = results.write()?;
    place.finish()?;
    print(out, &format!("{}\n{}\n", report.text(), report.sentence()))?;
    let (count, failed) = (runs.len(), results.failed);
    let counted = format!("{count} runs ({to_train} to train), {failed} failed");
    show.say(&format!("{counted}; results in {}", folder.display()));
    let left_out = plan.left_out.told();
    left_out.iter().for_each(|what| show.warn(&format!("left out: {what}")));
    Ok(failed == 0 && left_out.is_empty())
}

/// The results folder: that of the suite, unless the command line names one or changes the suite.
///
/// # Errors
/// When it holds something else.
fn destination(args: &RunArgs, plan: &Plan<'_>) -> Result<PathBuf> {
    let name = &plan.suite.name;
    let default = if plan.changed { format!("{name}.trial") } else { name.clone() };
    let folder = args.out.clone().unwrap_or_else(|| Path::new("results").join(default));
    let filled = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if filled && !folder.join("suite.yaml").exists() {
        let message = "it holds files that are no results; choose a new or an empty folder";
        return Err(Error::settings(format!("--out {}", folder.display()), message));
    }
    Ok(folder)
}

/// What is said when the suite is interrupted.
fn last_words(folder: &Path, partial: &Path) -> String {
    let (folder, partial) = (folder.display(), partial.display());
    format!(
        "\ninterrupted: what is finished is in the store, and the table so far in {partial}; \
         {folder} is as it was\n"
    )
}

/// What one run gave.
pub struct Outcome {
    /// What its training used.
    pub cost: Option<Cost>,
    /// The name of its training stage; empty where nothing was trained.
    pub run: String,
    /// The hash of its weights and settings.
    pub weights: String,
    /// Values in its network.
    pub parameters: u64,
    /// Its answers.
    pub tasks: Vec<Answered>,
}

fn one(
    bench: &Bench<'_>,
    planned: &PlannedRow<'_>,
    seed: u64,
    stores: &mut Stores<'_>,
) -> Result<Outcome> {
    let ready = bench.ready(planned, seed, stores)?;
    let mut tasks = Vec::new();
    for task in bench.plan.tasks_of(&planned.row.name) {
        tasks.push(bench.answered(&ready, task, seed, stores)?);
    }
    let parameters = ready.network.parameters();
    let Ready { cost, run, fingerprint: weights, .. } = ready;
    Ok(Outcome { cost, run, weights, parameters, tasks })
}

/// Turns a panic inside a run, such as a shape that libtorch refuses, into that run's failure.
fn contained(run: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(Error::Failed(format!(
            "the run panicked: {}",
            words.lines().next().unwrap_or_default()
        )))
    })
}

/// The front ends that the rows need of every corpus.
fn fronts<'a>(bench: &Bench<'a>) -> Result<Vec<(&'a str, Vec<Front>)>> {
    let plan = bench.plan;
    let mut fronts: Vec<(Front, BTreeSet<&str>)> = Vec::new();
    for planned in &plan.rows {
        let network = planned.network(None, Seed::new(0), bench.device)?;
        let encoder = network.encoder();
        if encoder.dim() > 0 && encoder.recall("", &[])?.is_none() {
            fronts.push((encoder.input().front(), planned.trained_on()));
        }
    }
    let tested: BTreeSet<&str> = plan.tasks.iter().map(|task| task.task.corpus.as_str()).collect();
    let mut all = Vec::new();
    for name in plan.corpora.keys() {
        let mut wanted = Vec::new();
        for (front, trained) in &fronts {
            let needed = tested.contains(name.as_str()) || trained.contains(name.as_str());
            if needed && !wanted.contains(front) {
                wanted.push(front.clone());
            }
        }
        all.push((name.as_str(), wanted));
    }
    Ok(all)
}

/// How many runs go side by side.
fn jobs(args: &RunArgs, device: Device) -> usize {
    args.jobs.unwrap_or(if device.is_cuda() { 1 } else { available_threads() })
}

/// The seeds a row runs with; one run without a seed if nothing about it involves chance.
fn seeds(bench: &Bench<'_>, planned: &PlannedRow<'_>) -> Result<Vec<Option<u64>>> {
    let network = planned.network(None, Seed::new(0), bench.device)?;
    let encoder = network.encoder();
    let certain = |task: &PlannedTask| {
        let chance = task.task.finetune.is_some() || task.task.probe.is_some();
        let own = || probe::knows(encoder, &task.answers.names, bench.device);
        !chance || (task.task.finetune.is_none() && own())
    };
    let fixed = !planned.entry.trains
        && (encoder.dim() == 0 || bench.plan.tasks_of(&planned.row.name).all(certain));
    Ok(if fixed { vec![None] } else { (1..=bench.plan.suite.seeds).map(Some).collect() })
}
