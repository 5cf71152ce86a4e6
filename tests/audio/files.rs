//! Sound in: what files give, resampling, mel spectrograms.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

use bench::audio::{Mel, MelSpec, Pad, Refusal, Wave};
use bench::audio::{decibel, decode, resample, try_decode};

fn folder(variable: &str, default: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map_or_else(|| PathBuf::from(default), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: {} is not there (set {variable})", folder.display());
        return None;
    }
    Some(folder)
}

fn sine(rate: u32, hz: f64, seconds: f64) -> Wave {
    let step = TAU * hz / f64::from(rate);
    let samples = (0..(seconds * f64::from(rate)) as usize).map(|n| (step * n as f64).sin() as f32);
    Wave { rate, samples: samples.collect() }
}

/// Amplitude of a frequency (Hz) in the middle of a wave, in dB of full scale.
fn level(wave: &Wave, hz: f64) -> f64 {
    let n = wave.samples.len();
    let middle = &wave.samples[n / 4..3 * n / 4];
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    for (i, &sample) in middle.iter().enumerate() {
        // A Blackman window keeps what leaks from other frequencies below -58 dB, and far below
        // that a few hertz away.
        let turn = TAU * i as f64 / middle.len() as f64;
        let window = 0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos();
        let phase = TAU * hz * i as f64 / f64::from(wave.rate);
        re += window * f64::from(sample) * phase.cos();
        im += window * f64::from(sample) * phase.sin();
        sum += window;
    }
    20.0 * (2.0 * re.hypot(im) / sum).max(1e-12).log10()
}

#[test]
fn every_file_of_the_decoder_folder_comes_out_as_expected() {
    let Some(music) = folder("MUSIC", "../shared/music") else { return };
    let folder = music.join("decoder");
    let mut wrong = Vec::new();
    for row in csv::Reader::from_path(folder.join("expect.csv")).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        if let Err(what) = compare(&folder, &row) {
            wrong.push(format!("{}: {what}", row["path"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(folder: &Path, row: &BTreeMap<String, String>) -> Result<(), String> {
    let outcome = row["outcome"].as_str();
    let decoded = match (try_decode(&folder.join(&row["path"])).unwrap(), outcome) {
        (Ok(decoded), "decode" | "either") => decoded,
        (Err(Refusal::Unsupported { codec }), "unsupported") if codec == row["codec"] => {
            return Ok(());
        }
        (Err(Refusal::Broken { message, .. }), "error" | "either") if !message.is_empty() => {
            return Ok(());
        }
        (other, _) => return Err(format!("{:?}", other.map(|d| d.codec))),
    };
    let samples: usize = row["samples"].parse().unwrap();
    if outcome == "either" && samples == 0 {
        return Ok(());
    }
    let rms: f64 = row["rms"].parse().unwrap();
    let lossless =
        row["codec"].starts_with("pcm") || ["flac", "alac"].contains(&row["codec"].as_str());
    let tolerance = if lossless { 0.01 } else { 0.05 };
    let found = decoded.wave.rms().unwrap();
    let told = [decoded.wave.rate.to_string(), decoded.channels.to_string(), decoded.codec];
    if told != [row["rate"].clone(), row["channels"].clone(), row["codec"].clone()] {
        return Err(format!("{told:?}"));
    }
    if decoded.wave.samples.len().abs_diff(samples) > 2400 {
        return Err(format!("{} samples, not {samples}", decoded.wave.samples.len()));
    }
    if (found - rms).abs() > tolerance * rms + 1e-6 {
        return Err(format!("rms {found}, not {rms}"));
    }
    Ok(())
}

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn wav(tag: u16, bits: u16, channels: u16, data: &[u8]) -> Vec<u8> {
    let block = bits / 8 * channels;
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend((8000 * u32::from(block)).to_le_bytes());
    bytes.extend(block.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    let size = bytes.len() as u32 - 8;
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    bytes
}

fn au(encoding: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = b".snd".to_vec();
    for word in [24, data.len() as u32, encoding, 8000, 1] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend(data);
    bytes
}

fn samples(name: &str, bytes: &[u8]) -> Vec<f32> {
    let (_folder, path) = written(name, bytes);
    decode(&path).unwrap().wave.samples
}

fn refusal(name: &str, bytes: &[u8]) -> Refusal {
    let (_folder, path) = written(name, bytes);
    try_decode(&path).unwrap().unwrap_err()
}

#[test]
fn every_width_of_wave_samples_has_the_same_half_scale() {
    let half = [0.5, -0.5];
    assert_eq!(samples("8.wav", &wav(1, 8, 1, &[0xc0, 0x40])), half);
    assert_eq!(samples("16.wav", &wav(1, 16, 1, &[0, 0x40, 0, 0xc0])), half);
    assert_eq!(samples("24.wav", &wav(1, 24, 1, &[0, 0, 0x40, 0, 0, 0xc0])), half);
    assert_eq!(samples("32.wav", &wav(1, 32, 1, &[0, 0, 0, 0x40, 0, 0, 0, 0xc0])), half);
    let single: Vec<u8> = [0.5_f32, -0.5].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(samples("f32.wav", &wav(3, 32, 1, &single)), half);
    let double: Vec<u8> = [0.5_f64, -0.5].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(samples("f64.wav", &wav(3, 64, 1, &double)), half);
}

#[test]
fn every_width_of_au_samples_has_the_same_half_scale() {
    let half = [0.5, -0.5];
    assert_eq!(samples("8.au", &au(2, &[0x40, 0xc0])), half);
    assert_eq!(samples("16.au", &au(3, &[0x40, 0, 0xc0, 0])), half);
    assert_eq!(samples("24.au", &au(4, &[0x40, 0, 0, 0xc0, 0, 0])), half);
    assert_eq!(samples("32.au", &au(5, &[0x40, 0, 0, 0, 0xc0, 0, 0, 0])), half);
    let single: Vec<u8> = [0.5_f32, -0.5].iter().flat_map(|v| v.to_be_bytes()).collect();
    assert_eq!(samples("f32.au", &au(6, &single)), half);
    let double: Vec<u8> = [0.5_f64, -0.5].iter().flat_map(|v| v.to_be_bytes()).collect();
    assert_eq!(samples("f64.au", &au(7, &double)), half);
}

/// 8-bit samples in packets of so many bytes, and a padding byte.
fn caf(packet: u32) -> Vec<u8> {
    let mut bytes = b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20".to_vec();
    bytes.extend(8000_f64.to_be_bytes());
    bytes.extend(b"lpcm");
    for word in [0_u32, packet, 1, 1, 8] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend(b"data\0\0\0\0\0\0\0\x07\0\0\0\0\x40\xc0\x40\0");
    bytes
}

#[test]
fn caf_of_odd_length_with_a_padding_byte_is_read_to_its_end() {
    assert_eq!(samples("odd.caf", &caf(1)), [0.5, -0.5, 0.5]);
}

#[test]
fn caf_with_samples_of_many_bytes_is_refused() {
    for packet in [0, 9, 0x2000_0001] {
        assert!(refusal("wide.caf", &caf(packet)).message().contains("contradicts itself"));
    }
}

#[test]
fn mu_law_and_a_law_expand_as_g711_says() {
    let expect = |values: [i32; 4]| values.map(|v| v as f32 / 32768.0).to_vec();
    // The standard's decision values for codes 0, 0x7f, 0x80 and 0xff, on a scale of 16 bits.
    assert_eq!(samples("mu.au", &au(1, &[0, 0x7f, 0x80, 0xff])), expect([-32124, 0, 32124, 0]));
    assert_eq!(samples("a.au", &au(27, &[0xd5, 0x55, 0xaa, 0x2a])), expect([8, -8, 32256, -32256]));
}

#[test]
fn channels_are_averaged() {
    let data: Vec<u8> = [8192_i16, -4096].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(samples("stereo.wav", &wav(1, 16, 2, &data)), [0.0625]);
}

#[test]
fn what_is_no_sound_is_refused_with_a_reason() {
    assert_eq!(refusal("empty.mp3", b"").message(), "the file is empty");
    assert!(refusal("text.wav", b"just text\n").message().contains("not a sound format"));
    assert!(refusal("head.wav", b"RIFF\x10\0\0\0WAVE").message().contains("without data"));
    assert!(refusal("head.au", b".snd\0\0\0\x18").message().contains("cut off"));
    assert!(refusal("none.wav", &wav(1, 16, 1, &[])).message().contains("no samples"));
    assert!(refusal("no_channels.wav", &wav(1, 16, 0, &[1, 2])).message().contains("0 channels"));
    let nan = f32::NAN.to_le_bytes();
    assert!(refusal("nan.wav", &wav(3, 32, 1, &nan)).message().contains("sample 0 is not finite"));
}

#[test]
fn a_codec_without_a_decoder_is_named() {
    let name = |bytes: &[u8]| match refusal("x.bin", bytes) {
        Refusal::Unsupported { codec } => codec,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(b"wvpk and so on"), "wavpack");
    assert_eq!(name(b"MAC \x96\x0f"), "monkeys_audio");
    assert_eq!(name(b"FORM\0\0\0\x30AIFCCOMM\0\0\0\x180123456789abcdefghGSM "), "aifc gsm");
    assert_eq!(name(&wav(0x55, 16, 1, &[0; 64])), "mp3 inside WAVE");
}

#[test]
fn a_cut_file_gives_what_is_left_and_says_so() {
    let whole = wav(1, 16, 1, &[0x40; 4000]);
    let (_folder, path) = written("cut.wav", &whole[..whole.len() - 1001]);
    let decoded = decode(&path).unwrap();
    assert_eq!((decoded.wave.samples.len(), decoded.broken_packets), (1499, 1));
}

#[test]
fn a_file_cut_in_half_is_known_from_a_whole_one() {
    let Some(music) = folder("MUSIC", "../shared/music") else { return };
    for name in ["notes/audio/070.flac", "tunes/audio/0015.ogg", "decoder/madmom/stereo_sample.m4a"]
    {
        let bytes = fs::read(music.join(name)).unwrap();
        let broken = |bytes: &[u8]| {
            let (_folder, path) = written("sound", bytes);
            try_decode(&path).unwrap().map(|decoded| decoded.broken_packets)
        };
        assert_eq!(broken(&bytes), Ok(0), "{name}");
        assert_ne!(broken(&bytes[..bytes.len() / 2]), Ok(0), "half of {name}");
    }
}

#[test]
fn a_header_written_to_a_pipe_does_not_hide_the_data() {
    let mut bytes = wav(1, 16, 1, &[0x40; 400]);
    bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    bytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(samples("pipe.wav", &bytes).len(), 200);
    bytes[40..44].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(samples("pipe.wav", &bytes).len(), 200);
}

#[test]
fn noise_never_passes_for_sound() {
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..300_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    assert!(matches!(refusal("noise.mp3", &noise), Refusal::Broken { .. }));
    for magic in [&b"fLaC"[..], b"OggS", b"caff", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80"] {
        let bytes = [magic, &noise].concat();
        assert!(matches!(refusal("noise.bin", &bytes), Refusal::Broken { .. }), "{magic:?}");
    }
}

#[test]
fn a_missing_file_and_a_folder_are_errors_with_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let missing = decode(&folder.path().join("no.wav")).unwrap_err().to_string();
    assert!(missing.contains("no.wav"), "{missing}");
    assert!(decode(folder.path()).unwrap_err().to_string().contains("not a file"));
}

#[test]
fn the_table_has_a_row_per_file_in_order_and_tells_of_errors() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    file("b.wav", &wav(1, 16, 1, &[0, 0x40, 0, 0xc0]));
    file("a.wav", b"text");
    file("notes.txt", b"text");
    let mut table = Vec::new();
    let good = bench::cli::audio::run(&[folder.path().to_path_buf()], &mut table).unwrap();
    let root = folder.path().display();
    let expected = format!(
        "path,outcome,codec,rate,channels,samples,rms,peak,message\n\
         {root}/a.wav,error,,,,,,,not a sound format that is known here\n\
         {root}/b.wav,decode,pcm_s16le,8000,1,2,0.500000,0.500000,\n"
    );
    assert_eq!((good, String::from_utf8(table).unwrap()), (false, expected));
}

#[test]
fn the_passband_is_flat_to_nine_tenths_of_the_lower_nyquist_frequency() {
    for (from, to) in [(44_100, 16_000), (22_050, 16_000), (16_000, 22_050), (48_000, 44_100)] {
        for share in [0.01, 0.3, 0.6, 0.9] {
            let hz = share * f64::from(from.min(to)) / 2.0;
            let gain = level(&resample(&sine(from, hz, 2.0), to).unwrap(), hz);
            assert!(gain.abs() < 0.1, "{from} to {to} Hz, {hz} Hz: {gain} dB");
        }
    }
}

#[test]
fn what_the_lower_rate_cannot_hold_is_80_db_down() {
    for (from, to, hz) in
        [(44_100, 16_000, 9_000.0), (44_100, 16_000, 15_000.0), (48_000, 22_050, 12_000.0)]
    {
        let resampled = resample(&sine(from, hz, 2.0), to).unwrap();
        let n = resampled.samples.len();
        let middle = Wave { rate: to, samples: resampled.samples[n / 4..3 * n / 4].to_vec() };
        let rest = 20.0 * middle.rms().unwrap().max(1e-12).log10();
        assert!(rest < -80.0, "{hz} Hz from {from} to {to} Hz: {rest} dB");
    }
}

#[test]
fn images_of_a_raised_rate_are_80_db_down() {
    let resampled = resample(&sine(16_000, 7_000.0, 2.0), 44_100).unwrap();
    let image = level(&resampled, 9_000.0);
    assert!(image < -80.0, "{image} dB");
}

#[test]
fn lengths_are_rounded_and_samples_stay_in_place() {
    for (from, to, n) in [
        (44_100, 16_000, 44_101),
        (16_000, 44_100, 7),
        (8_000, 11_025, 12_345),
        (44_101, 16_000, 50_000),
    ] {
        let step = TAU * 440.0 / f64::from(from);
        let wave =
            Wave { rate: from, samples: (0..n).map(|i| (step * i as f64).sin() as f32).collect() };
        let resampled = resample(&wave, to).unwrap();
        let length = (n as f64 * f64::from(to) / f64::from(from)).round() as usize;
        assert_eq!(resampled.samples.len(), length, "{from} to {to} Hz");
        let step = TAU * 440.0 / f64::from(to);
        for i in length / 4..length * 3 / 4 * usize::from(n > 1000) {
            let error = f64::from(resampled.samples[i]) - (step * i as f64).sin();
            assert!(error.abs() < 1e-3, "{from} to {to} Hz, sample {i}: {error}");
        }
    }
}

#[test]
fn a_rate_of_zero_is_refused() {
    assert!(resample(&sine(8000, 440.0, 0.1), 0).is_err());
}

/// Power spectrum of one centred frame by the definition of the transform, filtered.
fn mel_by_definition(spec: &MelSpec, samples: &[f32], frame: usize) -> Vec<f64> {
    let n = spec.n_fft;
    let at = |i: usize| {
        let i = (frame * spec.hop + i) as isize - (n / 2) as isize;
        samples.get(usize::try_from(i).unwrap_or(usize::MAX)).copied().unwrap_or(0.0)
    };
    let power: Vec<f64> = (0..spec.bins())
        .map(|k| {
            let (mut re, mut im) = (0.0, 0.0);
            for i in 0..n {
                let window = 0.5 - 0.5 * (TAU * i as f64 / n as f64).cos();
                let phase = TAU * (k * i % n) as f64 / n as f64;
                re += window * f64::from(at(i)) * phase.cos();
                im -= window * f64::from(at(i)) * phase.sin();
            }
            re * re + im * im
        })
        .collect();
    let filterbank = spec.filterbank();
    let rows = filterbank.chunks_exact(spec.bins());
    rows.map(|row| row.iter().zip(&power).map(|(&w, p)| f64::from(w) * p).sum()).collect()
}

#[test]
fn lengths_that_are_no_power_of_two_follow_the_definition() {
    let samples = sine(16_000, 1234.5, 0.3).samples;
    for (n_fft, hop) in [(400, 160), (255, 100), (77, 77), (1000, 3000)] {
        let spec = MelSpec { n_fft, hop, n_mels: 20, pad: Pad::Zeros, ..MelSpec::default() };
        let mels = Mel::new(&spec).unwrap().power(&samples).unwrap();
        assert_eq!(mels.len(), spec.frames(samples.len()) * 20);
        let largest = mels.iter().copied().fold(0.0, f32::max);
        for frame in 0..spec.frames(samples.len()).min(5) {
            let expected = mel_by_definition(&spec, &samples, frame);
            for (m, value) in expected.iter().enumerate() {
                let error = (f64::from(mels[frame * 20 + m]) - value).abs();
                assert!(error < 1e-5 * f64::from(largest), "{n_fft}/{hop}, frame {frame}, mel {m}");
            }
        }
    }
}

#[test]
fn a_frame_does_not_depend_on_how_many_follow_it() {
    let samples = sine(16_000, 777.0, 1.0).samples;
    let mel = Mel::new(&MelSpec { pad: Pad::Zeros, ..MelSpec::default() }).unwrap();
    let (long, short) = (mel.power(&samples).unwrap(), mel.power(&samples[..9000]).unwrap());
    let inside = 14 * 128;
    for (a, b) in long[..inside].iter().zip(&short[..inside]) {
        assert!((a - b).abs() <= 1e-4 * a.abs().max(1e-3), "{a} and {b}");
    }
}

#[test]
fn settings_that_make_no_spectrogram_are_refused() {
    let refused = |spec: MelSpec| Mel::new(&spec).err().expect("refused").to_string();
    let sane = MelSpec::default();
    assert!(refused(MelSpec { n_fft: 0, ..sane }).contains("n_fft 0"));
    assert!(refused(MelSpec { hop: 0, ..sane }).contains("hop 0"));
    assert!(refused(MelSpec { fmax: 9000.0, ..sane }).contains("fmax 9000"));
    assert!(refused(MelSpec { power: f64::NAN, ..sane }).contains("power NaN"));
    let short = Mel::new(&sane).unwrap().power(&[0.0; 1024]).unwrap_err().to_string();
    assert!(short.contains("at least 1025"), "{short}");
}

#[test]
fn decibels_keep_to_the_range_below_the_largest() {
    let mut values = [1.0, 0.1, 1e-12];
    decibel(&mut values, 1.0, 1e-10, None);
    assert_eq!(values, [0.0, -10.0, -100.0]);
    decibel(&mut [], 1.0, 1e-10, Some(80.0));
    let mut values = [100.0, 1e-9];
    decibel(&mut values, 1.0, 1e-10, Some(80.0));
    assert_eq!(values, [20.0, -60.0]);
}
