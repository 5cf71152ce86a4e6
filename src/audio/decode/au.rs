//! Sun AU (`.snd`): a header of six big-endian words, then samples.

use super::pcm::{Coding, Pcm};
use super::{Decoded, Refusal};

/// A data size that says nothing.
const UNKNOWN: u32 = u32::MAX;

/// Whether a file begins as Sun AU does.
pub(super) fn is_au(bytes: &[u8]) -> bool {
    bytes.starts_with(b".snd")
}

/// Decodes the bytes of a Sun AU file.
pub(super) fn read(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let word = |n: usize| bytes.get(4 * n..4 * n + 4).map(|b| b.try_into().map(u32::from_be_bytes));
    let (Some(Ok(start)), Some(Ok(size)), Some(Ok(encoding)), Some(Ok(rate)), Some(Ok(channels))) =
        (word(1), word(2), word(3), word(4), word(5))
    else {
        return Err(Refusal::broken("a Sun AU header is cut off"));
    };
    let (coding, width) = coding(encoding)?;
    let data = usize::try_from(start).ok().and_then(|start| bytes.get(start..));
    let Some(data) = data.filter(|_| start >= 24 && channels > 0) else {
        return Err(Refusal::broken("a Sun AU header contradicts itself"));
    };
    let held = data.len().min(usize::try_from(size).unwrap_or(usize::MAX));
    let pcm = Pcm {
        coding,
        bytes: width,
        bits: 8 * width as u32,
        big_endian: true,
        channels: channels as usize,
        rate,
        cut: size != UNKNOWN && data.len() < size as usize,
    };
    pcm.decode(&data[..held])
}

fn coding(encoding: u32) -> Result<(Coding, usize), Refusal> {
    Ok(match encoding {
        1 => (Coding::MuLaw, 1),
        2 => (Coding::Signed, 1),
        3 => (Coding::Signed, 2),
        4 => (Coding::Signed, 3),
        5 => (Coding::Signed, 4),
        6 => (Coding::Float, 4),
        7 => (Coding::Float, 8),
        27 => (Coding::ALaw, 1),
        23..=26 => return Err(Refusal::Unsupported { codec: "adpcm_g72x".to_string() }),
        other => return Err(Refusal::Unsupported { codec: format!("Sun AU encoding {other}") }),
    })
}
