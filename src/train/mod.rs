//! The driver: one loop that trains every method, and everything it needs to stop and go on
//! exactly.

mod checkpoint;
mod driver;
mod job;
mod loader;
mod log;
mod network;
mod optim;
mod perf;
mod recipe;
mod show;
mod step;

pub use driver::{Usage, cost_of_step, train, train_saving};
pub use job::Job;
pub use loader::{CropPlan, Crops, Cut, Loader, Source, TrainLabels};
pub use log::losses;
pub use network::{Network, Seen};
pub use optim::Updates;
pub use perf::{Perf, perf, steps_to_measure};
pub use recipe::{
    Budget, LabelShare, MicroBatch, Optimiser, Precision, Recipe, Schedule, StepCost,
};
pub use show::show;
pub use step::{Given, Passes, Phase, Unwatched, Watch, stack};

/// Raised by whoever changes the numbers training gives.
pub const VERSION: u32 = 1;
