//! The whole command line with one method more.

use bench::{Entry, Registry};
use plugin::linear::{CONFIGS, Linear};

fn main() -> std::process::ExitCode {
    let mut registry = Registry::builtin();
    registry.insert(Entry::method::<Linear>("linear", CONFIGS)).expect("the name is free");
    bench::cli::main(registry)
}
