//! Optimisers that update all parameters, or several networks, at once.

mod adam;
mod sgd;
mod stacked_adam;

pub use adam::{Adam, AdamTensors, forget_gradients};
pub use sgd::Sgd;
pub use stacked_adam::StackedAdam;
