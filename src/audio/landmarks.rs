//! Landmarks of a sound, by which a recording is found again in another encoding, level or cut:
//! pairs of peaks of its spectrogram.
//!
//! A. Wang, *An industrial-strength audio search algorithm*, ISMIR 2003,
//! <https://www.ee.columbia.edu/~dpwe/papers/Wang03-shazam.pdf>. The paper gives no sizes; these
//! make about 45 landmarks a second.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// Samples of a frame: bins of 8 Hz tell semitones apart from 150 Hz on.
const FRAME: usize = 1024;

/// From a frame to the next, in samples.
const HOP: usize = 256;

/// The bins that are looked at: 156 Hz to 3.9 kHz.
const BINS: Range<usize> = 20..500;

/// A peak has nothing greater so many frames and bins around it.
const AROUND: [usize; 2] = [8, 20];

/// Power of the faintest peak where the strongest has 1.
const FAINTEST: f32 = 1e-5;

/// A peak is paired with so many others,
const PAIRS: usize = 3;

/// so many frames later
const LATER: RangeInclusive<usize> = 2..=63;

/// and at most so many bins higher or lower.
const ASIDE: usize = 63;

/// Two peaks: bin of the first, bins and frames from there to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landmark {
    /// All three, below 2²³.
    pub hash: u32,
    /// The frame of the first.
    pub frame: u32,
}

/// Finds landmarks.
pub struct Landmarks {
    window: Vec<f32>,
    fft: Arc<dyn Fft<f32>>,
}

/// A frame and a bin.
type Peak = (usize, usize);

impl Landmarks {
    /// The sampling rate of the sound, in Hz.
    pub const RATE: u32 = 8000;

    /// Plans the transform.
    pub fn plan() -> Landmarks {
        let step = std::f64::consts::TAU / FRAME as f64;
        let window = (0..FRAME).map(|n| (0.5 - 0.5 * (step * n as f64).cos()) as f32).collect();
        Landmarks { window, fft: FftPlanner::new().plan_fft_forward(FRAME) }
    }

    /// The landmarks of a sound at [`Landmarks::RATE`], in the order of their frames; none of
    /// silence.
    pub fn of(&self, samples: &[f32]) -> Vec<Landmark> {
        pairs(&peaks(&self.powers(samples)))
    }

    /// `[frame][bin]`
    fn powers(&self, samples: &[f32]) -> Vec<Vec<f32>> {
        let mut bins = vec![Complex32::default(); FRAME];
        let frames = samples.windows(FRAME).step_by(HOP);
        let power = |frame: &[f32]| {
            for ((bin, weight), sample) in bins.iter_mut().zip(&self.window).zip(frame) {
                *bin = Complex32::new(weight * sample, 0.0);
            }
            self.fft.process(&mut bins);
            bins[BINS].iter().map(Complex32::norm_sqr).collect()
        };
        frames.map(power).collect()
    }
}

/// The peaks, frame by frame from low to high.
fn peaks(powers: &[Vec<f32>]) -> Vec<Peak> {
    let strongest = powers.iter().flatten().copied().fold(0.0, f32::max);
    let mut peaks = Vec::new();
    for (frame, row) in powers.iter().enumerate() {
        for (bin, power) in row.iter().enumerate() {
            if *power > strongest * FAINTEST && is_peak(powers, (frame, bin)) {
                peaks.push((frame, bin));
            }
        }
    }
    peaks
}

fn is_peak(powers: &[Vec<f32>], (frame, bin): Peak) -> bool {
    let power = powers[frame][bin];
    let near =
        |at: usize, reach: usize, end: usize| at.saturating_sub(reach)..(at + reach + 1).min(end);
    let bins = near(bin, AROUND[1], BINS.len());
    let below = |row: &Vec<f32>| row[bins.clone()].iter().all(|other| *other <= power);
    below(&powers[frame]) && powers[near(frame, AROUND[0], powers.len())].iter().all(below)
}

fn pairs(peaks: &[Peak]) -> Vec<Landmark> {
    let mut landmarks = Vec::new();
    for (at, &(frame, bin)) in peaks.iter().enumerate() {
        let later = peaks[at..].iter().map(|(other, aside)| (other - frame, *aside));
        let later = later.skip_while(|(frames, _)| frames < LATER.start());
        let near = later
            .take_while(|(frames, _)| LATER.contains(frames))
            .filter(|(_, other)| other.abs_diff(bin) <= ASIDE);
        landmarks.extend(near.take(PAIRS).map(|(frames, other)| {
            let aside = other + ASIDE + 1 - bin;
            Landmark { hash: ((bin << 14) | (aside << 7) | frames) as u32, frame: frame as u32 }
        }));
    }
    landmarks
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    /// Bursts of a pure tone: `(Hz, seconds)` from the beginning to the burst's middle.
    fn bursts(bursts: &[(f64, f64)]) -> Vec<f32> {
        let rate = f64::from(Landmarks::RATE);
        let sample = |n: usize| {
            let time = n as f64 / rate;
            let burst = |(hertz, middle): &(f64, f64)| {
                (-((time - middle) / 0.05).powi(2)).exp() * (TAU * hertz * time).sin()
            };
            bursts.iter().map(burst).sum::<f64>() as f32
        };
        (0..Landmarks::RATE as usize * 2).map(sample).collect()
    }

    #[test]
    fn two_bursts_are_one_landmark_that_says_where_they_are() {
        // Frames of 1024 samples every 256: a burst in the middle of frame f is 512 + 256 f samples
        // in.
        let middle = |frame: f64| (512.0 + 256.0 * frame) / 8000.0;
        let found =
            Landmarks::plan().of(&bursts(&[(1000.0, middle(10.0)), (1250.0, middle(30.0))]));
        // 1000 Hz is bin 128, 1250 Hz bin 160; bins count from 20 on.
        let hash = (108 << 14) | ((32 + 64) << 7) | 20;
        assert_eq!(found, [Landmark { hash, frame: 10 }]);
    }

    #[test]
    fn silence_and_what_is_shorter_than_a_frame_have_none() {
        for samples in [vec![0.0; 8000], vec![0.5; 1023], Vec::new()] {
            assert_eq!(Landmarks::plan().of(&samples), []);
        }
    }
}
