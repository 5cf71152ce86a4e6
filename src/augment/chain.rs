//! Augmentations of raw sound, one after the other, each with its own probability.
//!
//! J. Spijkervet and J. A. Burgoyne, "Contrastive learning of musical representations", ISMIR 2021,
//! <https://arxiv.org/abs/2103.09410>; probabilities, ranges and order are those of the authors'
//! code.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{
    Augment, Cutoff, Delay, Gain, HighLowPass, Noise, NoiseDraw, PitchShift, Polarity, Reverb,
    Room, apply_drawn, check_rate,
};
use crate::error::Result;
use crate::seed::Rng;

/// The augmentations in the order in which they are applied; `p: 0` leaves one out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChainConfig {
    /// First: polarity inversion.
    pub polarity: Polarity,
    /// Second: white noise.
    pub noise: Noise,
    /// Third: attenuation.
    pub gain: Gain,
    /// Fourth: a high-pass or a low-pass.
    pub filter: HighLowPass,
    /// Fifth: an echo.
    pub delay: Delay,
    /// Sixth: a pitch shift.
    pub pitch: PitchShift,
    /// Last: a room.
    pub reverb: Reverb,
}

/// What is drawn for one wave; `None` leaves an augmentation out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Draws {
    /// Polarity inversion.
    pub polarity: Option<()>,
    /// White noise.
    pub noise: Option<NoiseDraw>,
    /// Gain in dB.
    pub gain: Option<f64>,
    /// What the filter keeps, in Hz.
    pub filter: Option<Cutoff>,
    /// The echo's delay in milliseconds.
    pub delay: Option<u32>,
    /// The pitch shift in cents.
    pub pitch: Option<i32>,
    /// The room it is heard in.
    pub reverb: Option<Room>,
}

/// A checked chain for waves of one sample rate.
#[derive(Clone, Debug)]
pub struct Chain {
    config: ChainConfig,
    rate: u32,
}

impl Chain {
    /// A chain for waves sampled at `rate` Hz.
    ///
    /// # Errors
    /// When a setting is out of range, or a cutoff lies above half the rate.
    pub fn new(config: ChainConfig, rate: u32) -> Result<Chain> {
        check_rate(rate)?;
        config.polarity.check(rate)?;
        config.noise.check(rate)?;
        config.gain.check(rate)?;
        config.filter.check(rate)?;
        config.delay.check(rate)?;
        config.pitch.check(rate)?;
        config.reverb.check(rate)?;
        Ok(Chain { config, rate })
    }

    /// Draws for one wave.
    pub fn draw(&self, rng: &mut Rng) -> Draws {
        Draws {
            polarity: self.config.polarity.draw(rng),
            noise: self.config.noise.draw(rng),
            gain: self.config.gain.draw(rng),
            filter: self.config.filter.draw(rng),
            delay: self.config.delay.draw(rng),
            pitch: self.config.pitch.draw(rng),
            reverb: self.config.reverb.draw(rng),
        }
    }

    /// Changes each wave by its own draws.
    ///
    /// # Shapes
    /// `[batch, samples]`, f32, with one of `draws` per wave → the same.
    pub fn apply(&self, waves: &Tensor, draws: &[Draws]) -> Tensor {
        let Chain { config, rate } = self;
        let mut waves = waves.copy();
        apply_drawn(&config.polarity, &mut waves, draws.iter().map(|d| d.polarity), *rate);
        apply_drawn(&config.noise, &mut waves, draws.iter().map(|d| d.noise), *rate);
        apply_drawn(&Clipped(&config.gain), &mut waves, draws.iter().map(|d| d.gain), *rate);
        apply_drawn(&config.filter, &mut waves, draws.iter().map(|d| d.filter), *rate);
        apply_drawn(&config.delay, &mut waves, draws.iter().map(|d| d.delay), *rate);
        apply_drawn(&Clipped(&config.pitch), &mut waves, draws.iter().map(|d| d.pitch), *rate);
        apply_drawn(&config.reverb, &mut waves, draws.iter().map(|d| d.reverb), *rate);
        waves
    }

    /// Draws for every wave in turn and changes each by its own draws.
    ///
    /// # Shapes
    /// `[batch, samples]`, f32 → the same.
    pub fn augment(&self, waves: &Tensor, rng: &mut Rng) -> Tensor {
        let draws: Vec<Draws> = (0..waves.size()[0]).map(|_| self.draw(rng)).collect();
        self.apply(waves, &draws)
    }

    /// One view per clip of an item, each changed by its own draws.
    ///
    /// # Shapes
    /// `[batch, clips, samples]`, f32 → `clips` times `[batch, samples]`.
    pub fn views(&self, clips: &Tensor, rng: &mut Rng) -> Vec<Tensor> {
        clips.unbind(1).iter().map(|waves| self.augment(waves, rng)).collect()
    }
}

/// An augmentation whose results are clipped to [-1, 1]: a gain's as torchaudio's `Vol` clips them,
/// a pitch shift's as SoX does. One that is not finite is replaced by the wave itself.
struct Clipped<'a, A>(&'a A);

impl<A: Augment> Augment for Clipped<'_, A> {
    type Draw = A::Draw;

    fn check(&self, rate: u32) -> Result<()> {
        self.0.check(rate)
    }

    fn draw(&self, rng: &mut Rng) -> Option<A::Draw> {
        self.0.draw(rng)
    }

    fn apply(&self, waves: &Tensor, draws: &[A::Draw], rate: u32) -> Tensor {
        let changed = self.0.apply(waves, draws, rate);
        let finite = changed.sum_dim_intlist(1, true, None).isfinite();
        changed.clamp(-1.0, 1.0).where_self(&finite, waves)
    }
}
