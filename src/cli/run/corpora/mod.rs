//! The corpora of a suite: what of them is there, what rows are trained on so that it is not tested
//! too, and the stores of their sound.

mod absent;
mod landmarks;
mod stores;
mod supplies;
mod training_items;

pub use self::absent::{Absent, Lacking, LeftOut, Opened, nothing_left};
pub use self::stores::Stores;
pub use self::supplies::Supplies;
pub use self::training_items::{ByCorpus, Labelled};
