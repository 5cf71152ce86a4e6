//! The whole command line of `bench` with one method more.
//!
//! `cargo test --release` holds the method to its contract; `cargo run --release -- run
//! src/example_method/suite.yaml` gives a first table.

use std::process::ExitCode;

use bench::{Entry, Registry};

mod example_method;

const ENTRY: Entry =
    Entry::method::<example_method::ExampleMethod>("example_method", example_method::CONFIGS);

fn main() -> ExitCode {
    let mut registry = Registry::builtin();
    registry.insert(ENTRY).expect("the name is free");
    bench::cli::main(registry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        let broken = bench::conformance::check(&ENTRY, "small").expect("it runs");
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}
