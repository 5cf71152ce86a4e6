//! The chain of augmentations of SemiSupCon.
//!
//! J. Guinot, E. Quinton and G. Fazekas, "Semi-supervised contrastive learning of musical
//! representations", ISMIR 2024, <https://arxiv.org/abs/2407.13840>, table 1; probabilities, ranges
//! and order are those of the authors' code, which uses torch-audiomentations.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{
    Augment, ColouredDraw, ColouredNoise, Cutoff, EchoDraw, Echoes, Gain, OneFilter, PitchRatio,
    Polarity, apply_drawn, check_probability, check_rate, fast_ratios, happens,
};
use crate::error::Result;
use crate::seed::Rng;

/// The augmentations in the order in which they are applied; `p: 0` leaves one out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackChainConfig {
    /// Probability, from 0 to 1, that the views of a track are changed at all.
    pub p: f64,
    /// First: gain; nothing is clipped.
    pub gain: Gain,
    /// Second: polarity inversion.
    pub polarity: Polarity,
    /// Third: coloured noise.
    pub noise: ColouredNoise,
    /// Fourth: a filter, of one kind for all views of a track.
    pub filter: OneFilter,
    /// Fifth: a pitch shift.
    pub pitch: PitchRatio,
    /// Last: echoes.
    pub delay: Echoes,
}

impl Default for TrackChainConfig {
    fn default() -> Self {
        let filter = OneFilter {
            p: 0.3,
            centre: [200.0, 4000.0],
            width: [0.5, 1.99],
            highpass: [200.0, 2400.0],
            lowpass: [150.0, 7500.0],
        };
        let delay = Echoes {
            p: 0.6,
            millis: [100.0, 500.0],
            volume: vec![0.3, 0.7],
            repeats: vec![1, 3],
            attenuation: vec![0.3, 0.7],
        };
        TrackChainConfig {
            p: 0.8,
            gain: Gain { p: 0.4, decibels: [-15.0, 5.0] },
            polarity: Polarity { p: 0.6 },
            noise: ColouredNoise { p: 0.6, snr: [3.0, 30.0], decay: [-2.0, 2.0] },
            filter,
            pitch: PitchRatio { p: 0.6, ratios: fast_ratios(22_050, 4.0) },
            delay,
        }
    }
}

/// What is drawn for one view; `None` leaves an augmentation out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrackDraws {
    /// Gain in dB.
    pub gain: Option<f64>,
    /// Polarity inversion.
    pub polarity: Option<()>,
    /// Coloured noise.
    pub noise: Option<ColouredDraw>,
    /// What the filter keeps, in Hz.
    pub filter: Option<Cutoff>,
    /// The pitch shift: frequencies after over before.
    pub pitch: Option<f64>,
    /// How late, how many and how loud its echoes are.
    pub delay: Option<EchoDraw>,
}

/// A checked chain for the views of tracks, of one sample rate.
#[derive(Clone, Debug)]
pub struct TrackChain {
    config: TrackChainConfig,
    rate: u32,
}

impl TrackChain {
    /// A chain for waves sampled at `rate` Hz.
    ///
    /// # Errors
    /// When a setting is out of range, or a frequency lies above half the rate.
    pub fn new(config: TrackChainConfig, rate: u32) -> Result<TrackChain> {
        check_rate(rate)?;
        check_probability(config.p, "augment")?;
        config.gain.check(rate)?;
        config.polarity.check(rate)?;
        config.noise.check(rate)?;
        config.filter.check(rate)?;
        config.pitch.check(rate)?;
        config.delay.check(rate)?;
        Ok(TrackChain { config, rate })
    }

    /// Draws for the views of one track: whether any is changed, then which filter it is, and
    /// everything else view by view.
    pub fn draw(&self, views: usize, rng: &mut Rng) -> Vec<TrackDraws> {
        let config = &self.config;
        if !happens(config.p, rng) {
            return vec![TrackDraws::default(); views];
        }
        let shape = config.filter.shape(rng);
        let view = |_| TrackDraws {
            gain: config.gain.draw(rng),
            polarity: config.polarity.draw(rng),
            noise: config.noise.draw(rng),
            filter: config.filter.draw_as(shape, rng),
            pitch: config.pitch.draw(rng),
            delay: config.delay.draw(rng),
        };
        (0..views).map(view).collect()
    }

    /// Changes each wave by its own draws.
    ///
    /// # Shapes
    /// `[waves, samples]`, f32, with one of `draws` per wave → the same.
    pub fn apply(&self, waves: &Tensor, draws: &[TrackDraws]) -> Tensor {
        let TrackChain { config, rate } = self;
        let mut waves = waves.copy();
        apply_drawn(&config.gain, &mut waves, draws.iter().map(|d| d.gain), *rate);
        apply_drawn(&config.polarity, &mut waves, draws.iter().map(|d| d.polarity), *rate);
        apply_drawn(&config.noise, &mut waves, draws.iter().map(|d| d.noise), *rate);
        apply_drawn(&config.filter, &mut waves, draws.iter().map(|d| d.filter), *rate);
        apply_drawn(&config.pitch, &mut waves, draws.iter().map(|d| d.pitch), *rate);
        apply_drawn(&config.delay, &mut waves, draws.iter().map(|d| d.delay), *rate);
        waves
    }

    /// Draws for the views of every track in turn and changes each by its own draws.
    ///
    /// # Shapes
    /// `[batch, views, samples]`, f32 → the same.
    pub fn augment(&self, tracks: &Tensor, rng: &mut Rng) -> Tensor {
        let (batch, views) = (tracks.size()[0], tracks.size()[1] as usize);
        let draws: Vec<TrackDraws> = (0..batch).flat_map(|_| self.draw(views, rng)).collect();
        self.apply(&tracks.flatten(0, 1), &draws).view_as(tracks)
    }
}
