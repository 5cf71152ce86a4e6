//! Uncompressed samples, as they lie in Sun AU, RIFF/WAVE and Core Audio files.

use super::{Decoded, Refusal};
use crate::audio::Wave;

/// How one sample is coded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Coding {
    Unsigned,
    Signed,
    Float,
    MuLaw,
    ALaw,
}

/// What a header says about the samples that follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pcm {
    pub coding: Coding,
    /// Width of a stored sample, 1 to 8.
    pub bytes: usize,
    /// Those of the width that carry sound.
    pub bits: u32,
    pub big_endian: bool,
    pub channels: usize,
    /// In Hz.
    pub rate: u32,
    /// The header announces more data than the file holds.
    pub cut: bool,
}

impl Pcm {
    /// All of `data` (interleaved; an incomplete last frame is left out) as mono.
    pub fn decode(&self, data: &[u8]) -> Result<Decoded, Refusal> {
        let codec = self.codec();
        let samples = self
            .mono(data)
            .ok_or_else(|| Refusal::of(&codec, format!("{} bytes per sample", self.bytes)))?;
        let wave = Wave { rate: self.rate, samples };
        let broken_packets = usize::from(self.cut);
        Ok(Decoded { wave, codec, channels: self.channels, broken_packets })
    }

    fn codec(&self) -> String {
        let bits = self.bits.div_ceil(8) * 8;
        let end = match (self.bytes, self.big_endian) {
            (1, _) => "",
            (_, true) => "be",
            (_, false) => "le",
        };
        match self.coding {
            Coding::Unsigned => format!("pcm_u{bits}{end}"),
            Coding::Signed => format!("pcm_s{bits}{end}"),
            Coding::Float => format!("pcm_f{bits}{end}"),
            Coding::MuLaw => "pcm_mulaw".to_string(),
            Coding::ALaw => "pcm_alaw".to_string(),
        }
    }

    fn mono(&self, data: &[u8]) -> Option<Vec<f32>> {
        let shift = if self.bytes == 4 { self.unused_high_bits(data) } else { 0 };
        Some(match (self.coding, self.bytes) {
            (Coding::Unsigned, 1) => self.mix(data, |[b]| (f32::from(b) - 128.0) / 128.0),
            (Coding::Signed, 1) => self.mix(data, |[b]| f32::from(b.cast_signed()) / 128.0),
            (Coding::Signed, 2) => self.mix(data, |b| f32::from(i16::from_le_bytes(b)) / 32768.0),
            (Coding::Signed, 3) => {
                self.mix(data, |[a, b, c]| fraction(i32::from_le_bytes([0, a, b, c])))
            }
            (Coding::Signed, 4) => self.mix(data, |b| fraction(i32::from_le_bytes(b) << shift)),
            (Coding::Float, 4) => self.mix(data, f32::from_le_bytes),
            (Coding::Float, 8) => self.mix(data, |b| f64::from_le_bytes(b) as f32),
            (Coding::MuLaw, 1) => self.mix(data, |[b]| mu_law(b)),
            (Coding::ALaw, 1) => self.mix(data, |[b]| a_law(b)),
            _ => return None,
        })
    }

    fn mix<const N: usize>(&self, data: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        let sample = |bytes: &[u8; N]| {
            let mut bytes = *bytes;
            if self.big_endian {
                bytes.reverse();
            }
            value(bytes)
        };
        let (samples, _) = data.as_chunks::<N>();
        let scale = 1.0 / self.channels as f32;
        match self.channels {
            1 => samples.iter().map(sample).collect(),
            n => samples
                .chunks_exact(n)
                .map(|frame| frame.iter().map(sample).sum::<f32>() * scale)
                .collect(),
        }
    }

    /// How far fewer than 32 bits must be moved up: they should lie in the high end of their four
    /// bytes, but some programs write them in the low end.
    fn unused_high_bits(&self, data: &[u8]) -> u32 {
        let spare = 32_u32.saturating_sub(self.bits);
        if spare == 0 || self.coding != Coding::Signed {
            return 0;
        }
        let values = || {
            data.as_chunks::<4>().0.iter().map(|b| match self.big_endian {
                true => i32::from_be_bytes(*b),
                false => i32::from_le_bytes(*b),
            })
        };
        let fits = |v: i32| v >> self.bits == 0 || v >> (self.bits - 1) == -1;
        let low = values().any(|v| v.trailing_zeros() < spare) && values().all(fits);
        if low { spare } else { 0 }
    }
}

fn fraction(value: i32) -> f32 {
    (f64::from(value) / 2_147_483_648.0) as f32
}

/// ITU-T G.711, μ-law.
fn mu_law(byte: u8) -> f32 {
    let (sign, exponent, mantissa) = (!byte & 0x80, (!byte >> 4) & 7, !byte & 15);
    let magnitude = (((i32::from(mantissa) << 3) + 0x84) << exponent) - 0x84;
    let value = if sign == 0 { magnitude } else { -magnitude };
    value as f32 / 32768.0
}

/// ITU-T G.711, A-law.
fn a_law(byte: u8) -> f32 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = (i32::from((byte >> 4) & 7), i32::from(byte & 15));
    let magnitude = match exponent {
        0 => (mantissa << 4) + 8,
        e => ((mantissa << 4) + 0x108) << (e - 1),
    };
    let value = if byte & 0x80 == 0 { -magnitude } else { magnitude };
    value as f32 / 32768.0
}
