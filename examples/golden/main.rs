//! Compares what this crate computes with reference values from other implementations: `golden
//! DIR`.
//!
//! Prints a line per comparison and how many passed. Exit codes: 0 if all did, 1 if one did not, 2
//! if there is no such folder.

mod compare;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use compare::{Line, compare};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: golden DIR");
        return ExitCode::from(2);
    };
    let lines = match compare(&folder) {
        Ok(lines) => lines,
        Err(error) => {
            eprintln!("{error}; it should hold the reference values");
            return ExitCode::from(2);
        }
    };
    let failed = lines.iter().filter(|line| line.failed()).count();
    match print(&lines, failed) {
        Ok(()) if failed == 0 => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    }
}

fn print(lines: &[Line], failed: usize) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    let passed = lines.iter().filter(|line| line.passed()).count();
    let skipped = lines.len() - passed - failed;
    writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")
}
