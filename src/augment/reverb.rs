//! Freeverb with the parameters of SoX's `reverb`, evaluated as one filter.
//!
//! Freeverb (Jezar at Dreampoint, 2000, public domain) feeds eight damped combs in parallel through
//! four all-passes in series, once per output channel with slightly different lengths. SoX 14.4
//! (`reverb.c`, defaults: full stereo depth, no pre-delay, wet gain 0 dB) maps its three
//! percentages to feedback, damping and lengths as [`Room`] does, scales the wet sound by 0.015,
//! adds the dry one and saturates. The two output channels are averaged.
//!
//! All of it is linear and time-invariant, so its transfer function is evaluated in closed form at
//! the frequencies of one FFT. The response is longer than the FFT; on a circle of radius above
//! one, whatever would wrap around is weaker by [`DECAY`].

use std::f64::consts::TAU;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::fft::{fast_length, rows, spectra};
use super::{Augment, check_probability, check_range, column, happens, ramp, send};
use crate::error::Result;
use crate::seed::Rng;

/// Comb lengths in samples at 44,100 Hz (Freeverb).
const COMBS: [f64; 8] = [1116.0, 1188.0, 1277.0, 1356.0, 1422.0, 1491.0, 1557.0, 1617.0];
/// All-pass lengths in samples at 44,100 Hz (Freeverb).
const ALL_PASSES: [f64; 4] = [225.0, 341.0, 441.0, 556.0];
/// Samples at 44,100 Hz by which the right channel's lengths are, in turn, longer and shorter (SoX
/// at full depth).
const SPREAD: f64 = 12.0;
/// Gain of the wet sound at 0 dB (SoX).
const WET: f64 = 0.015;
/// Feedback at 0 % and at 100 % reverberance (SoX).
const FEEDBACK: [f64; 2] = [0.3, 0.98];
/// How much weaker what wraps around is; rounding errors grow by as much.
const DECAY: f64 = 3000.0;

/// Puts a wave into a room.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reverb {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Least and greatest reverberance in whole percent.
    pub reverberance: [u8; 2],
    /// Least and greatest damping of high frequencies in whole percent.
    pub damping: [u8; 2],
    /// Least and greatest room scale in whole percent.
    pub scale: [u8; 2],
}

impl Default for Reverb {
    fn default() -> Self {
        Reverb { p: 0.6, reverberance: [0, 99], damping: [0, 99], scale: [0, 99] }
    }
}

/// A room, in the percentages of SoX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// How long sound lasts.
    pub reverberance: u8,
    /// How much sooner high frequencies die.
    pub damping: u8,
    /// How large the room is.
    pub scale: u8,
}

impl Room {
    /// The share of a comb's output that it takes in again: 1 - 0.7 · (2/70)^reverberance.
    fn feedback(self) -> f64 {
        let [dry, wet] = FEEDBACK.map(|feedback| 1.0 - feedback);
        1.0 - dry * (wet / dry).powf(f64::from(self.reverberance) / 100.0)
    }

    /// The coefficient of the one-pole low-pass inside a comb.
    fn damping(self) -> f64 {
        0.2 + 0.3 * f64::from(self.damping) / 100.0
    }

    /// The lengths of a channel's combs in samples.
    fn combs(self, channel: usize, rate: u32) -> Vec<f64> {
        lengths(&COMBS, channel, f64::from(rate) * (0.1 + 0.9 * f64::from(self.scale) / 100.0))
    }
}

/// A channel's filter lengths in samples at `rate` Hz.
fn lengths(at_44100: &[f64], channel: usize, rate: f64) -> Vec<f64> {
    let spread = [SPREAD, -SPREAD].map(|spread| spread * channel as f64).into_iter().cycle();
    let scaled =
        at_44100.iter().zip(spread).map(|(length, spread)| (length + spread) * rate / 44100.0);
    scaled.map(|length| (length + 0.5).floor().max(1.0)).collect()
}

impl Augment for Reverb {
    type Draw = Room;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "reverb")?;
        let named =
            [("reverberance", self.reverberance), ("damping", self.damping), ("scale", self.scale)];
        named.iter().try_for_each(|(name, range)| {
            check_range(range.map(f64::from), &format!("reverb.{name}"), [0.0, 100.0])
        })
    }

    fn draw(&self, rng: &mut Rng) -> Option<Room> {
        let mut percent = |[low, high]: [u8; 2]| rng.random_range(low..=high.max(low));
        let room = Room {
            reverberance: percent(self.reverberance),
            damping: percent(self.damping),
            scale: percent(self.scale),
        };
        happens(self.p, rng).then_some(room)
    }

    fn apply(&self, waves: &Tensor, draws: &[Room], rate: u32) -> Tensor {
        (Reverb::wet(waves, draws, rate) + waves).clamp_(-1.0, 1.0)
    }
}

impl Reverb {
    /// What a room adds to each wave.
    ///
    /// # Shapes
    /// `[waves, samples]`, f32, with one room per wave → the same.
    pub fn wet(waves: &Tensor, rooms: &[Room], rate: u32) -> Tensor {
        let samples = waves.size()[1];
        let circle = Circle::new(samples, rate, waves.device());
        let envelope = (ramp(samples, waves.device()) * circle.growth).exp().to_kind(Kind::Float);
        let response = circle.wet(rooms, rate).narrow(1, 0, circle.length / 2 + 1);
        let wet = rows(&(spectra(&(waves / &envelope), circle.length) * response), circle.length);
        wet.narrow(1, 0, samples) * envelope
    }
}

/// The points on a circle about 0 at which the transfer function is evaluated.
///
/// The k-th point is taken apart, k = `fine` · i + j, so that its powers are products of two short
/// rows.
struct Circle {
    /// Length of the FFT.
    length: i64,
    /// Logarithm of the radius.
    growth: f64,
    coarse: i64,
    fine: i64,
    device: Device,
}

impl Circle {
    /// Long enough that even the longest delay (0.04 s) grows by little.
    fn new(samples: i64, rate: u32, device: Device) -> Circle {
        let length = fast_length(samples.max(i64::from(rate) / 10));
        let points = length / 2 + 1;
        let fine = (points as f64).sqrt().ceil() as i64;
        Circle {
            length,
            growth: DECAY.ln() / length as f64,
            coarse: (points + fine - 1) / fine,
            fine,
            device,
        }
    }

    /// z^power at every point z, for each power; the points are padded beyond `length / 2 + 1`.
    ///
    /// # Shapes
    /// `[powers, 1]`, f64 → complex `[powers, points]`.
    fn powers(&self, powers: &Tensor) -> Tensor {
        let turn = |count, step: i64| {
            let angle =
                ramp(count, self.device) * powers * (step as f64 * TAU / self.length as f64);
            [angle.cos(), angle.sin()]
        };
        let radius = (powers * self.growth).exp();
        let coarse = turn(self.coarse, self.fine).map(|part| (part * &radius).to_kind(Kind::Float));
        let fine = turn(self.fine, 1).map(|part| part.to_kind(Kind::Float));
        let coarse = Tensor::complex(&coarse[0], &coarse[1]).unsqueeze(2);
        let fine = Tensor::complex(&fine[0], &fine[1]).unsqueeze(1);
        (coarse * fine).view([-1, self.coarse * self.fine])
    }

    fn power(&self, power: f64) -> Tensor {
        self.powers(&send(&Tensor::from(power).view([1, 1]), self.device))
    }

    /// The transfer function of the wet sound.
    ///
    /// # Shapes
    /// Complex `[rooms, points]`.
    fn wet(&self, rooms: &[Room], rate: u32) -> Tensor {
        let column = |of: &dyn Fn(&Room) -> f64| column(rooms.iter().map(of), self.device);
        let damping = column(&|room| room.damping()).to_kind(Kind::Float);
        let level = column(&|room| room.feedback() * (1.0 - room.damping())).to_kind(Kind::Float);
        let feedback = (self.power(-1.0) * -damping + 1.0).reciprocal_() * level;
        let channel = |channel| {
            let combs: Vec<Vec<f64>> = rooms.iter().map(|room| room.combs(channel, rate)).collect();
            let lengths = |i: usize| super::column(combs.iter().map(|combs| combs[i]), self.device);
            let comb = |i| self.powers(&lengths(i)).g_sub_(&feedback).reciprocal_();
            (1..COMBS.len()).fold(comb(0), |mut sum, i| sum.g_add_(&comb(i)))
                * self.all_passes(channel, rate)
        };
        (channel(0) + channel(1)) * (0.5 * WET)
    }

    /// The transfer function of a channel's all-passes, `[1, points]`.
    fn all_passes(&self, channel: usize, rate: u32) -> Tensor {
        let one = |length: f64| {
            let power = self.power(length);
            (1.5 - &power) / (power - 0.5)
        };
        let lengths = lengths(&ALL_PASSES, channel, f64::from(rate));
        lengths[1..].iter().fold(one(lengths[0]), |product, length| product * one(*length))
    }
}
