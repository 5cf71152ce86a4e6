//! Effects that are done to whole recordings, sample by sample, with fixed settings.
//!
//! Where nothing else is said, settings and formulas are those of pedalboard
//! (<https://github.com/spotify/pedalboard>) and of the classes of JUCE that it wraps.

mod bit_crush;
mod chorus;
mod clipping;
mod compressor;
mod distortion;
mod splice_out;

pub use bit_crush::BitCrush;
pub use chorus::Chorus;
pub use clipping::Clipping;
pub use compressor::Compressor;
pub use distortion::Distortion;
pub use splice_out::SpliceOut;

/// Decibels as a ratio of amplitudes.
pub(super) fn amplitude(decibels: f64) -> f64 {
    10f64.powf(decibels / 20.0)
}
