//! Evaluation: embed every item once, fit probes on train, choose on valid, and only then open
//! test, clean and corrupted; or train the whole network on train; or look in test for items of one
//! work.

pub mod answers;
pub mod comparisons;
pub mod corruption;
pub mod embed;
pub mod finetune;
pub mod metric;
pub mod probe;
pub mod retrieve;
pub mod similarity;
pub mod suite;
pub mod unit;
