//! Core Audio Format, read for uncompressed samples only.
//!
//! symphonia refuses 8-bit and companded samples, files that are cut off, and the padding byte
//! that some programs write after data of odd length.

use super::Refusal;
use super::pcm::{Coding, Pcm};

/// Whether a file begins as CAF does.
pub(super) fn is_caf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"caff")
}

/// The layout and bytes of the samples, or `None` if they are compressed.
pub(super) fn find_pcm(bytes: &[u8]) -> Result<Option<(Pcm, &[u8])>, Refusal> {
    let (mut pcm, mut data) = (None, None);
    for (id, at, size) in chunks(bytes) {
        let body = &bytes[at..];
        match id {
            b"desc" => match layout(body)? {
                Some(found) => pcm = Some(found),
                None => return Ok(None),
            },
            // The first four bytes count edits.
            b"data" => data = Some((body.get(4..).unwrap_or_default(), size.map(|s| s - s.min(4)))),
            _ => {}
        }
    }
    let (Some(pcm), Some((data, size))) = (pcm, data) else {
        return Err(Refusal::broken("a CAF file without a description or without data"));
    };
    let held = size.unwrap_or(data.len()).min(data.len());
    let cut = size.is_some_and(|size| size > held);
    Ok(Some((Pcm { cut, ..pcm }, &data[..held])))
}

/// Where the last chunk ends that the file holds.
pub(super) fn end(bytes: &[u8]) -> usize {
    let ends = chunks(bytes).map(|(_, at, size)| size.map_or(bytes.len(), |size| at + size));
    ends.last().unwrap_or(bytes.len()).min(bytes.len())
}

/// Each chunk's name, start and size in bytes; no size means that it lasts to the end of the file.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], usize, Option<usize>)> {
    let mut at = 8_usize;
    std::iter::from_fn(move || {
        let head = bytes.get(at..at.checked_add(12)?)?;
        let (id, size) = (&head[..4], i64::from_be_bytes(head[4..].try_into().ok()?));
        let (start, size) = (at + 12, usize::try_from(size).ok());
        at = start.saturating_add(size.unwrap_or(usize::MAX));
        Some((id, start, size))
    })
}

fn layout(description: &[u8]) -> Result<Option<Pcm>, Refusal> {
    let word = |at: usize| description.get(at..at + 4).and_then(|b| b.try_into().ok());
    let word = |at: usize| word(at).map(u32::from_be_bytes);
    let rate = description.get(..8).and_then(|b| b.try_into().ok()).map(f64::from_be_bytes);
    let (Some(rate), Some(format)) = (rate, description.get(8..12)) else {
        return Err(Refusal::broken("a CAF description is cut off"));
    };
    let (Some(flags), Some(packet), Some(channels), Some(bits)) =
        (word(12), word(16), word(24), word(28))
    else {
        return Err(Refusal::broken("a CAF description is cut off"));
    };
    let coding = match format {
        b"lpcm" if flags & 1 != 0 => Coding::Float,
        b"lpcm" => Coding::Signed,
        b"ulaw" => Coding::MuLaw,
        b"alaw" => Coding::ALaw,
        _ => return Ok(None),
    };
    let bytes = packet.checked_div(channels).unwrap_or(0) as usize;
    if !(1..=8).contains(&bytes) || bits == 0 || bits > 8 * bytes as u32 {
        return Err(Refusal::broken("a CAF description contradicts itself"));
    }
    let big_endian = flags & 2 == 0;
    let (channels, rate) = (channels as usize, rate as u32);
    Ok(Some(Pcm { coding, bytes, bits, big_endian, channels, rate, cut: false }))
}
