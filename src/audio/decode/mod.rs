//! From a file to checked mono samples.

mod au;
mod caf;
mod codec;
mod packets;
mod pcm;
mod stream;
mod wav;

use std::path::Path;

use crate::audio::Wave;
use crate::{Error, Result};

pub use codec::is_sound;

/// What a sane lossy decoder never exceeds (full scale is 1).
const LOSSY_PEAK: f32 = 16.0;

/// Sampling rates taken for sound, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 100..=1_000_000;

/// A file's sound and what was found on the way.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// All channels averaged.
    pub wave: Wave,
    /// Short name: `mp3`, `flac`, `pcm_s16le`.
    pub codec: String,
    /// In the file, at least 1.
    pub channels: usize,
    /// Packets that could not be decoded and were left out; a cut end counts as one.
    pub broken_packets: usize,
}

/// Why a file yields no sound.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// It is sound, in a codec without a decoder.
    Unsupported {
        /// Its short name.
        codec: String,
    },
    /// It is not sound, or too broken.
    Broken {
        /// Short name, where the file got that far.
        codec: Option<String>,
        /// What is wrong.
        message: String,
    },
}

impl Refusal {
    /// A refusal before any codec was known.
    pub(super) fn broken(message: impl Into<String>) -> Refusal {
        Refusal::Broken { codec: None, message: message.into() }
    }

    /// A refusal of what a codec gave or was given.
    pub(super) fn of(codec: &str, message: impl Into<String>) -> Refusal {
        Refusal::Broken { codec: Some(codec.to_string()), message: message.into() }
    }

    /// One line for a person.
    pub fn message(&self) -> String {
        match self {
            Refusal::Unsupported { codec } => format!("no decoder for the codec {codec}"),
            Refusal::Broken { codec: Some(codec), message } => format!("{codec}: {message}"),
            Refusal::Broken { codec: None, message } => message.clone(),
        }
    }
}

/// Decodes a whole sound file to mono at its own rate.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read, [`Error::Audio`] if no sound comes out of it: no
/// known format, no decoder, no samples, samples that are not finite, or a decoder's nonsense.
pub fn decode(path: &Path) -> Result<Decoded> {
    try_decode(path)?.map_err(|refusal| Error::audio(path, refusal.message()))
}

/// As [`decode`], with the kind of refusal kept.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read.
pub fn try_decode(path: &Path) -> Result<Result<Decoded, Refusal>> {
    let about = std::fs::metadata(path).map_err(Error::io("read", path))?;
    if !about.is_file() {
        return Err(Error::audio(path, "not a file"));
    }
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    Ok(read(bytes).and_then(checked))
}

fn read(mut bytes: Vec<u8>) -> Result<Decoded, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::broken("the file is empty"));
    }
    if let Some(codec) = codec::foreign(&bytes) {
        return Err(Refusal::Unsupported { codec });
    }
    if au::is_au(&bytes) {
        return au::read(&bytes);
    }
    let is_caf = caf::is_caf(&bytes);
    let pcm = if is_caf { caf::find_pcm(&bytes)? } else { wav::find_pcm(&bytes)? };
    if let Some((pcm, data)) = pcm {
        return pcm.decode(data);
    }
    if is_caf {
        bytes.truncate(caf::end(&bytes));
    }
    stream::read(bytes)
}

fn checked(decoded: Decoded) -> Result<Decoded, Refusal> {
    let refuse = |message: String| Err(Refusal::of(&decoded.codec, message));
    let Wave { rate, samples } = &decoded.wave;
    // Magnitudes of floats are ordered as their bits are; infinities and NaN come last.
    let Some(bits) = samples.iter().map(|s| s.abs().to_bits().cast_signed()).max() else {
        return refuse("no samples".to_string());
    };
    let peak = f32::from_bits(bits.cast_unsigned());
    if !RATES.contains(rate) {
        return refuse(format!("a rate of {rate} Hz is not that of sound"));
    }
    if !peak.is_finite() {
        let at = samples.iter().position(|s| !s.is_finite()).unwrap_or_default();
        return refuse(format!("sample {at} is not finite"));
    }
    if codec::is_lossy(&decoded.codec) && peak > LOSSY_PEAK {
        return refuse(format!("decoded to nonsense (peak {peak:.0} times full scale)"));
    }
    Ok(decoded)
}
