//! Corruptions of tested sound: what each does, and what a suite makes of them.

mod corruption;
mod effect;
mod suite;
