//! Names: of codecs and of the containers this library tells apart itself.

use std::path::Path;

use symphonia::core::codecs::audio::{AudioCodecId, well_known as id};

/// Compressions of AIFF-C that are none.
const AIFC_PCM: [&str; 10] =
    ["none", "sowt", "twos", "raw ", "in24", "in32", "fl32", "fl64", "ulaw", "alaw"];

/// Endings that a walk through a folder takes for sound.
const ENDINGS: [&str; 38] = [
    "wav", "wave", "bwf", "rf64", "aif", "aiff", "aifc", "caf", "au", "snd", "flac", "mp1", "mp2",
    "mp3", "mpga", "bit", "ogg", "oga", "opus", "spx", "m4a", "m4b", "mp4", "aac", "adts", "alac",
    "mka", "webm", "wma", "ape", "wv", "mpc", "tta", "ac3", "eac3", "dts", "amr", "dsf",
];

/// Codecs that a container may announce and nobody here decodes.
const REFUSED: [(AudioCodecId, &str); 14] = [
    (id::CODEC_ID_OPUS, "opus"),
    (id::CODEC_ID_SPEEX, "speex"),
    (id::CODEC_ID_MUSEPACK, "musepack"),
    (id::CODEC_ID_AC3, "ac3"),
    (id::CODEC_ID_EAC3, "eac3"),
    (id::CODEC_ID_AC4, "ac4"),
    (id::CODEC_ID_DCA, "dts"),
    (id::CODEC_ID_ATRAC3, "atrac3"),
    (id::CODEC_ID_WMA, "wma"),
    (id::CODEC_ID_WAVPACK, "wavpack"),
    (id::CODEC_ID_MONKEYS_AUDIO, "monkeys_audio"),
    (id::CODEC_ID_TTA, "tta"),
    (id::CODEC_ID_ADPCM_G722, "adpcm_g722"),
    (id::CODEC_ID_ADPCM_G726, "adpcm_g726"),
];

/// First bytes of files whose container, and so their codec, nobody here reads.
const FOREIGN: [(&[u8], &str); 11] = [
    (b"wvpk", "wavpack"),
    (b"MAC ", "monkeys_audio"),
    (b"MPCK", "musepack"),
    (b"MP+", "musepack"),
    (b"TTA1", "tta"),
    (b"DSD ", "dsd"),
    (b"FRM8", "dsd"),
    (b"#!AMR", "amr"),
    (b"\x0b\x77", "ac3"),
    (b"\x7f\xfe\x80\x01", "dts"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
];

/// Whether a path ends like a sound file (`.bit` is a bare MP3 stream).
pub fn is_sound(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|e| ENDINGS.contains(&e.as_str()))
}

/// The codec of a file that is known but not read, from its first bytes.
pub(super) fn foreign(bytes: &[u8]) -> Option<String> {
    let container = FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic));
    container.map(|(_, name)| (*name).to_string()).or_else(|| foreign_aifc(bytes))
}

/// The compression of an AIFF-C file (four letters in its first chunk), unless it is PCM.
fn foreign_aifc(bytes: &[u8]) -> Option<String> {
    let is_aifc = bytes.starts_with(b"FORM") && bytes.get(8..12) == Some(b"AIFC");
    let common = bytes.windows(4).take(4096).position(|id| id == b"COMM").filter(|_| is_aifc)?;
    let compression = bytes.get(common + 26..common + 30)?;
    let name = String::from_utf8_lossy(compression).to_lowercase();
    let known = AIFC_PCM.contains(&name.as_str());
    (!known).then(|| format!("aifc {}", name.trim()))
}

/// A codec's short name, decodable or not.
pub(super) fn name(codec: AudioCodecId) -> String {
    if let Some(decoder) = symphonia::default::get_codecs().get_audio_decoder(codec) {
        return decoder.codec.info.short_name.to_string();
    }
    let refused = REFUSED.iter().find(|(id, _)| *id == codec);
    refused.map_or_else(|| format!("codec {codec}"), |(_, name)| (*name).to_string())
}

/// Whether decoded values can only be near full scale because the codec works that way.
pub(super) fn is_lossy(codec: &str) -> bool {
    !(codec.starts_with("pcm") || ["flac", "alac"].contains(&codec))
}

/// Whether a format is a search for frames, which passes over everything else: then half of the
/// file must be frames (tags with pictures may follow them).
pub(super) fn is_bare(container: &str) -> bool {
    ["mp1", "mp2", "mp3", "aac"].contains(&container)
}
