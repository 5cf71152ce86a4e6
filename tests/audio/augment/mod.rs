//! Augmentations against closed forms and direct filters in f64.

mod chain;
mod filter;
mod sound;
mod spectrograms;
mod track_chain;
