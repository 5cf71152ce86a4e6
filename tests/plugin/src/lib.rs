//! An outside crate: the built-in methods compiled a second time. Beside this file lies the crate
//! that `bench new method --outside` writes.

#[path = "../../../methods/mod.rs"]
pub mod methods;
