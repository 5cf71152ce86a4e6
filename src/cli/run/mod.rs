//! `bench run` and `bench check`: what the store lacks is done, run by run; the results are made
//! beside the old ones and take their place at the end.

mod check;
mod corpora;
mod held;
mod plan;
mod results;
mod stages;
mod worker;

pub use self::check::check;

use std::collections::BTreeSet;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use tch::Device;

use self::corpora::{Lacking, Stores};
use self::plan::{Origin, Plan, PlannedRow, PlannedTask};
use self::results::Results;
use self::stages::{Answered, Bench, Ready};
use super::{RunArgs, print};
use crate::data::Front;
use crate::data::parallel::{available_threads, in_order_at_once};
use crate::error::{Error, Result};
use crate::eval::probe;
use crate::files::Replacement;
use crate::progress::Show;
use crate::registry::Registry;
use crate::report;
use crate::seed::Seed;
use crate::train::Usage;
use crate::{device, native};

/// Runs a suite and prints its table; `false` when a run failed or something was left out.
///
/// # Errors
/// When the suite is wrong, the device is not there, or results cannot be written.
pub fn run(registry: &Registry, args: &RunArgs, out: &mut dyn Write) -> Result<bool> {
    let device = device::ready(&args.device)?;
    let mut plan = Plan::new(registry, args, Lacking::LeftOut)?;
    if let Some(name) = &args.worker {
        compare_recordings(&mut plan, args)?;
        return worker::serve(&plan, args, device, name);
    }
    let show = Show::for_stderr(args.quiet);
    let folder = destination(args, &plan)?;
    let place = Replacement::begin(&folder, report::is_made)?;
    native::when_interrupted(&last_words(&folder, place.folder()));
    show.say(&format!("suite {} on {}", plan.suite.name, device::name(device)));
    if !plan.compared().is_empty() {
        prepare(&Bench::new(&plan, args, device, show))?;
        compare_recordings(&mut plan, args)?;
    }
    let bench = Bench::new(&plan, args, device, show);
    let mut results = Results::new(&bench, place.folder());
    results.leave_out(&plan.left_out)?;
    let counted = do_runs(&bench, args, &mut results)?;
    let report = results.write()?;
    place.finish()?;
    print(out, &format!("{}\n{}\n", report.text(), report.sentence()))?;
    show.say(&format!("{counted}, {} failed; results in {}", results.failed, folder.display()));
    plan.not_trained_on().iter().for_each(|what| show.say(what));
    let left_out = plan.left_out.told();
    left_out.iter().for_each(|what| show.warn(&format!("left out: {what}")));
    Ok(results.failed == 0 && left_out.is_empty())
}

/// Does every run of a plan and says how many there were.
fn do_runs(bench: &Bench<'_>, args: &RunArgs, results: &mut Results<'_>) -> Result<String> {
    let (mut stores, runs) = (prepare(bench)?, runs(bench)?);
    let mut to_train = 0;
    for (planned, seed) in runs.iter().filter(|(planned, _)| planned.recipe.is_some()) {
        to_train += usize::from(!bench.is_trained(planned, seed.unwrap_or(1))?);
    }
    let jobs = jobs(args, bench.device);
    in_order_at_once(
        runs.len(),
        jobs,
        &|index| worker::run_apart(bench, runs[index], args, jobs),
        &mut |index, helped| {
            let (planned, seed) = runs[index];
            let run = || one(bench, planned, seed.unwrap_or(1), &mut stores);
            let done = helped.and_then(|()| contained(run));
            match done.and_then(|outcome| Ok((bench.losses(&outcome.run)?, outcome))) {
                Ok((losses, outcome)) => results.add(planned, seed, &outcome, &losses)?,
                Err(error) => {
                    let seed_name = seed.map(|seed| format!(" seed {seed}")).unwrap_or_default();
                    let run = format!("{}{seed_name}", planned.row.name);
                    bench.show.warn(&format!("{run} failed: {}", error.told()));
                    results.add_failure(planned, seed, &error)?;
                }
            }
            results.write_some(runs.len())
        },
    )?;
    Ok(format!("{} runs ({to_train} to train)", runs.len()))
}

/// Every row with each of its seeds.
fn runs<'b>(bench: &'b Bench<'_>) -> Result<Vec<(&'b PlannedRow<'b>, Option<u64>)>> {
    let mut runs = Vec::new();
    for planned in &bench.plan.rows {
        runs.extend(seeds(bench, planned)?.into_iter().map(|seed| (planned, seed)));
    }
    Ok(runs)
}

/// Compares recordings by landmarks that must be there.
fn compare_recordings(plan: &mut Plan<'_>, args: &RunArgs) -> Result<()> {
    let folder = args.store.join("corpora");
    match plan.compare_recordings(&folder)? {
        true => Ok(()),
        false => Err(Error::data(folder.display(), "landmarks of a corpus were removed meanwhile")),
    }
}

/// The stores of all corpora, each decoded once for all that it needs.
fn prepare<'a>(bench: &Bench<'a>) -> Result<Stores<'a>> {
    let folder = bench.store.join("corpora");
    let mut stores = Stores::new(bench.plan, folder, available_threads(), bench.show);
    for (corpus, fronts) in fronts(bench)? {
        stores.prepare(corpus, &fronts)?;
    }
    Ok(stores)
}

/// The results folder: that of the suite, unless the command line names one or changes the suite.
///
/// # Errors
/// When it is a file, or holds something else.
fn destination(args: &RunArgs, plan: &Plan<'_>) -> Result<PathBuf> {
    let name = &plan.suite.name;
    let default = if plan.changed { format!("{name}.trial") } else { name.clone() };
    let folder = args.out.clone().unwrap_or_else(|| Path::new("results").join(default));
    if folder.exists() && !folder.is_dir() {
        let message = "it is a file; name a folder";
        return Err(Error::settings(format!("--out {}", folder.display()), message));
    }
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
pub struct RunOutcome {
    /// What its training used.
    pub cost: Option<Usage>,
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
) -> Result<RunOutcome> {
    let ready = bench.ready(planned, seed, stores)?;
    let mut tasks = Vec::new();
    for task in bench.plan.tasks_of(&planned.row.name) {
        tasks.extend(bench.answered(&ready, task, seed, stores)?);
    }
    let parameters = ready.network.parameters();
    let Ready { cost, run, fingerprint: weights, .. } = ready;
    Ok(RunOutcome { cost, run, weights, parameters, tasks })
}

/// Turns a panic inside a run, such as a shape that libtorch refuses, into that run's failure.
fn contained(run: impl FnOnce() -> Result<RunOutcome>) -> Result<RunOutcome> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(Error::Failed(format!(
            "the run panicked: {}",
            words.lines().next().unwrap_or_default()
        )))
    })
}

/// The front ends that the rows need of every corpus, and landmarks where recordings are compared.
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
    let sounds = plan.tasks.iter().flat_map(PlannedTask::sounds);
    let tested: BTreeSet<&str> = sounds.map(|sound| sound.corpus).collect();
    let (mut all, compared) = (Vec::new(), plan.compared());
    for name in plan.corpora.keys() {
        let mut wanted = Vec::new();
        wanted.extend(compared.contains(name.as_str()).then_some(Front::Landmarks));
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
    let trained = planned.entry.trains || matches!(planned.origin, Some(Origin::Row(_)));
    let mut asked = bench.plan.tasks_of(&planned.row.name);
    let fixed = !trained && (encoder.dim() == 0 || asked.all(certain));
    Ok(if fixed { vec![None] } else { (1..=bench.plan.suite.seeds).map(Some).collect() })
}
