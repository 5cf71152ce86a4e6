//! The constant-Q spectrogram against librosa.

use std::path::Path;

use bench::audio::{Cqt, CqtSpec};
use bench::{Error, Result};
use serde::Deserialize;

use super::book::Book;
use super::mel::floats;
use super::metrics::json;

/// How far the correlation may be from 1: the file allows 0.02, which wavelets of another length
/// pass too.
const CORRELATION: f64 = 1e-4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CqtFile {
    wave: String,
    file: String,
    /// `[bin, frame]`
    shape: [usize; 2],
    sample_rate: u32,
    hop: usize,
    fmin_hz: f64,
    bins_per_octave: usize,
    n_bins: usize,
    value: Value,
    agreement: Agreement,
}

#[derive(Deserialize)]
enum Value {
    #[serde(rename = "magnitude")]
    Magnitude,
}

#[derive(Deserialize)]
enum Agreement {
    #[serde(
        rename = "correlation over all bins of log1p magnitudes >= 0.98, and in every frame after \
                  the first 0.3 s the strongest bin within one"
    )]
    CorrelationAndStrongest,
}

/// The correlation of the logarithms, and the frames whose strongest bin is another one.
pub fn cqt(path: &Path, book: &mut Book) -> Result<()> {
    let file: CqtFile = json(path)?;
    let (Value::Magnitude, Agreement::CorrelationAndStrongest) = (&file.value, &file.agreement);
    let folder = path.parent().unwrap_or(path);
    let [bins, frames] = file.shape;
    let expected = floats(folder, &file.file, bins * frames, book)?;
    let wave = samples(&folder.join(&file.wave))?;
    let found = Cqt::new(&file.spec())?.magnitudes(&wave)?;
    if (file.n_bins, found.len()) != (bins, expected.len()) {
        let sizes = format!("{} bins and {} values", file.n_bins, found.len());
        book.problem("", &format!("{sizes}, expected {:?}", file.shape));
        return Ok(());
    }
    let found: Vec<f32> =
        (0..bins * frames).map(|i| found[i % frames * bins + i / frames]).collect();
    book.error("1 - correlation", 1.0 - correlation(&found, &expected), CORRELATION);
    let first = (0.3 * f64::from(file.sample_rate) / file.hop as f64).ceil() as usize;
    let strongest = |values: &[f32], frame: usize| {
        (0..bins).max_by(|a, b| values[a * frames + frame].total_cmp(&values[b * frames + frame]))
    };
    let apart = |frame: &usize| {
        let pair = strongest(&found, *frame).zip(strongest(&expected, *frame));
        pair.is_none_or(|(found, expected)| found.abs_diff(expected) > 1)
    };
    book.error(
        "frames of another strongest bin",
        (first..frames).filter(apart).count() as f64,
        0.0,
    );
    Ok(())
}

impl CqtFile {
    fn spec(&self) -> CqtSpec {
        CqtSpec {
            sample_rate: self.sample_rate,
            hop: self.hop,
            bins: self.n_bins,
            bins_per_octave: self.bins_per_octave,
            fmin: self.fmin_hz,
            average: 1,
        }
    }
}

fn samples(path: &Path) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let centred = |values: &[f32]| -> Vec<f64> {
        let logs: Vec<f64> = values.iter().map(|value| f64::from(*value).ln_1p()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        logs.iter().map(|log| log - mean).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (a, b) = (centred(a), centred(b));
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}
