//! `bench check`: the plan of a suite and what it will take, without running it.

use std::io::Write;
use std::time::Instant;

use super::corpora::{Absent, Lacking};
use super::held::Things;
use super::plan::{Plan, PlannedRow, PlannedTask};
use super::stages::Bench;
use super::{destination, fronts, jobs, seeds};
use crate::cli::{RunArgs, print};
use crate::data::Needs;
use crate::data::parallel::available_threads;
use crate::error::{Error, Result};
use crate::progress::Show;
use crate::registry::Registry;
use crate::seed::Seed;
use crate::train::{Job, Recipe, StepCost, cost_of_step};
use crate::{device, native};

/// Checks a suite and prints its plan: what of every run the store holds, what will be made, and
/// the time and space this will take.
///
/// # Errors
/// When the suite is wrong, the device is not there, or the store is damaged.
pub fn check(registry: &Registry, args: &RunArgs, out: &mut dyn Write) -> Result<()> {
    let device = device::ready(&args.device)?;
    let mut plan = Plan::new(registry, args, Lacking::Expected)?;
    if !plan.compare_recordings(&args.store.join("corpora"))? {
        let message = "recordings are compared by their sound when the suite runs: some may be left out \
                       of training, or the suite refused";
        plan.warnings.push(message.into());
    }
    let bench = Bench::new(&plan, args, device, Show::Quiet);
    let results = destination(args, &plan)?;
    print(out, &heading(&bench))?;
    print(out, &format!("results: {}\n\n", results.display()))?;
    let preparing = print_stores(&bench, out)?;
    let jobs = jobs(args, device);
    print(out, &line(["row", "seeds", "in the store", "to make"]))?;
    let mut trainings = Vec::new();
    for planned in &plan.rows {
        for part in parts(&bench, planned)? {
            let training = (part.left.weights > 0).then(|| Training::of(&bench, planned));
            let training = training.transpose()?;
            print(out, &part.line(&planned.row.name, training.as_ref()))?;
            trainings.extend(training.iter().flat_map(|t| vec![t.seconds; part.seeds.len()]));
        }
    }
    let longest = trainings.iter().copied().fold(0.0, f64::max);
    let training = longest.max(trainings.iter().sum::<f64>() / jobs as f64);
    print(
        out,
        &format!(
            "\nsound to prepare: {}; training with --jobs {jobs}: {}; embedding and probes come on top\n",
            minutes(preparing),
            minutes(training)
        ),
    )
}

fn heading(bench: &Bench<'_>) -> String {
    let suite = &bench.plan.suite;
    let mut text = format!(
        "suite {} v{}: {}\ndevice {}; {} per trained run\n",
        suite.name,
        suite.version,
        suite.title,
        device::name(bench.device),
        suite.budget.words()
    );
    text += &bench.plan.tasks.iter().map(asked).collect::<String>();
    for warning in bench.plan.told() {
        text += &format!("warning: {warning}\n");
    }
    text += &bench.plan.absent.iter().map(Absent::told).collect::<String>();
    for what in bench.plan.left_out.told() {
        text += &format!("left out: {what}\n");
    }
    text
}

/// A task's sizes and split, and what is to be said of them.
fn asked(planned: &PlannedTask) -> String {
    let [train, valid, test] = planned.split.parts().map(|(_, items)| items.len());
    let (name, corpus) = (&planned.task.name, &planned.task.corpus);
    let mut text =
        format!("task {name}: train {train}, valid {valid}, test {test} items of {corpus}\n");
    if !planned.origin.is_empty() {
        text += &format!("    split {}\n", planned.origin);
    }
    let corrupted: Vec<String> =
        planned.corrupted.iter().map(|test| test.corruption.name()).collect();
    if !corrupted.is_empty() {
        text += &format!("    its test items also through {}\n", corrupted.join(", "));
    }
    for warning in &planned.warnings {
        text += &format!("warning: task {name}: {warning}\n");
    }
    text
}

/// Says what stores there are and which will be made, and gives the seconds that takes.
fn print_stores(bench: &Bench<'_>, out: &mut dyn Write) -> Result<f64> {
    let mut seconds = 0.0;
    for (name, fronts) in fronts(bench)? {
        let corpus = bench.plan.corpora[name].as_ref();
        let needs = Needs::of(corpus, &fronts, &bench.store.join("corpora"))?;
        seconds += needs.seconds / available_threads() as f64;
        let there = fronts.len() - needs.stores;
        let mut text = format!("corpus {name}: {there} of {} stores there", fronts.len());
        if needs.stores > 0 {
            text += &format!(", the others will hold about {:.1} MB", needs.bytes / 1e6);
        }
        print(out, &(text + "\n"))?;
    }
    print(out, "\n")?;
    Ok(seconds)
}

/// Runs of a row of which the store holds the same.
struct Part {
    seeds: Vec<Option<u64>>,
    held: Things,
    left: Things,
}

impl Part {
    fn line(&self, row: &str, training: Option<&Training>) -> String {
        let seeds = match self.seeds.as_slice() {
            [Some(first), .., Some(last)] => format!("{first}–{last}"),
            [Some(only)] => only.to_string(),
            _ => "–".into(),
        };
        let training = training.map(|t| format!(" ({})", t.words())).unwrap_or_default();
        line([row, &seeds, &self.held.words(), &(self.left.words() + &training)])
    }
}

fn line([row, seeds, held, left]: [&str; 4]) -> String {
    format!("{row:24} {seeds:8} {held:34} {left}\n")
}

/// A row's runs, those of which the store holds the same together.
fn parts(bench: &Bench<'_>, planned: &PlannedRow<'_>) -> Result<Vec<Part>> {
    let all = Things::all(bench.plan, planned);
    let mut parts: Vec<Part> = Vec::new();
    for seed in seeds(bench, planned)? {
        let held = Things::held(bench, planned, seed.unwrap_or(1))?;
        match parts.last_mut().filter(|part| part.held == held) {
            Some(part) => part.seeds.push(seed),
            None => parts.push(Part { seeds: vec![seed], held, left: all.without(held) }),
        }
    }
    Ok(parts)
}

/// What a training run of a row takes.
struct Training {
    cost: StepCost,
    steps: Option<u64>,
    seconds: f64,
    /// Whether a whole batch was tried, rather than parts of it.
    tried: bool,
}

/// Items of the two batches from which a larger one is judged.
const JUDGED: [usize; 2] = [8, 16];

/// A larger batch is tried as a whole if it holds no more bytes and takes no more seconds.
const TRIED: (f64, f64) = (4e9, 20.0);

impl Training {
    /// As judged by one step on silence: of a whole batch, or of two small ones where that would
    /// take too much.
    fn of(bench: &Bench<'_>, planned: &PlannedRow<'_>) -> Result<Training> {
        let name = format!("row {}", planned.row.name);
        let recipe = planned.recipe.as_ref();
        let recipe = recipe.ok_or_else(|| Error::settings(&name, "is not trained"))?;
        let step = |batch: usize| -> Result<(StepCost, f64)> {
            let part = Recipe { batch, ..recipe.clone() };
            timed(&job(bench, planned, &part)).map_err(|e| Error::settings(&name, e.told()))
        };
        let judged = (recipe.batch > JUDGED[1])
            .then(|| {
                Ok::<_, Error>(extrapolated(
                    recipe.batch,
                    JUDGED,
                    [step(JUDGED[0])?, step(JUDGED[1])?],
                ))
            })
            .transpose()?;
        let modest = |(cost, seconds): &(StepCost, f64)| {
            cost.memory as f64 <= TRIED.0 && *seconds <= TRIED.1
        };
        let (tried, (mut cost, seconds)) = match judged {
            Some(judged) if !modest(&judged) => (false, judged),
            _ => (true, step(recipe.batch)?),
        };
        // Adam keeps two values for every one it optimises.
        cost.memory += 8 * planned.network(None, Seed::new(1), bench.device)?.parameters();
        let budget = planned.budget(&bench.plan.suite);
        let (steps, limit) = (budget.steps(cost), budget.seconds.unwrap_or(0.0));
        Ok(Training { cost, steps, seconds: steps.map_or(limit, |n| n as f64 * seconds), tried })
    }

    fn words(&self) -> String {
        let steps = self.steps.map_or("as many steps as fit".into(), |n| format!("{n} steps"));
        let judged = if self.tried { "" } else { " judged by smaller batches," };
        let gigabytes = self.cost.memory as f64 / 1e9;
        format!(
            "{steps} of {:.1e} FLOPs,{judged} {}, {gigabytes:.1} GB",
            self.cost.flops as f64,
            duration(self.seconds)
        )
    }
}

fn job<'a>(bench: &'a Bench<'_>, planned: &'a PlannedRow<'_>, recipe: &'a Recipe) -> Job<'a> {
    Job {
        entry: planned.entry,
        config: &planned.config,
        recipe,
        budget: planned.budget(&bench.plan.suite),
        source: planned.silence(),
        file: planned.file(None),
        seed: Seed::new(1),
        device: bench.device,
        threads: 1,
    }
}

/// What a step costs, and the seconds it takes once everything is warm.
fn timed(job: &Job<'_>) -> Result<(StepCost, f64)> {
    cost_of_step(job)?;
    let started = Instant::now();
    let cost = cost_of_step(job)?;
    native::synchronize(job.device);
    Ok((cost, started.elapsed().as_secs_f64()))
}

/// What a step of `batch` items costs if it grows from the second of two batches as it grew from
/// the first.
fn extrapolated(batch: usize, tried: [usize; 2], costs: [(StepCost, f64); 2]) -> (StepCost, f64) {
    let [(few, sooner), (many, later)] = costs;
    let times = (batch - tried[1]) as f64 / (tried[1] - tried[0]) as f64;
    let grown = |from: f64, to: f64| to + times * (to - from).max(0.0);
    let whole = |from: u64, to: u64| grown(from as f64, to as f64) as u64;
    let cost = StepCost {
        clips: whole(few.clips, many.clips),
        flops: whole(few.flops, many.flops),
        per_epoch: (many.per_epoch * tried[1] as u64 / batch as u64).max(1),
        memory: whole(few.memory, many.memory),
    };
    (cost, grown(sooner, later))
}

fn duration(seconds: f64) -> String {
    match seconds {
        _ if seconds < 180.0 => format!("about {seconds:.0} s"),
        _ if seconds < 10_800.0 => format!("about {:.0} minutes", seconds / 60.0),
        _ if seconds < 259_200.0 => format!("about {:.0} hours", seconds / 3600.0),
        _ => format!("about {:.0} days", seconds / 86_400.0),
    }
}

fn minutes(seconds: f64) -> String {
    match seconds {
        0.0 => "nothing".into(),
        _ if seconds < 60.0 => "less than a minute".into(),
        _ => duration(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_larger_than_all_items_has_a_step_in_an_epoch() {
        let cost = |clips: u64| StepCost { clips, flops: 10 * clips, per_epoch: 3, memory: clips };
        let (judged, seconds) = extrapolated(4096, JUDGED, [(cost(8), 1.0), (cost(16), 2.0)]);
        let expected = StepCost { clips: 4096, flops: 40_960, per_epoch: 1, memory: 4096 };
        assert_eq!((judged, seconds), (expected, 512.0));
    }
}
