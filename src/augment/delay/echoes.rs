//! A wave with its echoes.

use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::later;
use crate::augment::{
    Augment, check_choices, check_probability, check_range, column, happens, uniform,
};
use crate::error::Result;
use crate::seed::Rng;

/// Averages a wave with copies of itself at multiples of a delay d, each weaker than the one
/// before: `(x[n] + volume · Σ attenuationⁱ · x[n - i · d]) / 2`, i from 0 to repeats - 1.
///
/// The first copy is not delayed, so one repeat is only a gain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echoes {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Range of the delay in milliseconds, drawn to the nearest sample.
    pub millis: [f64; 2],
    /// Amplitudes of all copies, one of which is drawn.
    pub volume: Vec<f64>,
    /// Numbers of copies, one of which is drawn.
    pub repeats: Vec<u32>,
    /// Amplitudes of a copy over the one before, one of which is drawn.
    pub attenuation: Vec<f64>,
}

/// The echoes of one wave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EchoDraw {
    /// From one copy to the next, in milliseconds.
    pub millis: f64,
    /// Amplitude of all copies.
    pub volume: f64,
    /// Number of copies.
    pub repeats: u32,
    /// Amplitude of a copy over the one before.
    pub attenuation: f64,
}

impl Augment for Echoes {
    type Draw = EchoDraw;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "delay")?;
        check_range(self.millis, "delay.millis", [0.0, 10_000.0])?;
        check_choices(&self.volume, "delay.volume", [-2.0, 2.0])?;
        check_choices(&self.attenuation, "delay.attenuation", [-2.0, 2.0])?;
        let repeats: Vec<f64> = self.repeats.iter().copied().map(f64::from).collect();
        check_choices(&repeats, "delay.repeats", [1.0, 100.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<EchoDraw> {
        if !happens(self.p, rng) {
            return None;
        }
        Some(EchoDraw {
            millis: uniform(self.millis, rng),
            volume: *self.volume.choose(rng)?,
            repeats: *self.repeats.choose(rng)?,
            attenuation: *self.attenuation.choose(rng)?,
        })
    }

    fn apply(&self, waves: &Tensor, draws: &[EchoDraw], rate: u32) -> Tensor {
        let column = |of: &dyn Fn(&EchoDraw) -> f64| column(draws.iter().map(of), waves.device());
        let offsets = column(&|draw| (draw.millis * f64::from(rate) / 1000.0).round());
        let copy = |i: u32| {
            let weaker = |draw: &EchoDraw| draw.attenuation.powi(i as i32);
            let level = column(&|draw| if i < draw.repeats { weaker(draw) } else { 0.0 });
            later(waves, &(&offsets * f64::from(i))) * level.to_kind(waves.kind())
        };
        let most = draws.iter().map(|draw| draw.repeats).max().unwrap_or(1);
        let wet = (1..most).fold(waves.copy(), |mut wet, i| wet.g_add_(&copy(i)));
        let volume = column(&|draw| draw.volume).to_kind(Kind::Float);
        (waves + wet * volume) * 0.5
    }
}
