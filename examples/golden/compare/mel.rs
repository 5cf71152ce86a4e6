//! Mel spectrograms against nnAudio, librosa and torchaudio, on the host and on the device.

use std::collections::BTreeMap;
use std::path::Path;

use bench::audio::{DeviceMel, Mel, MelSpec, Norm, Pad, Scale, decibel};
use bench::{Error, Result, device};
use serde::Deserialize;
use tch::{Device, Tensor};

use super::book::{Book, largest};
use super::metrics::json;

/// How far the device may be from the host, relative to the largest value.
const DEVICE: f64 = 1e-4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MelFile {
    wave: WaveFile,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaveFile {
    file: String,
    samples: usize,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Case {
    Power(PowerCase),
    Decibel(DecibelCase),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PowerCase {
    file: String,
    shape: [usize; 2],
    sample_rate: u32,
    n_fft: usize,
    hop: usize,
    n_mels: usize,
    window: Window,
    center: bool,
    pad: Pad,
    power: f64,
    mel: Scale,
    norm: Option<Norm>,
    fmin: f64,
    fmax: f64,
    relative_tolerance: f64,
}

#[derive(Deserialize)]
enum Window {
    #[serde(rename = "periodic hann")]
    PeriodicHann,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecibelCase {
    file: String,
    shape: [usize; 2],
    of: String,
    decibel: Range,
    absolute_tolerance: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    reference: f64,
    amin: f64,
    top_db: Option<f64>,
}

/// What was computed for a case, `[frame, mel]` row by row, by where it was computed.
struct Computed {
    n_mels: usize,
    values: [(&'static str, Vec<f32>); 2],
}

/// Every case, computed on the host and on the device.
pub fn mel(path: &Path, book: &mut Book) -> Result<()> {
    let file: MelFile = json(path)?;
    let folder = path.parent().unwrap_or(path);
    let wave = floats(folder, &file.wave.file, file.wave.samples, book)?;
    let mut computed = BTreeMap::new();
    for case in &file.cases {
        let (name, done) = match case {
            Case::Power(case) => (&case.file, power(case, &wave, folder, book)?),
            Case::Decibel(case) => (&case.file, in_decibel(case, &computed, folder, book)?),
        };
        computed.insert(name.clone(), done);
    }
    Ok(())
}

fn power(case: &PowerCase, wave: &[f32], folder: &Path, book: &mut Book) -> Result<Computed> {
    let Window::PeriodicHann = case.window;
    if !case.center {
        return Err(Error::data(&case.file, "frames that are not centred are not computed here"));
    }
    let spec = case.spec();
    let device = device::find("auto")?;
    let host = Mel::new(&spec)?.power(wave)?;
    let batch = Tensor::f_from_slice(wave)?.unsqueeze(0).to_device(device);
    let found = DeviceMel::new(&spec)?.power(&batch)?.to_device(Device::Cpu);
    let near = Tensor::f_from_slice(&host)?.view([1, -1, spec.n_mels as i64]);
    book.tensors(&format!("{} device against host", case.file), &found, &near, DEVICE);
    let found = Vec::try_from(found.reshape([-1]))?;
    let computed = Computed { n_mels: spec.n_mels, values: [("host", host), ("device", found)] };
    computed.compare(&case.file, case.shape, folder, (case.relative_tolerance, true), book)?;
    Ok(computed)
}

fn in_decibel(
    case: &DecibelCase,
    computed: &BTreeMap<String, Computed>,
    folder: &Path,
    book: &mut Book,
) -> Result<Computed> {
    let unknown =
        || Error::data(&case.file, format!("no case before it has the file {:?}", case.of));
    let of = computed.get(&case.of).ok_or_else(unknown)?;
    let Range { reference, amin, top_db } = case.decibel;
    let values = of.values.clone().map(|(place, mut values)| {
        decibel(&mut values, reference, amin, top_db);
        (place, values)
    });
    let computed = Computed { n_mels: of.n_mels, values };
    computed.compare(&case.file, case.shape, folder, (case.absolute_tolerance, false), book)?;
    Ok(computed)
}

impl PowerCase {
    fn spec(&self) -> MelSpec {
        MelSpec {
            sample_rate: self.sample_rate,
            n_fft: self.n_fft,
            hop: self.hop,
            n_mels: self.n_mels,
            fmin: self.fmin,
            fmax: self.fmax,
            scale: self.mel,
            norm: self.norm.unwrap_or(Norm::None),
            pad: self.pad,
            power: self.power,
        }
    }
}

impl Computed {
    /// Against a file, `[mel, frame]`; the tolerance may be relative to its largest value.
    fn compare(
        &self,
        file: &str,
        shape: [usize; 2],
        folder: &Path,
        (tolerance, relative): (f64, bool),
        book: &mut Book,
    ) -> Result<()> {
        let expected = floats(folder, file, shape[0] * shape[1], book)?;
        let size = largest(expected.iter().map(|value| f64::from(value.abs())));
        let scale = if relative && size > 0.0 { size } else { 1.0 };
        for (place, values) in &self.values {
            let (what, frames) = (format!("{file} {place}"), values.len() / self.n_mels);
            if shape != [self.n_mels, frames] {
                book.problem(
                    &what,
                    &format!("shape {:?}, expected {shape:?}", [self.n_mels, frames]),
                );
                continue;
            }
            let ours = (0..values.len()).map(|at| values[at % frames * self.n_mels + at / frames]);
            let errors =
                ours.zip(&expected).map(|(found, expected)| f64::from((found - expected).abs()));
            book.error(&what, largest(errors) / scale, tolerance);
        }
        Ok(())
    }
}

/// Little-endian floats, as many as there should be.
pub fn floats(folder: &Path, file: &str, count: usize, book: &mut Book) -> Result<Vec<f32>> {
    book.reads(file);
    let path = folder.join(file);
    let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
    let (values, rest) = bytes.as_chunks();
    if values.len() != count || !rest.is_empty() {
        return Err(Error::data(
            path.display(),
            format!("{} bytes, not {count} floats", bytes.len()),
        ));
    }
    Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
