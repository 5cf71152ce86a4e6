//! Runs side by side: each in a process of its own, since libtorch's random generator belongs to
//! the process.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStdout, Command, Stdio};

use super::corpora::Stores;
use super::held::Things;
use super::plan::{Plan, PlannedRow};
use super::stages::Bench;
use super::{contained, one};
use crate::cli::RunArgs;
use crate::error::{Error, Result};
use crate::progress::{Meter, Show};
use tch::Device;

/// Has a process do one run, unless there is only one job or nothing left to do.
///
/// # Errors
/// With what the process said, when the run failed.
pub fn run_apart(
    bench: &Bench<'_>,
    (planned, seed): (&PlannedRow<'_>, Option<u64>),
    args: &RunArgs,
    jobs: usize,
) -> Result<()> {
    let (2.., Some(seed)) = (jobs, seed) else { return Ok(()) };
    if Things::held(bench, planned, seed)? == Things::all(bench.plan, planned) {
        return Ok(());
    }
    let program =
        std::env::current_exe().map_err(|e| Error::Failed(format!("cannot start a run: {e}")))?;
    let mut command = Command::new(program);
    command
        .arg("run")
        .arg(&args.suite)
        .arg("--store")
        .arg(&args.store)
        .args(["--device", &args.device]);
    command.arg("--threads").arg(args.threads.to_string());
    command.arg("--worker").arg(format!("{}:{seed}", planned.row.name));
    if let Some(seeds) = args.seeds {
        command.arg("--seeds").arg(seeds.to_string());
    }
    if !args.only.is_empty() {
        command.arg("--only").arg(args.only.join(","));
    }
    for assignment in &args.set {
        command.arg("--set").arg(assignment);
    }
    // Two sets of spinning threads on the same cores would wait for each other.
    command.env("OMP_NUM_THREADS", "1");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|e| Error::Failed(format!("cannot start a run: {e}")))?;
    let _alive = child.stdin.take();
    let label = format!("{} seed {seed}", planned.row.name);
    let said = relay(child.stdout.take(), Meter::new(bench.show, &label, 0, "steps"));
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) if said.trim().is_empty() => {
            Err(Error::Failed(format!("the run ended with {status}")))
        }
        _ => Err(Error::Failed(said.trim().to_string())),
    }
}

/// Shows what a run relays and gives what else it said.
fn relay(stdout: Option<ChildStdout>, mut meter: Meter) -> String {
    let lines = stdout.map(|out| BufReader::new(out).lines()).into_iter().flatten();
    // A line that cannot be read ends them; why shows in the exit status.
    let said: Vec<String> =
        lines.map_while(std::io::Result::ok).filter(|line| !meter.relay(line)).collect();
    meter.finish();
    said.join("\n")
}

/// Does one run for the process that waits for it; `false` for a failure, said on standard output.
///
/// # Errors
/// When the name is not `ROW:SEED`.
pub fn serve(plan: &Plan<'_>, args: &RunArgs, device: Device, name: &str) -> Result<bool> {
    let unknown = || Error::settings("--worker", format!("{name:?} is no ROW:SEED of this suite"));
    let (row, seed) = name.rsplit_once(':').ok_or_else(unknown)?;
    let seed = seed.parse().map_err(|_| unknown())?;
    let planned = plan.rows.iter().find(|planned| planned.row.name == row).ok_or_else(unknown)?;
    end_with_parent();
    let show = Show::Relayed;
    let bench = Bench::new(plan, args, device, show);
    let mut stores = Stores::new(plan, args.store.join("corpora"), args.threads, Show::Quiet);
    let done = contained(|| one(&bench, planned, seed, &mut stores));
    if let Err(error) = &done {
        println!("{}", error.told());
    }
    Ok(done.is_ok())
}

/// Ends this process when the one that started it dies: its end of standard input then closes.
fn end_with_parent() {
    std::thread::spawn(|| {
        let mut nothing = [0; 1];
        while matches!(std::io::stdin().read(&mut nothing), Ok(1..)) {}
        // Not `exit`, which would take libtorch apart while the run is still using it.
        std::process::abort();
    });
}
