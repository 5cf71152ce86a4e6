//! How annotations and lists are read that several data sets have alike.

pub mod keyed;
pub mod lists;
pub mod parts;
pub mod rows;
