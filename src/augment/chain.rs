//! The chain of augmentations of CLMR.
//!
//! J. Spijkervet and J. A. Burgoyne, "Contrastive learning of musical representations", ISMIR 2021,
//! <https://arxiv.org/abs/2103.09410>; probabilities, ranges and order are those of the authors'
//! code.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{
    Augment, Cutoff, Delay, Gain, HighLowPass, Noise, NoiseDraw, PitchShift, Polarity, Reverb,
    Room, apply_drawn,
};
use crate::error::{Error, Result};
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
    /// The filter.
    pub filter: Option<Cutoff>,
    /// The echo's delay in milliseconds.
    pub delay: Option<u32>,
    /// The pitch shift in cents.
    pub pitch: Option<i32>,
    /// The room.
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
        if !(1000..=192_000).contains(&rate) {
            return Err(Error::Invalid(format!(
                "a rate of {rate} Hz is not between 1000 and 192000 Hz"
            )));
        }
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
        let mut waves = waves.copy();
        self.step(&self.config.polarity, &mut waves, draws, |d| d.polarity);
        self.step(&self.config.noise, &mut waves, draws, |d| d.noise);
        self.step(&self.config.gain, &mut waves, draws, |d| d.gain);
        self.step(&self.config.filter, &mut waves, draws, |d| d.filter);
        self.step(&self.config.delay, &mut waves, draws, |d| d.delay);
        self.step(&self.config.pitch, &mut waves, draws, |d| d.pitch);
        self.step(&self.config.reverb, &mut waves, draws, |d| d.reverb);
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

    fn step<A: Augment>(
        &self,
        augment: &A,
        waves: &mut Tensor,
        draws: &[Draws],
        of: fn(&Draws) -> Option<A::Draw>,
    ) {
        let draws: Vec<Option<A::Draw>> = draws.iter().map(of).collect();
        apply_drawn(augment, waves, &draws, self.rate);
    }
}
