//! Pitch shifting by resampling and a phase vocoder.
//!
//! Departs from SoX, whose `pitch` overlaps pieces of the wave where they fit best: resampling by
//! the ratio r changes pitch and duration, and a phase vocoder (Flanagan and Golden, "Phase
//! vocoder", Bell System Technical Journal, 1966) gives the duration back. Each frame is
//! transformed at two places one hop apart, so its phases advance by what was measured (Puckette,
//! "Phase-locked vocoder", WASPAA 1995) and need no unwrapping.

mod cents;
mod ratio;
mod tempo;

use tch::{Kind, Tensor};

use super::fft::{fast_length, rows, spectra};
use super::{column, ramp};

pub use cents::PitchShift;
pub use ratio::{PitchRatio, fast_ratios};
pub use tempo::Tempo;

/// Silence, in samples, put before and after a wave so that its ends do not meet.
const MARGIN: i64 = 64;
/// Frames that overlap at each sample.
const OVERLAP: i64 = 4;
/// Width of the anti-aliasing filter's slope, as a share of the Nyquist frequency.
const SLOPE: f64 = 0.05;
/// Gives a spectrum of zeros a phase.
const SILENCE: f64 = 1e-30;

/// Shifts each wave's pitch by its own ratio and keeps the duration.
///
/// # Shapes
/// `[waves, samples]`, with one ratio per wave → the same.
fn shift(waves: &Tensor, ratios: &[f64], rate: u32) -> Tensor {
    Vocoder::new(waves.size()[1], ratios, rate).shift(waves, ratios)
}

/// Plays each wave at its own tempo and keeps its pitch and its number of samples.
///
/// # Shapes
/// `[waves, samples]`, with one rate per wave → the same.
fn stretch(waves: &Tensor, rates: &[f64], rate: u32) -> Tensor {
    Vocoder::new(waves.size()[1], &[], rate).stretch(waves, rates)
}

/// The lengths a batch is shifted with, in samples.
struct Vocoder {
    samples: i64,
    /// Length of a frame.
    frame: i64,
    /// Distance of the frames of the output.
    hop: i64,
    /// Number of frames.
    frames: i64,
    /// Length of the longest resampled wave with the silence around it.
    resampled: i64,
}

impl Vocoder {
    fn new(samples: i64, ratios: &[f64], rate: u32) -> Vocoder {
        let frame = 1 << (0.055 * f64::from(rate)).log2().round().max(4.0) as u32;
        let hop = frame / OVERLAP;
        let frames = (samples + hop - 1) / hop + 1;
        let least = ratios.iter().copied().fold(1.0, f64::min);
        let resampled = ((frames * hop) as f64 / least).ceil() as i64 + hop + frame;
        Vocoder { samples, frame, hop, frames, resampled }
    }

    fn shift(&self, waves: &Tensor, ratios: &[f64]) -> Tensor {
        let ratios = column(ratios.iter().copied(), waves.device());
        let resampled = self.resample(waves, &ratios);
        let starts = (ramp(self.frames, waves.device()) * self.hop as f64 / ratios)
            .round()
            .to_kind(Kind::Int64);
        self.laid(&resampled, starts)
    }

    fn stretch(mut self, waves: &Tensor, rates: &[f64]) -> Tensor {
        let most = rates.iter().copied().fold(1.0, f64::max);
        let rates = column(rates.iter().copied(), waves.device());
        let lead = self.frame / 2 + self.hop;
        self.resampled = ((self.frames * self.hop) as f64 * most).ceil() as i64 + lead + self.frame;
        let behind = self.resampled - lead - self.samples;
        let padded = waves.constant_pad_nd([lead, behind]);
        let starts = (ramp(self.frames, waves.device()) * self.hop as f64 * rates)
            .round()
            .to_kind(Kind::Int64);
        self.laid(&padded, starts)
    }

    /// Frames from the given starts, a hop apart from each other.
    ///
    /// # Shapes
    /// `[waves, resampled]`, starts `[waves, frames]` → `[waves, samples]`.
    fn laid(&self, sound: &Tensor, starts: Tensor) -> Tensor {
        let window = Tensor::hann_window(self.frame, (Kind::Float, sound.device()));
        let before = self.frames_at(sound, &starts, &window);
        let at = self.frames_at(sound, &(starts + self.hop), &window);
        self.overlap(&(rows(&advance(&at, &before), self.frame) * &window), &window)
    }

    /// Reads every wave at its own speed, band-limited, after silence for half a frame and a hop.
    ///
    /// A spline of third order through twice the samples; its smoothing is undone in the spectrum.
    ///
    /// # Shapes
    /// `[waves, samples]`, ratios `[waves, 1]` → `[waves, resampled]`.
    fn resample(&self, waves: &Tensor, ratios: &Tensor) -> Tensor {
        let length = fast_length(self.samples + 2 * MARGIN);
        let spectra =
            spectra(&waves.constant_pad_nd([MARGIN, MARGIN]), length) * band(length, ratios);
        let dense = rows(&spectra, 2 * length);
        let time = ramp(self.resampled, waves.device()) - (self.frame / 2 + self.hop) as f64;
        let place = (time * ratios * 2.0 + 2.0 * MARGIN as f64)
            .clamp_(1.0, (2 * (self.samples + 2 * MARGIN) - 3) as f64);
        spline(&dense, &place)
    }

    /// The windowed spectra at the given starts.
    ///
    /// # Shapes
    /// `[waves, resampled]`, starts `[waves, frames]` → complex `[waves, frames, frame / 2 + 1]`.
    fn frames_at(&self, resampled: &Tensor, starts: &Tensor, window: &Tensor) -> Tensor {
        let waves = resampled.size()[0];
        let row =
            Tensor::arange(waves, (Kind::Int64, resampled.device())).unsqueeze(1) * self.resampled;
        let frames = resampled
            .view([-1])
            .unfold(0, self.frame, 1)
            .index_select(0, &(starts + row).view([-1]));
        spectra(&(frames * window).view([waves, self.frames, self.frame]), self.frame)
    }

    /// Adds frames up at their places and evens out the windows.
    ///
    /// # Shapes
    /// `[waves, frames, frame]` → `[waves, samples]`.
    fn overlap(&self, frames: &Tensor, window: &Tensor) -> Tensor {
        let weight = (window * window).expand([1, self.frames, self.frame], false);
        let [sum, weight] = [frames, &weight].map(|frames| {
            let parts = frames.reshape([-1, self.frames, OVERLAP, self.hop]);
            let part = |i| parts.select(2, i).constant_pad_nd([0, 0, i, OVERLAP - 1 - i]);
            let sum = (1..OVERLAP).fold(part(0), |sum, i| sum + part(i));
            sum.view([sum.size()[0], -1]).narrow(1, self.frame / 2, self.samples)
        });
        sum / weight
    }
}

/// The spectra of frames whose phases advance, from frame to frame, by what they advanced between
/// `before` and `at`.
///
/// The middle frame keeps its phases: it lies inside the wave, where those of a partial's bins
/// belong together.
///
/// # Shapes
/// Complex `[waves, frames, bins]`.
fn advance(at: &Tensor, before: &Tensor) -> Tensor {
    let turns = (at * before.conj()).g_add_scalar_(SILENCE).sgn().cumprod(1, None);
    let middle = at.size()[1] / 2;
    let start = (at.narrow(1, middle, 1) + SILENCE).sgn() * turns.narrow(1, middle, 1).conj();
    (turns * start).g_mul_(&at.abs())
}

/// What spectra are multiplied with before twice as many samples are made of them: the
/// anti-aliasing low-pass for each ratio, over the response of the cubic B-spline.
///
/// # Shapes
/// `[waves, 1]` → `[waves, length / 2 + 1]`.
fn band(length: i64, ratios: &Tensor) -> Tensor {
    let share = ramp(length / 2 + 1, ratios.device()) * (2.0 / length as f64);
    let pass = ((ratios.reciprocal().clamp_max(1.0) - &share) / SLOPE).clamp_(0.0, 1.0);
    (pass * 2.0 / (share * 0.25).sinc().pow_tensor_scalar(4)).to_kind(Kind::Float)
}

/// The cubic B-spline with these coefficients, at fractional places of each row.
///
/// # Shapes
/// Coefficients `[waves, n]`, places `[waves, m]` in `[1, n - 3]` → `[waves, m]`.
fn spline(coefficients: &Tensor, places: &Tensor) -> Tensor {
    let left = places.floor();
    let t = (places - &left).to_kind(Kind::Float);
    let first = left.to_kind(Kind::Int64) - 1;
    let tap = |i| coefficients.narrow(1, i, coefficients.size()[1] - 3).gather(1, &first, false);
    let (square, s) = (&t * &t, 1.0 - &t);
    let cube = &square * &t;
    let outer = [&s * &s * &s, cube.shallow_clone()];
    let second = &cube * 3.0 - &square * 6.0 + 4.0;
    let third: Tensor = 6.0 - &outer[0] - &second - &outer[1];
    (tap(0) * &outer[0] + tap(1) * second + tap(2) * third + tap(3) * &outer[1]) / 6.0
}
