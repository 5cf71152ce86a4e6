//! The methods: one folder and one entry each, written as an outside crate would write them.

use bench::Entry;

pub mod chroma;
pub mod clmr;
pub mod log_mel;
pub mod majority;
pub mod myna;
pub mod semisupcon;

/// Every built-in method.
pub const ALL: &[Entry] = &[
    Entry::baseline::<majority::Majority>("majority", majority::CONFIGS),
    Entry::baseline::<log_mel::LogMel>("log_mel", log_mel::CONFIGS),
    Entry::baseline::<chroma::Chroma>("chroma", chroma::CONFIGS),
    Entry::method::<clmr::Clmr>("clmr", clmr::CONFIGS),
    Entry::method::<myna::Myna>("myna_square", myna::SQUARE),
    Entry::method::<myna::Myna>("myna_vertical", myna::VERTICAL),
    Entry::method::<myna::Myna>("myna_hybrid", myna::HYBRID),
    Entry::method::<semisupcon::SemiSupCon>("semisupcon", semisupcon::SAMPLE_CNN),
    Entry::method::<semisupcon::SemiSupCon>("semisupcon_tune", semisupcon::TUNE),
];
