//! The transform itself: the spectrum of a long block times the spectrum of each wavelet, folded so
//! that its inverse transform has one value per hop.

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use rustfft::num_complex::{Complex32, Complex64};
use rustfft::{Fft, FftPlanner};

use super::CqtSpec;
use crate::{Error, Result};

/// Side lobes of a wavelet's spectrum that are kept; the next are below -74 dB.
const LOBES: f64 = 12.0;

/// A block is at least so many times as long as the longest wavelet.
const WAVELETS_PER_BLOCK: usize = 8;

/// A planned constant-Q spectrogram.
///
/// A bin's value is that of
/// [`librosa.cqt`](https://librosa.org/doc/0.11.0/generated/librosa.cqt.html): the magnitude of the
/// sound's product with a complex Hann wavelet of Q periods whose window sums to 1, times the root
/// of its length in samples. Two traits of librosa that come from its halving the sampling rate
/// octave by octave are kept: a window is an odd number of samples of its octave's rate long, and
/// stands half such a sample late.
pub struct Cqt {
    spec: CqtSpec,
    wavelets: Vec<Wavelet>,
    /// Hops in a block.
    hops: usize,
    /// Hops at each end of a block whose wavelets may reach beyond it.
    margin: usize,
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
}

/// The part of a wavelet's spectrum that is not 0; it begins and ends at multiples of the number of
/// hops.
struct Wavelet {
    first: usize,
    weights: Vec<Complex32>,
}

/// What one run over a sound writes to again and again.
struct Scratch {
    block: Vec<Complex32>,
    folded: Vec<Complex32>,
    fft: Vec<Complex32>,
}

impl Cqt {
    /// Plans the transform and makes its wavelets.
    ///
    /// # Errors
    /// As [`CqtSpec::check`].
    pub fn new(spec: &CqtSpec) -> Result<Cqt> {
        spec.check()?;
        let shapes: Vec<Shape> = (0..spec.bins).map(|bin| Shape::new(spec, bin)).collect();
        let reach = shapes.iter().map(Shape::reach).fold(0.0, f64::max);
        let margin = (reach / spec.hop as f64).ceil() as usize;
        let hops = (WAVELETS_PER_BLOCK * 2 * margin).next_power_of_two();
        let wavelets = shapes.iter().map(|shape| shape.wavelet(hops, hops * spec.hop)).collect();
        let mut planner = FftPlanner::new();
        let forward = planner.plan_fft_forward(hops * spec.hop);
        let inverse = planner.plan_fft_inverse(hops);
        Ok(Cqt { spec: *spec, wavelets, hops, margin, forward, inverse })
    }

    /// The constant-Q magnitudes of a sound at the settings' sampling rate; beyond its ends there
    /// is silence.
    ///
    /// # Shapes
    /// `[samples]` to `[frame, bin]`, with [`CqtSpec::frames`] frames.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the sound is empty.
    pub fn magnitudes(&self, samples: &[f32]) -> Result<Vec<f32>> {
        if samples.is_empty() {
            return Err(Error::Invalid("constant-Q spectrogram: the sound is empty".into()));
        }
        let CqtSpec { hop, bins, .. } = self.spec;
        let mut rows = vec![0.0; (samples.len() / hop + 1) * bins];
        let mut scratch = self.scratch();
        let kept = self.hops - 2 * self.margin;
        for (block, rows) in rows.chunks_mut(kept * bins).enumerate() {
            self.load(samples, block * kept, &mut scratch);
            for (bin, wavelet) in self.wavelets.iter().enumerate() {
                self.respond(wavelet, &mut scratch);
                let responses = &scratch.folded[self.margin..];
                for (row, response) in rows.chunks_exact_mut(bins).zip(responses) {
                    row[bin] = response.norm_sqr().sqrt();
                }
            }
        }
        Ok(self.averaged(rows))
    }

    fn scratch(&self) -> Scratch {
        let zeros = |length| vec![Complex32::default(); length];
        let (there, back) = (&self.forward, &self.inverse);
        let most = there.get_inplace_scratch_len().max(back.get_inplace_scratch_len());
        Scratch { block: zeros(there.len()), folded: zeros(self.hops), fft: zeros(most) }
    }

    /// The spectrum of the block whose first hop to be kept is `hop`.
    fn load(&self, samples: &[f32], hop: usize, Scratch { block, fft, .. }: &mut Scratch) {
        let (at, before) = (hop * self.spec.hop, self.margin * self.spec.hop);
        let missing = before.saturating_sub(at);
        block.fill(Complex32::default());
        for (z, sample) in block[missing..].iter_mut().zip(&samples[at + missing - before..]) {
            z.re = *sample;
        }
        self.forward.process_with_scratch(block, fft);
    }

    /// A wavelet's response at every hop: folding a spectrum takes every so many samples only.
    fn respond(&self, wavelet: &Wavelet, Scratch { block, folded, fft }: &mut Scratch) {
        folded.fill(Complex32::default());
        let spectrum = block[wavelet.first..].chunks_exact(self.hops);
        for (weights, values) in wavelet.weights.chunks_exact(self.hops).zip(spectrum) {
            for ((sum, weight), value) in folded.iter_mut().zip(weights).zip(values) {
                *sum += weight * value;
            }
        }
        self.inverse.process_with_scratch(folded, fft);
    }

    fn averaged(&self, rows: Vec<f32>) -> Vec<f32> {
        let CqtSpec { average, bins, .. } = self.spec;
        let mut means = Vec::with_capacity(rows.len().div_ceil(average));
        for rows in rows.chunks(average * bins) {
            let count = (rows.len() / bins) as f32;
            means.extend(
                (0..bins).map(|bin| rows.iter().skip(bin).step_by(bins).sum::<f32>() / count),
            );
        }
        means
    }
}

/// A wavelet in time.
struct Shape {
    /// Cycles per sample.
    frequency: f64,
    /// What the window's unit sum is scaled by.
    scale: f64,
    /// Length of the window in samples.
    length: f64,
    /// How far its middle lies behind the hop's, in samples.
    delay: f64,
}

impl Shape {
    fn new(spec: &CqtSpec, bin: usize) -> Shape {
        let frequency = spec.frequency(bin) / f64::from(spec.sample_rate);
        let length = spec.periods() / frequency;
        let octave = (spec.bins - 1 - bin) / spec.bins_per_octave;
        let stride = f64::from(1_u32 << octave.min(spec.hop.trailing_zeros() as usize));
        Shape {
            frequency,
            scale: length.sqrt(),
            length: (2.0 * (length / stride / 2.0).floor() + 1.0) * stride,
            delay: stride / 2.0,
        }
    }

    /// How far it lasts from the hop's middle, in samples.
    fn reach(&self) -> f64 {
        self.length / 2.0 + self.delay
    }

    /// Its spectrum at multiples of 1 / `size` cycles per sample, from 0 to 1/2.
    fn wavelet(&self, hops: usize, size: usize) -> Wavelet {
        let bin = |cycles: f64| cycles.clamp(0.0, 0.5) * size as f64;
        let width = LOBES / self.length;
        let first = bin(self.frequency - width).ceil() as usize;
        let last = bin(self.frequency + width).floor() as usize;
        let start = first / hops * hops;
        let mut weights = vec![Complex32::default(); last / hops * hops + hops - start];
        for k in first..=last {
            let cycles = k as f64 / size as f64;
            let height = hann((cycles - self.frequency) * self.length) * self.scale / size as f64;
            let weight = Complex64::from_polar(height, TAU * cycles * self.delay);
            weights[k - start] = Complex32::new(weight.re as f32, weight.im as f32);
        }
        Wavelet { first: start, weights }
    }
}

/// The spectrum of a Hann window of length and sum 1.
fn hann(x: f64) -> f64 {
    let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
    let gap = 1.0 - x * x;
    // sinc x / (1 - x²) tends to 1/2 where both are 0.
    if gap.abs() < 1e-9 { 0.5 } else { sinc / gap }
}
