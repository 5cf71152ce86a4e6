//! What is told of finished results.

pub mod compare;
pub mod power;
pub mod report;
pub mod rescore;
pub mod why;
