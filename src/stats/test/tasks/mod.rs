//! Several rows on several tasks.

mod friedman;
mod interquartile;
mod nemenyi;

pub use friedman::{MeanRanks, Ties};
pub use interquartile::interquartile_mean;
pub use nemenyi::critical_value;
