//! `bench perf METHOD`: what a training step takes, and what it spends it on.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use serde_yaml::Value;

use super::data::corpus::SoundArgs;
use super::{count, print, sections};
use crate::data::{CorpusSpec, Key, Store};
use crate::error::{Error, Result};
use crate::method::Supervision;
use crate::progress::Meter;
use crate::registry::{Entry, Registry};
use crate::report::grid::figures;
use crate::seed::Seed;
use crate::train::{
    Budget, Job, Network, Perf, Phase, Precision, Recipe, Seen, Source, TrainLabels, perf,
    steps_to_measure,
};
use crate::{PROGRAM, device, files, settings};

/// What `perf` takes.
#[derive(Args, Clone, Debug)]
pub struct PerfArgs {
    /// A method's name (see `bench list methods`)
    pub method: String,
    /// The method's settings file
    #[arg(long, default_value = "small")]
    pub config: String,
    /// Items in a step, drawn with replacement where there are few [default: what the settings say]
    #[arg(long, value_name = "N", value_parser = count())]
    pub batch: Option<usize>,
    /// f32 or bf16 [default: what the settings say]
    #[arg(long, value_parser = precision)]
    pub precision: Option<Precision>,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Steps to measure; as many again are taken part by part, after a few that are not measured
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = count())]
    pub steps: usize,
    /// A manifest (CSV: id,path,…), or etudes:N; labels are made up where a method wants some
    #[arg(long, default_value = "etudes:32,seconds=6")]
    pub corpus: CorpusSpec,
    /// Change a setting: method.mask=0.5, train.micro_batch=auto
    #[arg(long, value_name = "A.B=C")]
    pub set: Vec<String>,
    /// Also write the figures to this file, as a row of full precision in seconds and bytes
    #[arg(long, value_name = "FILE.csv")]
    pub csv: Option<PathBuf>,
    /// How its sound is prepared, and loader threads.
    #[command(flatten)]
    pub sound: SoundArgs,
}

/// Measures training steps of a method and prints what they take.
///
/// # Errors
/// When the method is not trained, the settings are wrong, or memory does not suffice.
pub fn run(registry: &Registry, args: &PerfArgs, out: &mut dyn Write) -> Result<()> {
    let (device, seed) = (device::ready(&args.device)?, Seed::new(0));
    let entry = registry.find(&args.method)?;
    let (config, recipe) = configured(entry, args)?;
    let corpus = args.sound.open(&args.corpus, "perf")?;
    let front = Network::new(entry, &config, Seen::default(), seed, device)?;
    let front = front.encoder().input().front();
    let store = args.sound.prepare(corpus.as_ref(), &[front])?.remove(0);
    let source = source(entry, store);
    // Half of the items may be labelled and are then drawn apart.
    let few = source.items.len() < 2 * recipe.batch;
    let recipe = Recipe { with_replacement: recipe.with_replacement || few, ..recipe };
    let (budget, threads, file) = (Budget::default(), args.sound.threads, None);
    let (config, recipe, budget) = (&config, &recipe, &budget);
    let job = Job { entry, config, recipe, budget, source, file, seed, device, threads };
    let steps = args.steps as u64;
    let mut meter = Meter::new(args.sound.show(), entry.name, steps_to_measure(steps), "steps");
    let found = perf(&job, steps, &mut |done| meter.set(done, ""))?;
    meter.finish();
    let row = Row::new(args, recipe, &found, device::name(device));
    if let Some(path) = &args.csv {
        files::write_atomically(path, &row.csv()?)?;
    }
    print(out, &row.text())
}

/// The `method:` and `train:` settings.
fn configured(entry: &Entry, args: &PerfArgs) -> Result<(Value, Recipe)> {
    if !entry.trains {
        let message = format!("{} is not trained, so it has no training step", entry.name);
        return Err(Error::Invalid(message));
    }
    let value = sections(entry, &args.config, &args.set, &["method", "train"])?;
    let section = |name: &str| value.get(name).cloned().unwrap_or_default();
    let recipe: Recipe = settings::from_value(section("train"), "train")?;
    let recipe = Recipe {
        batch: args.batch.unwrap_or(recipe.batch),
        precision: args.precision.unwrap_or(recipe.precision),
        ..recipe
    };
    recipe.check()?;
    Ok((entry.resolve(section("method"))?, recipe))
}

/// All items; for a method that sees labels, each of the second half is in one of the keys in turn.
fn source(entry: &Entry, store: Store) -> Source {
    let items: Vec<usize> = (0..store.items()).collect();
    let mut source = Source::default();
    source.add(Arc::new(store), &items);
    if entry.card.supervision != Supervision::None {
        let classes: Vec<String> = Key::all().map(|key| key.to_string()).collect();
        let (labelled, keys) = (items.len().div_ceil(2), classes.len());
        let marks =
            (0..labelled * keys).map(|at| f32::from(u8::from(at / keys % keys == at % keys)));
        source.labels =
            Some(TrainLabels { marks: Arc::new(marks.collect()), classes, exclusive: true });
    }
    source
}

fn precision(text: &str) -> Result<Precision> {
    settings::parse(text, "--precision")
}

/// The figures, as they are written to a file; what does not apply is empty.
#[derive(Serialize)]
struct Row<'a> {
    method: &'a str,
    config: &'a str,
    device: String,
    precision: &'static str,
    batch: usize,
    micro_batch: Option<usize>,
    steps: u64,
    items_per_second: f64,
    seconds_per_step: f64,
    loading_seconds: f64,
    views_seconds: f64,
    forward_seconds: f64,
    backward_seconds: f64,
    update_seconds: f64,
    peak_memory_bytes: Option<u64>,
    busy_share: Option<f64>,
    copied_bytes_per_step: Option<u64>,
    program: &'static str,
}

impl<'a> Row<'a> {
    fn new(args: &'a PerfArgs, recipe: &Recipe, found: &Perf, device: String) -> Row<'a> {
        let [loading, views, forward, backward, update] = found.parts;
        Row {
            method: &args.method,
            config: &args.config,
            device,
            precision: recipe.precision.name(),
            batch: found.batch,
            micro_batch: found.at_once,
            steps: found.steps,
            items_per_second: found.items_per_second(),
            seconds_per_step: found.seconds,
            loading_seconds: loading,
            views_seconds: views,
            forward_seconds: forward,
            backward_seconds: backward,
            update_seconds: update,
            peak_memory_bytes: found.peak_memory_bytes,
            busy_share: found.busy,
            copied_bytes_per_step: found.copied_bytes,
            program: PROGRAM,
        }
    }

    fn csv(&self) -> Result<Vec<u8>> {
        let unwritten = |e: String| Error::Failed(format!("the figures cannot be written: {e}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(self).map_err(|e| unwritten(e.to_string()))?;
        writer.into_inner().map_err(|e| unwritten(e.to_string()))
    }

    fn text(&self) -> String {
        let parts = match self.micro_batch {
            Some(items) => format!(" in parts of {items}"),
            None => String::new(),
        };
        let title = format!(
            "{} ({}) on {}: means over {} steps of {} items{parts} in {}",
            self.method, self.config, self.device, self.steps, self.batch, self.precision
        );
        let table = figures(self.figures().into_iter().map(Vec::from).collect());
        let note = "Parts are timed in steps of their own, which wait for the device after each.";
        format!("{title}\n\n{table}\n{note}\n")
    }

    fn figures(&self) -> Vec<[String; 2]> {
        let millis = |seconds: f64| format!("{:.2} ms", seconds * 1e3);
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        let or_dash = |figure: Option<String>| figure.unwrap_or("–".into());
        let mut rows = vec![
            ["items a second".to_string(), format!("{:.1}", self.items_per_second)],
            ["a step".to_string(), millis(self.seconds_per_step)],
        ];
        let seconds = [
            self.loading_seconds,
            self.views_seconds,
            self.forward_seconds,
            self.backward_seconds,
            self.update_seconds,
        ];
        let parts = Phase::ALL.iter().zip(seconds);
        rows.extend(parts.map(|(part, seconds)| [format!("  {}", part.name()), millis(seconds)]));
        let share = self.busy_share.map(|share| format!("{:.0} %", share * 100.0));
        let copied = self.copied_bytes_per_step.map(megabytes);
        rows.extend([
            ["peak memory".to_string(), or_dash(self.peak_memory_bytes.map(megabytes))],
            ["GPU busy".to_string(), or_dash(share)],
            ["copied to the GPU a step".to_string(), or_dash(copied)],
        ]);
        rows
    }
}
