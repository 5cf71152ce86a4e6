//! Packets to mono samples, on several cores where there are many.

use std::ops::Range;
use std::thread;

use symphonia::core::audio::conv::FromSample;
use symphonia::core::audio::sample::Sample;
use symphonia::core::audio::{Audio, AudioBuffer, GenericAudioBufferRef};
use symphonia::core::checksum::Crc16Ansi;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Fault;
use symphonia::core::io::Monitor;
use symphonia::core::packet::Packet;

use super::Refusal;
use super::stream::Section;

/// Packets worth a thread of their own: half a minute of MP3.
const SHARE: usize = 1150;

/// Packets decoded ahead of a share and thrown away. A decoder remembers the last two packets and,
/// in MP3, 511 bytes of earlier ones, which are at most 22 packets; so what it gives does not
/// depend on the shares.
const LEAD: usize = 32;

/// What some packets gave.
#[derive(Default)]
pub(super) struct Part {
    pub samples: Vec<f32>,
    /// Of the first packet: rate in Hz and channels.
    pub form: Option<(u32, usize)>,
    /// Packets that were decoded, and their length.
    pub good: usize,
    pub bytes: usize,
    /// Packets that could not be decoded, and their length.
    pub broken: usize,
    pub broken_bytes: usize,
}

impl Part {
    /// Adds what comes next in time, which must be of the same rate.
    pub fn append(&mut self, next: Part, codec: &str) -> Result<(), Refusal> {
        if let (Some((rate, _)), Some((other, _))) = (self.form, next.form) {
            same_rate(rate, other, codec)?;
        }
        self.form = self.form.or(next.form);
        self.bytes += next.bytes;
        self.good += next.good;
        self.broken += next.broken;
        self.broken_bytes += next.broken_bytes;
        match self.samples.is_empty() {
            true => self.samples = next.samples,
            false => self.samples.extend_from_slice(&next.samples),
        }
        Ok(())
    }
}

fn same_rate(rate: u32, other: u32, codec: &str) -> Result<(), Refusal> {
    let message = || format!("the rate changes from {rate} to {other} Hz");
    if rate == other { Ok(()) } else { Err(Refusal::of(codec, message())) }
}

/// Decodes a section, bit for bit the same whatever the number of cores.
pub(super) fn decode(section: &Section) -> Result<Part, Refusal> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    decode_in(section, (section.packets.len() / SHARE).clamp(1, cores))
}

fn decode_in(section: &Section, shares: usize) -> Result<Part, Refusal> {
    let count = section.packets.len();
    let range = |n: usize| n * count / shares..(n + 1) * count / shares;
    thread::scope(|scope| {
        let rest = (1..shares).map(|n| scope.spawn(move || share(section, range(n))));
        let rest: Vec<_> = rest.collect();
        let mut whole = share(section, range(0));
        for part in rest {
            let part = part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            if let Ok(whole) = &mut whole {
                whole.append(part, &section.codec)?;
            }
        }
        whole
    })
}

fn share(section: &Section, range: Range<usize>) -> Result<Part, Refusal> {
    let mut decoder = decoder(section)?;
    if range.start > 0 {
        // The first packet of all settles the number of channels.
        let lead = &section.packets[range.start.saturating_sub(LEAD)..range.start];
        for packet in section.packets.iter().take(1).chain(lead) {
            // What is broken here is counted in the share that it belongs to.
            let _ = decoder.decode(packet);
        }
    }
    let mut part = Part::default();
    for packet in &section.packets[range] {
        take(decoder.as_mut(), packet, section, &mut part)?;
    }
    Ok(part)
}

fn decoder(section: &Section) -> Result<Box<dyn AudioDecoder>, Refusal> {
    let codecs = symphonia::default::get_codecs();
    let made = codecs.make_audio_decoder(&section.parameters, &AudioDecoderOptions::default());
    made.map_err(|fault| match fault {
        Fault::Unsupported(what) => {
            Refusal::Unsupported { codec: format!("{} ({what})", section.codec) }
        }
        fault => Refusal::of(&section.codec, fault.to_string()),
    })
}

fn take(
    decoder: &mut dyn AudioDecoder,
    packet: &Packet,
    section: &Section,
    part: &mut Part,
) -> Result<(), Refusal> {
    let codec = section.codec.as_str();
    let bits = section.parameters.bits_per_sample.unwrap_or(32);
    let buffer = match decoder.decode(packet) {
        Ok(buffer) if codec != "flac" || is_one_frame(&packet.data, &buffer, bits) => buffer,
        Err(Fault::Unsupported(what)) => return Err(Refusal::of(codec, what)),
        _ => {
            part.broken += 1;
            part.broken_bytes += packet.data.len();
            return Ok(());
        }
    };
    let spec = buffer.spec();
    let form = *part.form.get_or_insert((spec.rate(), spec.channels().count()));
    same_rate(form.0, spec.rate(), codec)?;
    append(buffer, &mut part.samples);
    part.good += 1;
    part.bytes += packet.data.len();
    Ok(())
}

/// Whether a packet is one FLAC frame: it ends in its checksum (which frames in a row do, too) and
/// is no longer than what it holds; symphonia's reader also passes on what it could not divide.
fn is_one_frame(data: &[u8], decoded: &GenericAudioBufferRef<'_>, bits: u32) -> bool {
    let samples = decoded.frames() * decoded.num_planes();
    let most = 64 + samples * (bits as usize + 1).div_ceil(8);
    let summed = data.split_last_chunk::<2>().is_some_and(|(frame, told)| {
        let mut sum = Crc16Ansi::new(0);
        sum.process_buf_bytes(frame);
        sum.crc() == u16::from_be_bytes(*told)
    });
    summed && data.len() <= most
}

fn append(buffer: GenericAudioBufferRef<'_>, out: &mut Vec<f32>) {
    match buffer {
        GenericAudioBufferRef::U8(b) => mix(b, out),
        GenericAudioBufferRef::U16(b) => mix(b, out),
        GenericAudioBufferRef::U24(b) => mix(b, out),
        GenericAudioBufferRef::U32(b) => mix(b, out),
        GenericAudioBufferRef::S8(b) => mix(b, out),
        GenericAudioBufferRef::S16(b) => mix(b, out),
        GenericAudioBufferRef::S24(b) => mix(b, out),
        GenericAudioBufferRef::S32(b) => mix(b, out),
        GenericAudioBufferRef::F32(b) => mix(b, out),
        GenericAudioBufferRef::F64(b) => mix(b, out),
    }
}

fn mix<S: Sample>(buffer: &AudioBuffer<S>, out: &mut Vec<f32>)
where
    f32: FromSample<S>,
{
    let planes = buffer.num_planes();
    if let Some((left, right)) = buffer.plane_pair(0, 1).filter(|_| planes == 2) {
        let pairs = left.iter().zip(right);
        out.extend(pairs.map(|(&l, &r)| 0.5 * (f32::from_sample(l) + f32::from_sample(r))));
        return;
    }
    let start = out.len();
    out.resize(start + buffer.frames(), 0.0);
    let scale = 1.0 / planes.max(1) as f32;
    for plane in buffer.iter_planes() {
        for (sum, &sample) in out[start..].iter_mut().zip(plane) {
            *sum += scale * f32::from_sample(sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::decode::stream;

    #[test]
    fn shares_give_the_same_bits_as_the_whole() {
        let music = std::env::var("MUSIC").unwrap_or("../shared/music".to_string());
        let Ok(folder) = std::fs::read_dir(format!("{music}/emotify/audio/classical")) else {
            println!("skipped: {music} is not there (set MUSIC)");
            return;
        };
        let file = folder.map(|entry| entry.unwrap().path()).min().unwrap();
        let mut reader = stream::open(std::fs::read(file).unwrap()).unwrap();
        let (sections, _) = stream::demux(reader.as_mut()).unwrap();
        let whole = decode_in(&sections[0], 1).unwrap();
        let shared = decode_in(&sections[0], 7).unwrap();
        assert!(whole.samples.len() > 500_000);
        assert_eq!(whole.samples, shared.samples);
        assert_eq!((whole.good, whole.bytes), (shared.good, shared.bytes));
    }
}
