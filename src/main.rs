//! The command `bench` with its built-in methods.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench::cli::main(bench::Registry::builtin())
}
