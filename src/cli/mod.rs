//! The command line: what was typed is parsed here and done in the modules below.

pub mod audio;
pub mod data;
pub mod embed;
pub mod explain;
pub mod finished;
pub mod list;
pub mod new;
pub mod perf;
pub mod run;
pub mod suites;
pub mod views;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand};
use serde_yaml::Value;

use self::finished::{compare, power, report, rescore, why};
use crate::error::{Error, Result};
use crate::registry::{Entry, Registry};
use crate::settings;

/// Of the program, with its commit.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("BENCH_COMMIT"));

/// Compare ways of learning music representations: pre-train, embed, probe, and say which
/// differences are real.
#[derive(Parser)]
#[command(name = "bench", version = VERSION, max_term_width = 100, arg_required_else_help = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a suite: pre-train, embed and probe what the store lacks, then print the table
    Run(RunArgs),
    /// Make a results folder's tables again from its files and print them
    Report {
        /// A results folder, such as results/key
        folder: PathBuf,
    },
    /// Compute a results folder's scores again from its predictions, after a metric has changed
    Rescore {
        /// A results folder, such as results/key
        folder: PathBuf,
    },
    /// Compare two rows, runs, results folders or prediction files, with the tests that fit
    Compare(compare::CompareArgs),
    /// Print how small a difference a suite's results can find, and how many seeds or items a
    /// wanted one needs
    Plan(power::PlanArgs),
    /// Print what a run's identity is made of, or what differs between two
    Why(why::WhyArgs),
    /// List what there is to choose from
    List {
        /// What to list
        what: list::What,
    },
    /// Print what a method is, where it comes from and what can be set; or what a data set or a
    /// column of the results is
    Explain {
        /// A method (see `bench list methods`), a data set (`bench list datasets`), a column or
        /// word of the tables (`p_holm`), or `results` for all of them
        what: String,
    },
    /// Validate a suite without running it and print the plan
    Check(RunArgs),
    /// Decode sound files and print one CSV row for each
    Audio {
        /// Sound files, or folders of them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Export, check and split corpora; download published data sets and verify copies of them
    #[command(subcommand)]
    Data(data::Command),
    /// Write the embeddings of a manifest's items, for use elsewhere
    Embed(embed::EmbedArgs),
    /// Write what a method's loss compares as sound and pictures, to hear and see it
    Views(views::ViewsArgs),
    /// Measure training steps of a method: their speed, their parts, their memory
    Perf(perf::PerfArgs),
    /// Begin something of your own
    #[command(subcommand)]
    New(new::Command),
}

/// What `run` and `check` take.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// A suite's file, or the name of a built-in suite (see `bench list suites`)
    pub suite: PathBuf,
    /// The results folder, replaced once the suite is done; until then results are in DIR.partial
    /// [default: results/<suite>, or results/<suite>.trial where --only, --seeds or --set ask for
    /// another table than the suite's]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where runs, embeddings and corpora are kept
    #[arg(long, value_name = "DIR", default_value = ".bench")]
    pub store: PathBuf,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: String,
    /// Loader threads; the numbers do not depend on it
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = count())]
    pub threads: usize,
    /// Runs at the same time [default: as many as cores on a CPU, 1 on a GPU]
    #[arg(long, value_name = "N", value_parser = count())]
    pub jobs: Option<usize>,
    /// Only these rows, separated by commas (the baseline is always kept)
    #[arg(long, value_name = "ROW,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// This many seeds instead of the suite's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: Option<u64>,
    /// Change a setting of the suite: budget.flops=1e11, rows.ROW.set.train.lr=0.001
    #[arg(long, value_name = "A.B=C")]
    pub set: Vec<String>,
    /// No progress on standard error
    #[arg(long)]
    pub quiet: bool,
    /// Do one run for a process that waits for it (ROW:SEED)
    #[arg(long, hide = true)]
    pub worker: Option<String>,
}

/// A number of threads or processes.
fn count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1024)
}

/// Runs the command line with these methods; for `main` of this program and of outside crates.
pub fn main(registry: Registry) -> ExitCode {
    let line = Line::parse();
    match carry_out(line.command, &registry) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&error);
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}

fn complain(error: &Error) {
    eprintln!("error: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(because) = cause {
        eprintln!("because: {because}");
        cause = because.source();
    }
}

fn carry_out(command: Command, registry: &Registry) -> Result<bool> {
    let out = &mut std::io::stdout();
    match command {
        Command::Run(args) => run::run(registry, &args, out),
        Command::Check(args) => run::check(registry, &args, out).map(|()| true),
        Command::Report { folder } => report::run(&folder, out).map(|()| true),
        Command::Rescore { folder } => rescore::run(&folder, out).map(|()| true),
        Command::Compare(args) => compare::run(&args, out).map(|()| true),
        Command::Plan(args) => power::run(&args, out).map(|()| true),
        Command::Why(args) => why::run(&args, out).map(|()| true),
        Command::List { what } => list::run(registry, what, out).map(|()| true),
        Command::Explain { what } => explain::run(registry, &what, out).map(|()| true),
        Command::Audio { paths } => audio::run(&paths, out),
        Command::Data(command) => data::run(&command, out),
        Command::Embed(args) => embed::run(registry, &args).map(|()| true),
        Command::Views(args) => views::run(registry, &args, out).map(|()| true),
        Command::Perf(args) => perf::run(registry, &args, out).map(|()| true),
        Command::New(command) => new::run(registry, &command, out).map(|()| true),
    }
}

/// Prints text to `out`.
///
/// # Errors
/// When it cannot be written, for example to a closed pipe.
pub fn print(out: &mut dyn Write, text: &str) -> Result<()> {
    let place = Path::new("standard output");
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::io("write", place))
}

/// The `method:` section of a method's settings file, changed as `--set` says.
///
/// # Errors
/// When there is no such file or setting.
pub fn configure(entry: &Entry, config: &str, set: &[String]) -> Result<Value> {
    let value = sections(entry, config, set, &["method"])?;
    entry.resolve(value.get("method").cloned().unwrap_or_default())
}

/// A method's settings file, changed as `--set` says in no other sections than those `known`.
fn sections(entry: &Entry, config: &str, set: &[String], known: &[&str]) -> Result<Value> {
    let place = format!("{config} of {}", entry.name);
    let mut value: Value = settings::parse(entry.config(config)?, &place)?;
    for assignment in set {
        if !known.iter().any(|section| assignment.starts_with(&format!("{section}."))) {
            let message = match known {
                ["method"] => "only the method's own settings count here: method.mask=0.5",
                _ => "only settings of the method count here: method.mask=0.5, train.lr=0.001",
            };
            return Err(Error::settings(format!("--set {assignment}"), message));
        }
        settings::set(&mut value, assignment)?;
    }
    Ok(value)
}
