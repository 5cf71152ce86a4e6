//! Networks of attention over a sequence, and how a spectrogram becomes one: patches made into
//! tokens, some of them hidden.

pub mod mask;
pub mod mel_vit;
pub mod patch;
pub mod transformer;
pub mod vit;
