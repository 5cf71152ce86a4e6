//! The driver: one loop that trains every method, and everything it needs to stop and go on
//! exactly.

mod checkpoint;
mod driver;
mod loader;
mod log;
mod network;
mod optim;
mod recipe;
mod show;

pub use driver::{Cost, Job, cost_of_step, train, train_saving};
pub use loader::{Crops, Cut, Labels, Loader, Plan, Source};
pub use network::{Network, Seen};
pub use optim::Updates;
pub use recipe::{Budget, LabelShare, Optimiser, Precision, Recipe, Schedule, StepCost};
pub use show::show;

/// Raised by whoever changes the numbers training gives.
pub const VERSION: u32 = 1;
