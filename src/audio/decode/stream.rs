//! Containers and codecs that symphonia reads.

use std::io::{Cursor, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::Duration;

use super::codec;
use super::packets::{self, Part};
use super::{Decoded, Refusal};
use crate::audio::Wave;

/// Containers that may be written without saying how long they are, as to a pipe: what is in them
/// then lasts to the end of the file.
const OPEN_ENDED: [&str; 3] = ["caf", "matroska", "wave"];

/// A run of packets for one decoder; a file has several where streams are chained.
pub(super) struct Section {
    pub codec: String,
    pub parameters: AudioCodecParameters,
    pub packets: Vec<Packet>,
    track: Track,
}

/// Decodes a file's bytes; a panic in a decoder is a refusal.
pub(super) fn read(bytes: Vec<u8>) -> Result<Decoded, Refusal> {
    let decoded = catch_unwind(AssertUnwindSafe(|| read_unguarded(bytes)));
    decoded.unwrap_or_else(|_| Err(Refusal::broken("the decoder gave up on broken data")))
}

fn read_unguarded(bytes: Vec<u8>) -> Result<Decoded, Refusal> {
    let length = bytes.len() - tag_length(&bytes).min(bytes.len());
    let mut reader = open(bytes)?;
    let container = reader.format_info().short_name;
    let (sections, cut) = demux(reader.as_mut())?;
    drop(reader);
    let codec = sections[0].codec.clone();
    let mut whole = Part::default();
    for section in &sections {
        whole.append(packets::decode(section)?, &codec)?;
    }
    whole.broken += usize::from(cut);
    finish(whole, codec, container, length)
}

/// Finds out a file's format.
pub(super) fn open(bytes: Vec<u8>) -> Result<Box<dyn FormatReader>, Refusal> {
    let source = Box::new(Cursor::new(bytes));
    let source = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    symphonia::default::get_probe()
        .probe(&Hint::new(), source, format, meta)
        .map_err(|fault| Refusal::broken(unreadable(&fault)))
}

/// All packets of the file's sound, and whether they end where they should not: in an error.
pub(super) fn demux(reader: &mut dyn FormatReader) -> Result<(Vec<Section>, bool), Refusal> {
    let mut sections = Vec::new();
    let mut section = Section::new(reader)?;
    let container = reader.format_info().short_name;
    let cut = loop {
        match reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == section.track.id => section.packets.push(packet),
            Ok(Some(_)) => {}
            Ok(None) => break false,
            Err(Fault::ResetRequired) => {
                sections.push(std::mem::replace(&mut section, Section::new(reader)?));
            }
            Err(fault) => break !section.ends_with_the_file(&fault, container),
        }
    };
    sections.push(section);
    sections.iter_mut().for_each(Section::keep_ends);
    Ok((sections, cut))
}

impl Section {
    /// An empty one for the reader's present track, if there is a decoder for it.
    fn new(reader: &dyn FormatReader) -> Result<Section, Refusal> {
        let track = reader
            .default_track(TrackType::Audio)
            .or_else(|| reader.first_track(TrackType::Audio))
            .ok_or_else(|| Refusal::broken("no sound in it"))?;
        let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
            return Err(Refusal::broken("no sound in it"));
        };
        let codec = codec::name(parameters.codec);
        if symphonia::default::get_codecs().get_audio_decoder(parameters.codec).is_none() {
            return Err(Refusal::Unsupported { codec });
        }
        let (parameters, track) = (parameters.clone(), track.clone());
        Ok(Section { codec, parameters, packets: Vec::new(), track })
    }

    /// Whether a reader's fault is all that marks the end of a file that does not say how long it
    /// is.
    fn ends_with_the_file(&self, fault: &Fault, container: &str) -> bool {
        let ended = matches!(fault, Fault::IoError(e) if e.kind() == ErrorKind::UnexpectedEof);
        ended && self.track.num_frames.is_none() && OPEN_ENDED.contains(&container)
    }

    /// Undoes the cutting of MPEG frames at the end if the file is not as long as its tag says:
    /// without a tag, that length is symphonia's guess from the first frames.
    fn keep_ends(&mut self) {
        if !["mp1", "mp2", "mp3"].contains(&self.codec.as_str()) {
            return;
        }
        let (delay, padding) = (self.track.delay.unwrap_or(0), self.track.padding.unwrap_or(0));
        let told = self.track.num_frames.map(|n| n + u64::from(delay) + u64::from(padding));
        let step = match self.packets.as_slice() {
            [first, second, ..] => second.pts.get().abs_diff(first.pts.get()),
            _ => 0,
        };
        if told != Some(step * self.packets.len() as u64) {
            self.packets.iter_mut().for_each(|p| p.trim_end = Duration::ZERO);
        }
    }
}

fn finish(whole: Part, codec: String, container: &str, length: usize) -> Result<Decoded, Refusal> {
    let Some((rate, channels)) = whole.form else {
        return Err(Refusal::of(&codec, "no packet could be decoded"));
    };
    let refuse = |message: String| Err(Refusal::of(&codec, message));
    let (good, broken) = (whole.bytes, whole.broken_bytes);
    if broken > good / 9 {
        let share = 100.0 * broken as f64 / (good + broken) as f64;
        return refuse(format!("{share:.0} % of the stream cannot be decoded"));
    }
    if codec::is_bare(container) && good < length / 2 {
        return refuse(format!("only {good} of {length} bytes are sound"));
    }
    let wave = Wave { rate, samples: whole.samples };
    Ok(Decoded { wave, codec, channels, broken_packets: whole.broken })
}

/// Bytes of a leading ID3v2 tag.
fn tag_length(bytes: &[u8]) -> usize {
    match bytes {
        [b'I', b'D', b'3', _, _, _, size @ ..] if size.len() >= 4 => {
            10 + size[..4].iter().fold(0, |sum, &byte| sum << 7 | usize::from(byte & 0x7f))
        }
        _ => 0,
    }
}

fn unreadable(fault: &Fault) -> String {
    match fault {
        Fault::Unsupported(what) if what.contains("no suitable format") => {
            "not a sound format that is known here".to_string()
        }
        Fault::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            "the header is broken, or the file is cut off".to_string()
        }
        fault => fault.to_string(),
    }
}
