//! Evaluation: embed every item once, fit probes on train, choose on valid, and only then open
//! test.

pub mod answers;
pub mod embed;
pub mod metric;
pub mod probe;
pub mod suite;
pub mod unit;
