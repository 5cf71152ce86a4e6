//! `bench plan SUITE`: what finished results tell of how many seeds and items the next ones need.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::{print, suites};
use crate::error::{Error, Result};
use crate::eval::suite::Suite;
use crate::report::{self, Report};
use crate::settings;

/// What `plan` takes.
#[derive(Args, Clone, Debug)]
pub struct PlanArgs {
    /// A results folder, or a suite whose results are in results/<suite>
    pub suite: PathBuf,
    /// A difference that ought to be found: how many seeds, or how many test items, does it need?
    #[arg(long, value_name = "SIZE")]
    pub difference: Option<f64>,
}

/// Prints the smallest differences that each task and metric can find, and what a wanted one needs.
///
/// # Errors
/// When the suite has no results, or nothing in them is compared with an interval.
pub fn run(args: &PlanArgs, out: &mut dyn Write) -> Result<()> {
    if let Some(wanted) = args.difference.filter(|wanted| !(*wanted > 0.0 && wanted.is_finite())) {
        return Err(Error::Invalid(format!("--difference {wanted}: expected more than 0")));
    }
    let folder = folder(&args.suite)?;
    let report = Report::read(&folder)?;
    let powers = report::power::of(&report);
    if powers.is_empty() {
        let message =
            "no comparison has an interval, which needs two seeds and two groups of test items";
        return Err(Error::data(folder.display(), message));
    }
    print(out, &report::power::text(&report, &powers, args.difference))
}

/// The results folder of a suite.
fn folder(suite: &Path) -> Result<PathBuf> {
    if suite.join("suite.yaml").is_file() {
        return Ok(suite.to_path_buf());
    }
    let found = suites::find(suite);
    if found.is_err() && suite.is_dir() {
        let message = "there are no results in it (no suite.yaml)";
        return Err(Error::settings(suite.display(), message));
    }
    let (text, place) = found?;
    let Suite { name, .. } = settings::parse(&text, &place)?;
    let folder = Path::new("results").join(&name);
    if folder.join("suite.yaml").is_file() {
        return Ok(folder);
    }
    let message = format!(
        "there are no results in {}; `bench run {}` makes them, or name a results folder",
        folder.display(),
        suite.display()
    );
    Err(Error::settings(place, message))
}
