//! The transform itself: Hann frames, two of them in one complex transform, sparse filters.

use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::{MelSpec, Pad};
use crate::Result;

/// Frames whose spectra are filtered together, a SIMD lane each; a whole number of pairs.
const LANES: usize = 8;

/// The bins of one filter that are not 0, and their weights.
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

/// A planned mel spectrogram.
pub struct Mel {
    spec: MelSpec,
    window: Vec<f32>,
    filters: Vec<Filter>,
    fft: Arc<dyn Fft<f32>>,
}

/// What one run over a sound writes to again and again.
struct Scratch {
    pair: Vec<Complex32>,
    fft: Vec<Complex32>,
    /// `[bin, lane]`
    spectra: Vec<[f32; LANES]>,
}

impl Mel {
    /// Plans the transform and keeps its window and filters.
    ///
    /// # Errors
    /// As [`MelSpec::check`].
    pub fn new(spec: &MelSpec) -> Result<Mel> {
        spec.check()?;
        let filters = spec.filterbank().chunks_exact(spec.bins()).map(sparse).collect();
        let fft = FftPlanner::new().plan_fft_forward(spec.n_fft);
        Ok(Mel { spec: *spec, window: spec.window(), filters, fft })
    }

    /// The mel spectrogram of a sound at the settings' sampling rate.
    ///
    /// # Shapes
    /// `[samples]` to `[frame, mel]`, with [`MelSpec::frames`] frames.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if the sound is empty, or too short to be
    /// mirrored: that needs more than `n_fft / 2` samples.
    pub fn power(&self, samples: &[f32]) -> Result<Vec<f32>> {
        let padded = self.padded(samples)?;
        let frames = self.spec.frames(samples.len());
        let mut mels = vec![0.0; frames * self.spec.n_mels];
        let mut scratch = self.scratch();
        for (group, rows) in mels.chunks_mut(LANES * self.spec.n_mels).enumerate() {
            let start = group * LANES * self.spec.hop;
            self.spectra(&padded[start..], rows.len() / self.spec.n_mels, &mut scratch);
            self.filter(&scratch.spectra, rows);
        }
        Ok(mels)
    }

    fn scratch(&self) -> Scratch {
        let zero = Complex32::default();
        Scratch {
            pair: vec![zero; self.spec.n_fft],
            fft: vec![zero; self.fft.get_inplace_scratch_len()],
            spectra: vec![[0.0; LANES]; self.spec.bins()],
        }
    }

    /// The sound with half a frame more at both ends.
    fn padded(&self, samples: &[f32]) -> Result<Vec<f32>> {
        let (half, n) = (self.spec.n_fft / 2, samples.len());
        self.spec.takes(n)?;
        let mut padded = vec![0.0; n + 2 * half + self.spec.n_fft % 2];
        padded[half..half + n].copy_from_slice(samples);
        if self.spec.pad == Pad::Reflect {
            for i in 1..=half {
                padded[half - i] = samples[i];
                padded[half + n - 1 + i] = samples[n - 1 - i];
            }
        }
        Ok(padded)
    }

    /// Fills the lanes of the first `frames` spectra of `padded`.
    fn spectra(&self, padded: &[f32], frames: usize, scratch: &mut Scratch) {
        let Scratch { pair, fft, spectra } = scratch;
        for lane in (0..frames).step_by(2) {
            let frame = |lane: usize| &padded[lane * self.spec.hop..][..self.spec.n_fft];
            // The last frame of an odd number of them is its own partner.
            let (one, two) = (frame(lane), frame((lane + 1).min(frames - 1)));
            for (((z, w), a), b) in pair.iter_mut().zip(&self.window).zip(one).zip(two) {
                *z = Complex32::new(w * a, w * b);
            }
            self.fft.process_with_scratch(pair, fft);
            separate(pair, spectra, lane);
            self.raise(spectra, lane);
        }
    }

    fn raise(&self, spectra: &mut [[f32; LANES]], lane: usize) {
        if self.spec.power != 2.0 {
            let exponent = (self.spec.power / 2.0) as f32;
            for value in spectra.iter_mut().flat_map(|lanes| &mut lanes[lane..lane + 2]) {
                *value = value.powf(exponent);
            }
        }
    }

    fn filter(&self, spectra: &[[f32; LANES]], rows: &mut [f32]) {
        for (m, filter) in self.filters.iter().enumerate() {
            let mut sums = [0.0; LANES];
            for (weight, lanes) in filter.weights.iter().zip(&spectra[filter.first..]) {
                for (sum, value) in sums.iter_mut().zip(lanes) {
                    *sum += weight * value;
                }
            }
            for (row, sum) in rows.chunks_exact_mut(self.spec.n_mels).zip(sums) {
                row[m] = sum;
            }
        }
    }
}

fn sparse(row: &[f32]) -> Filter {
    let first = row.iter().position(|&w| w > 0.0).unwrap_or(0);
    let last = row.iter().rposition(|&w| w > 0.0).map_or(first, |last| last + 1);
    Filter { first, weights: row[first..last].to_vec() }
}

/// Power spectra of the real and the imaginary part: with z the transform's bin k and w its bin
/// n - k, theirs are (z + w*) / 2 and (z - w*) / 2i.
fn separate(transform: &[Complex32], spectra: &mut [[f32; LANES]], lane: usize) {
    let n = transform.len();
    for (k, lanes) in spectra.iter_mut().enumerate() {
        let (z, w) = (transform[k], transform[(n - k) % n]);
        let (sum, difference) = (z + w.conj(), z - w.conj());
        lanes[lane] = 0.25 * sum.norm_sqr();
        lanes[lane + 1] = 0.25 * difference.norm_sqr();
    }
}
