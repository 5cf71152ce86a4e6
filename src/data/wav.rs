//! Mono 16-bit WAV files, for listening and for other programs.

use crate::audio::Wave;
use crate::error::{Error, Result};

/// The bytes of a WAV file; samples beyond full scale are clipped.
///
/// # Errors
/// When there are more samples than such a file can hold: 4 GiB of them.
pub(crate) fn bytes(wave: &Wave) -> Result<Vec<u8>> {
    let too_long = |_| Error::Invalid("a WAV file holds no more than 4 GiB".into());
    let size = u32::try_from(2 * wave.samples.len() + 36).map_err(too_long)? - 36;
    let mut bytes = Vec::with_capacity(44 + size as usize);
    let mut word = |value: u32| bytes.extend(value.to_le_bytes());
    word(u32::from_le_bytes(*b"RIFF"));
    word(36 + size);
    word(u32::from_le_bytes(*b"WAVE"));
    word(u32::from_le_bytes(*b"fmt "));
    word(16);
    word(1 | 1 << 16); // PCM, one channel
    word(wave.rate);
    word(2 * wave.rate);
    word(2 | 16 << 16); // bytes per frame, bits per sample
    word(u32::from_le_bytes(*b"data"));
    word(size);
    let coded = wave.samples.iter().map(|sample| (sample * 32_768.0).round() as i16);
    bytes.extend(coded.flat_map(i16::to_le_bytes));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_16_bit_mono() {
        let bytes = bytes(&Wave { rate: 16_000, samples: vec![0.0, 1.0, -2.0] }).unwrap();
        let expected: [u8; 50] =
            *b"RIFF\x2a\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0\
            data\x06\0\0\0\0\0\xff\x7f\x00\x80";
        assert_eq!(bytes, expected);
    }
}
