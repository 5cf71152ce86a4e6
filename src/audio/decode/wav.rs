//! RIFF/WAVE headers, read for uncompressed samples only.
//!
//! symphonia trusts the bits per sample over the block size and refuses stream-written or
//! contradictory headers that other programs play, so PCM is read here; compressed WAVE goes to it.

use super::Refusal;
use super::pcm::{Coding, Pcm};

/// Data sizes from here on are placeholders of programs that wrote to a pipe.
const PLACEHOLDER: usize = 0x7fff_0000;

const EXTENSIBLE: u16 = 0xfffe;

/// Compressed formats that symphonia reads inside WAVE.
const COMPRESSED: [u16; 2] = [0x02, 0x11];

/// The layout and bytes of the samples, or `None` if this is no WAVE file or holds compressed data.
pub(super) fn find_pcm(bytes: &[u8]) -> Result<Option<(Pcm, &[u8])>, Refusal> {
    let riff = [b"RIFF", b"RF64", b"BW64"].iter().any(|id| bytes.starts_with(*id));
    if !riff || bytes.get(8..12) != Some(b"WAVE") {
        return Ok(None);
    }
    let mut format = None;
    let mut at = 12;
    while let Some((id, size)) = chunk(bytes, at) {
        let body = &bytes[at + 8..];
        match id {
            b"fmt " => format = Some(&body[..size.min(body.len())]),
            b"data" => {
                let format = format.ok_or_else(|| Refusal::broken("WAVE data without a format"))?;
                let held = held(bytes, size, body.len());
                let cut = held < size && size < PLACEHOLDER;
                let pcm = layout(format, cut)?;
                return Ok(pcm.map(|pcm| (pcm, &body[..held])));
            }
            _ => {}
        }
        at = (at + 8).saturating_add(size).saturating_add(size & 1);
    }
    Err(Refusal::broken("a WAVE file without data"))
}

fn chunk(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let size = bytes.get(at.checked_add(4)?..at.checked_add(8)?)?;
    Some((&bytes[at..at + 4], word(size, 0)? as usize))
}

/// How many bytes of data there are: what the header says, unless it was never filled in.
fn held(bytes: &[u8], size: usize, rest: usize) -> usize {
    let whole = word(bytes, 4).unwrap_or(0);
    let unfilled = size == 0 && (whole == 0 || whole == u32::MAX);
    if unfilled { rest } else { size.min(rest) }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes)
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes)
}

fn layout(format: &[u8], cut: bool) -> Result<Option<Pcm>, Refusal> {
    let fields = (half(format, 0), half(format, 2), word(format, 4), half(format, 12));
    let (Some(tag), Some(channels), Some(rate), Some(block)) = fields else {
        return Err(Refusal::broken("a WAVE format chunk is cut off"));
    };
    let stored = half(format, 14).unwrap_or(8);
    let (tag, valid) = match tag {
        EXTENSIBLE => (half(format, 24).unwrap_or(EXTENSIBLE), half(format, 18).unwrap_or(0)),
        tag => (tag, stored),
    };
    if COMPRESSED.contains(&tag) {
        return Ok(None);
    }
    let coding = coding(tag)?;
    if channels == 0 || stored == 0 || stored > 64 {
        let message = format!("{channels} channels of {stored} bits in a WAVE header");
        return Err(Refusal::broken(message));
    }
    let least = usize::from(stored).div_ceil(8);
    let per_block = usize::from(block) / usize::from(channels);
    let whole = usize::from(block) == per_block * usize::from(channels);
    let bytes = if whole && (least..=8).contains(&per_block) { per_block } else { least };
    let bits = if (1..=stored).contains(&valid) { valid } else { stored };
    // Samples of one byte are the only ones without a sign.
    let coding = if coding == Coding::Signed && bytes == 1 { Coding::Unsigned } else { coding };
    let channels = usize::from(channels);
    Ok(Some(Pcm { coding, bytes, bits: u32::from(bits), big_endian: false, channels, rate, cut }))
}

fn coding(tag: u16) -> Result<Coding, Refusal> {
    Ok(match tag {
        1 => Coding::Signed,
        3 => Coding::Float,
        6 => Coding::ALaw,
        7 => Coding::MuLaw,
        0x50 | 0x55 => return Err(Refusal::Unsupported { codec: "mp3 inside WAVE".to_string() }),
        0x160..=0x163 => return Err(Refusal::Unsupported { codec: "wma".to_string() }),
        _ => return Err(Refusal::Unsupported { codec: format!("WAVE format {tag:#06x}") }),
    })
}
