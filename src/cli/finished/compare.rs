//! `bench compare A B`: two rows, runs, results folders or prediction files, from stored
//! predictions alone.

use std::io::Write;

use clap::Args;

use crate::Result;
use crate::cli::print;
use crate::report::compare::{self, Asked};

/// What `compare` takes.
#[derive(Args, Clone, Debug)]
#[command(after_help = FORMS)]
pub struct CompareArgs {
    /// FOLDER:ROW, FOLDER:ROW:SEED, FOLDER or FILE.csv
    pub a: String,
    /// What it is compared with, in the same forms
    pub b: String,
    /// Only this task [default: every task that both have]
    #[arg(long)]
    pub task: Option<String>,
    /// Only this metric [default: the task's metrics]
    #[arg(long)]
    pub metric: Option<String>,
    /// Differences up to this size do not matter: the region of practical equivalence
    #[arg(long, value_name = "SIZE", default_value_t = 0.01)]
    pub rope: f64,
    /// Print CSV, one line per figure
    #[arg(long)]
    pub csv: bool,
}

const FORMS: &str = "\
FOLDER is a results folder: of two, rows of the same name are compared; of a folder and a row, each row with that one.
FILE.csv holds one line per test item, from any program, in any order:
  id,truth,prediction[,rank]                one class per item (rank: the true class's place by score)
  id,truth,score:<class>,…                  one class per item, with every class's score
  id,truth:<tag>,score:<tag>,…              tags: the truth is 0 or 1
  id,truth:<name>,score:<name>,…            numbers
  id,truth,ranks                            retrieval: the work, and where its others are found (2|5|9)
A column `group` may say which items hang together (an artist, a work). Both sides must be of the same items.";

/// Prints the comparison.
///
/// # Errors
/// When an argument names nothing, a file is wrong, or both sides are not of the same test items.
pub fn run(args: &CompareArgs, out: &mut dyn Write) -> Result<()> {
    let asked = Asked { task: args.task.clone(), metric: args.metric.clone(), rope: args.rope };
    let contrasts = compare::compare(&args.a, &args.b, &asked)?;
    if args.csv {
        let csv = compare::csv(&contrasts)?;
        return print(out, &String::from_utf8_lossy(&csv));
    }
    print(out, &compare::text(&contrasts))
}
