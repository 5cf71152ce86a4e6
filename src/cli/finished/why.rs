//! `bench why RUN [OTHER]`: what a run's identity is made of, and what differs between two.

use std::io::Write;

use clap::Args;

use crate::Result;
use crate::cli::print;
use crate::report::Identity;
use crate::report::grid::untitled;

/// What `why` takes.
#[derive(Args, Clone, Debug)]
pub struct WhyArgs {
    /// A run of a results folder: FOLDER:ROW:SEED, or FOLDER:ROW where the row has one run
    pub run: String,
    /// Another run: only what differs is printed
    pub other: Option<String>,
}

/// Prints one line per part; of two runs those that differ, with both values.
///
/// # Errors
/// When there is no such run.
pub fn run(args: &WhyArgs, out: &mut dyn Write) -> Result<()> {
    let identity = Identity::read(&args.run)?;
    let Some(other) = &args.other else {
        let line = |(path, value): (&String, &String)| vec![path.clone(), value.clone()];
        return print(out, &untitled(identity.parts.iter().map(line).collect()));
    };
    let other = Identity::read(other)?;
    let differing = identity.differing(&other);
    if differing.is_empty() {
        return print(out, "nothing differs\n");
    }
    let header = vec![String::new(), identity.name.clone(), other.name.clone()];
    let lines = differing.iter().map(|line| line.map(String::from).to_vec());
    print(out, &untitled(std::iter::once(header).chain(lines).collect()))
}
