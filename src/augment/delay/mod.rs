//! A single echo.

mod echoes;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Augment, check_choices, check_probability, check_range, column, happens, ramp};
use crate::error::Result;
use crate::seed::Rng;

pub use echoes::{EchoDraw, Echoes};

/// Averages a wave with a weaker, later copy of itself: `(x[n] + factor · x[n - offset]) / 2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delay {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// The delays, in milliseconds, one of which is drawn.
    pub millis: Vec<u32>,
    /// Amplitude of the copy.
    pub factor: f64,
}

impl Default for Delay {
    fn default() -> Self {
        Delay { p: 0.3, millis: vec![200, 250, 300, 350, 400, 450], factor: 0.5 }
    }
}

impl Augment for Delay {
    /// Milliseconds.
    type Draw = u32;

    fn check(&self, _rate: u32) -> Result<()> {
        check_probability(self.p, "delay")?;
        check_range([self.factor; 2], "delay.factor", [-1.0, 1.0])?;
        let millis: Vec<f64> = self.millis.iter().copied().map(f64::from).collect();
        check_choices(&millis, "delay.millis", [0.0, 10_000.0])
    }

    fn draw(&self, rng: &mut Rng) -> Option<u32> {
        let chosen = happens(self.p, rng) && !self.millis.is_empty();
        chosen.then(|| self.millis[rng.random_range(0..self.millis.len())])
    }

    fn apply(&self, waves: &Tensor, draws: &[u32], rate: u32) -> Tensor {
        let offsets =
            draws.iter().map(|millis| (u64::from(*millis) * u64::from(rate) / 1000) as f64);
        let copies = later(waves, &column(offsets, waves.device()));
        (waves + copies * self.factor) * 0.5
    }
}

/// Each wave as many samples later as `offsets` says, after silence.
///
/// # Shapes
/// `[waves, samples]`, whole numbers `[waves, 1]` → `[waves, samples]`.
fn later(waves: &Tensor, offsets: &Tensor) -> Tensor {
    let source = ramp(waves.size()[1], waves.device()) - offsets;
    let copies = waves.gather(1, &source.clamp_min(0.0).to_kind(Kind::Int64), false);
    copies * source.ge(0.0).to_kind(waves.kind())
}
