//! An outside crate: the built-in methods compiled a second time, and one method of its own.

#[path = "../../../methods/mod.rs"]
pub mod methods;

pub mod linear;
