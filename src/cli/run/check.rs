//! `bench check`: the plan of a suite and what it will take, without running it.

use std::io::Write;
use std::time::Instant;

use super::plan::{Plan, PlannedRow};
use super::seeds;
use super::stages::Bench;
use crate::cli::{RunArgs, print};
use crate::error::{Error, Result};
use crate::progress::Show;
use crate::registry::Registry;
use crate::seed::Seed;
use crate::train::{Job, cost_of_step};
use crate::{device, native};

/// Checks a suite and prints its plan: runs, what the store holds of them, and the time the missing
/// ones will take.
///
/// # Errors
/// When the suite is wrong or the device is not there.
pub fn check(registry: &Registry, args: &RunArgs, out: &mut dyn Write) -> Result<()> {
    let device = device::ready(&args.device)?;
    let plan = Plan::new(registry, args)?;
    let store = args.store.clone();
    let bench = Bench { plan: &plan, store, device, threads: args.threads, show: Show::Quiet };
    let suite = &plan.suite;
    let mut text = format!(
        "suite {} v{}: {}\ndevice {}; {} per trained run\n",
        suite.name,
        suite.version,
        suite.title,
        device::name(device),
        suite.budget.words()
    );
    for task in &plan.tasks {
        let [train, valid, test] = task.split.parts().map(|(_, items)| items.len());
        let name = &task.task.name;
        text += &format!(
            "task {name}: train {train}, valid {valid}, test {test} items of {}\n",
            task.task.corpus
        );
    }
    for warning in &plan.warnings {
        text += &format!("warning: {warning}\n");
    }
    print(out, &(text + "\n"))?;
    let mut total = 0.0;
    for planned in &plan.rows {
        let (line, seconds) = row(&bench, planned)?;
        total += seconds;
        print(out, &format!("{line}\n"))?;
    }
    let minutes = (total / 60.0).ceil();
    print(
        out,
        &format!(
            "\nabout {minutes} minutes of pre-training are missing; embedding and probes come on top\n"
        ),
    )
}

fn row(bench: &Bench<'_>, planned: &PlannedRow<'_>) -> Result<(String, f64)> {
    let seeds = seeds(bench, planned)?;
    let runs = seeds.len();
    let name = &planned.row.name;
    let Some(recipe) = &planned.recipe else {
        return Ok((format!("{name:24} {runs} runs, nothing to train"), 0.0));
    };
    let mut missing = 0;
    for seed in seeds.iter().flatten() {
        missing += usize::from(!bench.is_trained(planned, *seed)?);
    }
    let job = Job {
        entry: planned.entry,
        config: &planned.config,
        recipe,
        budget: &bench.plan.suite.budget,
        source: planned.silence(),
        file: planned.file(None),
        seed: Seed::new(1),
        device: bench.device,
        threads: 1,
    };
    let wrong = |e: Error| Error::settings(format!("row {name}"), e.to_string());
    cost_of_step(&job).map_err(wrong)?;
    let started = Instant::now();
    let cost = cost_of_step(&job)?;
    native::synchronize(bench.device);
    let step = started.elapsed().as_secs_f64();
    let steps = job.budget.steps(cost);
    let each = steps.map_or(job.budget.seconds.unwrap_or(0.0), |steps| steps as f64 * step);
    let items = job.source.items.len();
    let steps = steps.map_or("as many as fit".to_string(), |steps| steps.to_string());
    let line = format!(
        "{name:24} {runs} runs, {} in the store, {missing} missing; {steps} steps on {items} items of {:.2e} FLOPs, about {each:.0} s each",
        runs - missing,
        cost.flops as f64
    );
    Ok((line, each * missing as f64))
}
