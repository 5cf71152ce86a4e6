//! The stages of one run (train, embed, then probe, retrieve or fine-tune), each named by the hash
//! of all that can change its result and done only if the store lacks it.

mod answered;
mod embedding;
mod probing;
mod retrieval;
mod training;
mod tuning;

use std::path::PathBuf;

use tch::Device;

use super::plan::Plan;
use crate::cli::RunArgs;
use crate::progress::Show;

pub use self::answered::{Answer, Answered, Chance, Drawn};
pub use self::embedding::TaskEmbeddings;
pub use self::training::Ready;

/// The libtorch this program is built for.
pub const LIBTORCH: &str = env!("BENCH_LIBTORCH");

/// Where and how stages run.
pub struct Bench<'a> {
    /// What is run.
    pub plan: &'a Plan<'a>,
    /// Folder that keeps what each stage made.
    pub store: PathBuf,
    /// Where networks are trained and items embedded.
    pub device: Device,
    /// Loader threads.
    pub threads: usize,
    /// How progress is shown.
    pub show: Show,
}

impl<'a> Bench<'a> {
    /// Runs a plan as the command line says.
    pub fn new(plan: &'a Plan<'a>, args: &RunArgs, device: Device, show: Show) -> Bench<'a> {
        Bench { plan, store: args.store.clone(), device, threads: args.threads, show }
    }
}
