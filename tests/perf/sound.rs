//! Sound in: from a file to mono, and from mono to spectrograms, also in seconds of sound per
//! second.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use bench::audio::{self, Cqt, CqtSpec, DeviceMel, Mel, MelSpec};
use bench::{Error, Result, Seed};
use criterion::{Criterion, Throughput};
use rand::RngExt;
use tch::Tensor;

const SECONDS: usize = 60;

/// A stereo WAV file made here, and the MP3 file that the variable `PERF_MP3` names.
pub fn decode(criterion: &mut Criterion) -> Result<()> {
    let rate = 44_100;
    let file = tempfile::Builder::new().suffix(".wav").tempfile();
    let file = file.map_err(|e| Error::Invalid(format!("cannot make a temporary file: {e}")))?;
    let stereo = noise(2 * SECONDS * rate as usize);
    std::fs::write(file.path(), wav(&stereo, rate)).map_err(Error::io("write", file.path()))?;
    one_file(criterion, "wav", file.path())?;
    match std::env::var_os("PERF_MP3") {
        Some(path) => one_file(criterion, "mp3", Path::new(&path)),
        None => {
            println!("decode/mp3 is left out: PERF_MP3 names no file");
            Ok(())
        }
    }
}

fn one_file(criterion: &mut Criterion, name: &str, path: &Path) -> Result<()> {
    let wave = audio::decode(path)?.wave;
    measure(criterion, ("decode", name), (wave.samples.len(), wave.rate), || {
        black_box(audio::decode(path)).is_ok()
    });
    Ok(())
}

/// 16 kHz, frames of 2048 samples, 512 apart, 128 mels: by rustfft and as tensor operations.
pub fn mel(criterion: &mut Criterion) -> Result<()> {
    let spec = MelSpec::default();
    let samples = noise(SECONDS * spec.sample_rate as usize);
    let size = (samples.len(), spec.sample_rate);
    let host = Mel::new(&spec)?;
    measure(criterion, ("mel", "host"), size, || black_box(host.power(&samples)).is_ok());
    let device = DeviceMel::new(&spec)?;
    let batch = Tensor::f_from_slice(&samples)?.f_unsqueeze(0)?;
    measure(criterion, ("mel", "tensors"), size, || black_box(device.power(&batch)).is_ok());
    Ok(())
}

/// 22,050 Hz, 84 bins every 512 samples, averaged over 20.
pub fn cqt(criterion: &mut Criterion) -> Result<()> {
    let spec = CqtSpec::default();
    let samples = noise(SECONDS * spec.sample_rate as usize);
    let size = (samples.len(), spec.sample_rate);
    let cqt = Cqt::new(&spec)?;
    measure(criterion, ("cqt", "host"), size, || black_box(cqt.magnitudes(&samples)).is_ok());
    Ok(())
}

/// Measures what works on so many samples of a rate in Hz, and says how many seconds of sound a
/// second does.
fn measure(
    criterion: &mut Criterion,
    (group, name): (&str, &str),
    (samples, rate): (usize, u32),
    mut work: impl FnMut() -> bool,
) {
    let (mut spent, mut runs) = (Duration::ZERO, 0);
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(samples as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            let started = Instant::now();
            let all_worked = (0..times).all(|_| work());
            assert!(all_worked, "{name} failed");
            let elapsed = started.elapsed();
            (spent, runs) = (spent + elapsed, runs + times);
            elapsed
        });
    });
    group.finish();
    if runs > 0 {
        let seconds = runs as f64 * samples as f64 / f64::from(rate);
        println!("{name}: {:.0} × real time", seconds / spent.as_secs_f64());
    }
}

/// Uniform within half of full scale.
fn noise(samples: usize) -> Vec<f32> {
    let mut rng = Seed::new(0).stream("noise", &[]);
    (0..samples).map(|_| rng.random_range(-0.5..0.5)).collect()
}

/// The bytes of a 16-bit stereo WAV file.
fn wav(interleaved: &[f32], rate: u32) -> Vec<u8> {
    let size = 2 * interleaved.len() as u32;
    let mut bytes = Vec::with_capacity(44 + size as usize);
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    for word in [16, 1 | 2 << 16, rate, 4 * rate, 4 | 16 << 16] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(interleaved.iter().flat_map(|s| ((s * 32_768.0) as i16).to_le_bytes()));
    bytes
}
