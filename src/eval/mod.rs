//! Evaluation: embed every item once, fit probes on train, choose on valid, and only then open
//! test, clean and corrupted; or train the whole network on train; or look in test for items of one
//! work.

pub mod answers;
pub mod claim;
pub mod comparisons;
pub mod corruption;
pub mod embed;
pub mod finetune;
pub mod kind;
pub mod metric;
pub mod probe;
pub mod quotation;
pub mod retrieve;
pub mod similarity;
pub mod suite;
pub mod unit;
pub mod version;
