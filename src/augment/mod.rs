//! Augmentations of waveforms and spectrograms: drawn on the host one by one, applied to a batch on
//! its own device.
//!
//! A [`Chain`] or a [`TrackChain`] is what methods use for waveforms, [`Excerpts`] for
//! spectrograms; effects such as [`Chorus`] are done to recordings that are tested. Each
//! [`Augment`] sees only the waves it was drawn for, so all others come out as they went in, bit by
//! bit, and costly ones cost in proportion to their probability. Nothing waits for the device.

mod chain;
mod delay;
mod effect;
mod excerpt;
mod fft;
mod filter;
mod gain;
mod mask;
mod noise;
mod pitch;
mod polarity;
mod reverb;
mod stretch;
mod track_chain;

use rand::RngExt;
use tch::{Device, Kind, Tensor};

use crate::audio::HIGHEST_RATE;
use crate::error::{Error, Result};
use crate::seed::Rng;
use crate::settings::check_sizes;
use crate::tensors::send;

pub use chain::{Chain, ChainConfig, Draws};
pub use delay::{Delay, EchoDraw, Echoes};
pub use effect::{BitCrush, Chorus, Clipping, Compressor, Distortion, SpliceOut};
pub use excerpt::{ExcerptConfig, Excerpts};
pub use filter::{Cutoff, HighLowPass, OneFilter, Shape};
pub use gain::Gain;
pub use mask::FrequencyMasks;
pub use noise::{ColouredDraw, ColouredNoise, Noise, NoiseDraw};
pub use pitch::{PitchRatio, PitchShift, Tempo, fast_ratios};
pub use polarity::Polarity;
pub use reverb::{Reverb, Room};
pub use stretch::TimeStretch;
pub use track_chain::{TrackChain, TrackChainConfig, TrackDraws};

/// Samples that are worked on together on a CPU (measured: 1.4 times as fast as a batch of 128
/// waves at once).
const CACHED_SAMPLES: usize = 160_000;

/// A random change of a waveform.
pub trait Augment {
    /// What is drawn for one wave.
    type Draw: Copy;

    /// Refuses settings that cannot be drawn from or applied at `rate` Hz.
    ///
    /// # Errors
    /// With the setting's name, its value and what is allowed.
    fn check(&self, rate: u32) -> Result<()>;

    /// Draws for one wave; `None` leaves it as it is.
    fn draw(&self, rng: &mut Rng) -> Option<Self::Draw>;

    /// Changes every wave as its own draw says; a wave's result does not depend on the others.
    ///
    /// # Shapes
    /// `[waves, samples]`, f32, at `rate` Hz, with one draw per wave → the same.
    fn apply(&self, waves: &Tensor, draws: &[Self::Draw], rate: u32) -> Tensor;
}

/// Changes, in place, the waves that have a draw.
///
/// # Shapes
/// `[batch, samples]`, f32, with one of `draws` per wave.
pub fn apply_drawn<A: Augment>(
    augment: &A,
    waves: &mut Tensor,
    draws: impl Iterator<Item = Option<A::Draw>>,
    rate: u32,
) {
    let chosen = draws.zip(0i64..).filter_map(|(draw, row)| draw.map(|draw| (row, draw)));
    let (rows, drawn): (Vec<i64>, Vec<A::Draw>) = chosen.unzip();
    if rows.is_empty() || waves.size()[1] == 0 {
        return;
    }
    let many = at_once(waves);
    for (rows, drawn) in rows.chunks(many).zip(drawn.chunks(many)) {
        let rows = send(&Tensor::from_slice(rows), waves.device());
        let changed = augment.apply(&waves.index_select(0, &rows), drawn, rate);
        let _ = waves.index_copy_(0, &rows, &changed);
    }
}

/// How many waves to change at once: on a CPU as many as its caches hold, else all.
fn at_once(waves: &Tensor) -> usize {
    let (batch, samples) = (waves.size()[0] as usize, waves.size()[1] as usize);
    if waves.device() == Device::Cpu { (CACHED_SAMPLES / samples).max(1) } else { batch }
}

/// Whether something of probability `p` happens.
fn happens(p: f64, rng: &mut Rng) -> bool {
    rng.random::<f64>() < p
}

/// A uniform number of `[low, high)`.
fn uniform([low, high]: [f64; 2], rng: &mut Rng) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// One number per wave as a column of f64, on `device`.
fn column(values: impl Iterator<Item = f64>, device: Device) -> Tensor {
    let values: Vec<f64> = values.collect();
    send(&Tensor::from_slice(&values).unsqueeze(1), device)
}

/// `0, 1, … length - 1` as a row of f64, on `device`.
fn ramp(length: i64, device: Device) -> Tensor {
    Tensor::arange(length, (Kind::Double, device)).unsqueeze(0)
}

fn check_probability(p: f64, name: &str) -> Result<()> {
    match (0.0..=1.0).contains(&p) {
        true => Ok(()),
        false => {
            Err(Error::Invalid(format!("{name}.p is {p}; a probability lies between 0 and 1")))
        }
    }
}

fn check_rate(rate: u32) -> Result<()> {
    check_sizes("augment", [("rate", rate)], 1000..=HIGHEST_RATE)
}

/// Refuses a range that is not in order or reaches outside `[least, most]`.
fn check_range([low, high]: [f64; 2], name: &str, [least, most]: [f64; 2]) -> Result<()> {
    match least <= low && low <= high && high <= most {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "{name} is [{low}, {high}]; it must be [low, high] with {least} ≤ low ≤ high ≤ {most}"
        ))),
    }
}

/// Refuses a list that is empty or reaches outside `[least, most]`.
fn check_choices(choices: &[f64], name: &str, [least, most]: [f64; 2]) -> Result<()> {
    let wrong = choices.iter().find(|choice| !(least..=most).contains(*choice));
    let message = match wrong {
        _ if choices.is_empty() => "is empty; it must list at least one value".to_string(),
        Some(choice) => format!("lists {choice}; its values lie between {least} and {most}"),
        None => return Ok(()),
    };
    Err(Error::Invalid(format!("{name} {message}")))
}
