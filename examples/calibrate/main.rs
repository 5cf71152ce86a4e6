//! Measures what the statistics promise, by simulation: `calibrate [DIR] [--count N]`.
//!
//! Writes the rates of false verdicts, the coverage of intervals and the power of comparisons to a
//! folder, and prints each as it is measured. Exit codes: 0 if every promise holds, 1 if an
//! interval or a test claims more than it may, 2 for a wrong command line.

mod study;

use std::path::PathBuf;
use std::process::ExitCode;

use bench::Result;
use bench::data::parallel::available_threads;
use bench::files::write_atomically;
use clap::Parser;
use study::{Findings, Plan};

/// Measures false verdicts, coverage and power of the statistics by simulation.
#[derive(Parser)]
struct Arguments {
    /// Where the findings are written.
    #[arg(default_value = "results/calibration")]
    out: PathBuf,
    /// Simulations of each comparison by a mean over items; of what is slower, a stated part.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
    /// Threads, which change nothing but the time.
    #[arg(long, default_value_t = available_threads())]
    threads: usize,
}

fn main() -> ExitCode {
    match calibrate(&Arguments::parse()) {
        Ok(broken) if broken.is_empty() => ExitCode::SUCCESS,
        Ok(broken) => {
            broken.iter().for_each(|line| eprintln!("broken promise: {line}"));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// The promises that do not hold, in words.
fn calibrate(arguments: &Arguments) -> Result<Vec<String>> {
    let (count, threads) = (arguments.count as usize, arguments.threads);
    let findings = Findings::of(&Plan { count, threads, tell: |line| println!("{line}") })?;
    for (name, bytes) in findings.files()? {
        write_atomically(&arguments.out.join(name), &bytes)?;
    }
    Ok(findings.broken())
}
