//! Evaluation: embed every item once, fit probes on train, choose on valid, and only then open
//! test, clean and corrupted; or look there for items of one work.

pub mod answers;
pub mod comparisons;
pub mod corruption;
pub mod embed;
pub mod metric;
pub mod probe;
pub mod retrieve;
pub mod similarity;
pub mod suite;
pub mod unit;
