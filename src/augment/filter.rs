//! High-pass or low-pass filtering with a windowed-sinc FIR, as the library julius designs it.
//!
//! With the cutoff c in cycles per sample, the low-pass has the taps `h[n] ∝ hann[n] · sinc(2cn)`,
//! n from -half to half = ⌊8 / c / 2⌋, scaled to a sum of one; the high-pass is what it takes away.
//! A wave is extended by its first and last sample.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::fft::{fast_length, rows, spectra};
use super::{Augment, check_probability, check_range, column, happens, ramp, uniform};
use crate::error::Result;
use crate::seed::Rng;

/// Zero crossings of the sinc on each side of its centre.
const ZERO_CROSSINGS: f64 = 8.0;

/// High-pass or low-pass filtering, one as likely as the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HighLowPass {
    /// Probability, from 0 to 1.
    pub p: f64,
    /// Range of the high-pass cutoff in Hz.
    pub highpass: [f64; 2],
    /// Range of the low-pass cutoff in Hz.
    pub lowpass: [f64; 2],
}

impl Default for HighLowPass {
    fn default() -> Self {
        HighLowPass { p: 0.8, highpass: [200.0, 1200.0], lowpass: [2200.0, 4000.0] }
    }
}

/// One filter, with its cutoff in Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cutoff {
    /// Keeps what lies above.
    Highpass(f64),
    /// Keeps what lies below.
    Lowpass(f64),
}

impl Cutoff {
    fn hertz(self) -> f64 {
        match self {
            Cutoff::Highpass(hertz) | Cutoff::Lowpass(hertz) => hertz,
        }
    }

    /// The taps on either side of the centre one.
    fn half(self, rate: u32) -> f64 {
        (ZERO_CROSSINGS / (self.hertz() / f64::from(rate)) / 2.0).floor()
    }

    fn is_highpass(self) -> bool {
        matches!(self, Cutoff::Highpass(_))
    }
}

impl Augment for HighLowPass {
    type Draw = Cutoff;

    fn check(&self, rate: u32) -> Result<()> {
        check_probability(self.p, "filter")?;
        let allowed = [1.0, f64::from(rate) / 2.0];
        check_range(self.highpass, "filter.highpass", allowed)?;
        check_range(self.lowpass, "filter.lowpass", allowed)
    }

    fn draw(&self, rng: &mut Rng) -> Option<Cutoff> {
        happens(self.p, rng).then(|| match happens(0.5, rng) {
            true => Cutoff::Highpass(uniform(self.highpass, rng)),
            false => Cutoff::Lowpass(uniform(self.lowpass, rng)),
        })
    }

    fn apply(&self, waves: &Tensor, draws: &[Cutoff], rate: u32) -> Tensor {
        let half = draws.iter().fold(0.0, |most, draw| draw.half(rate).max(most)) as i64;
        let taps = taps(draws, half, rate, waves);
        let length = fast_length(waves.size()[1] + 2 * half);
        let product =
            spectra(&waves.replication_pad1d([half, half]), length) * spectra(&taps, length);
        rows(&product, length).narrow(1, 2 * half, waves.size()[1])
    }
}

/// The taps of each filter, the centre one at `half`, zero beyond each filter's own length.
///
/// # Shapes
/// `[draws, 2 · half + 1]`, on the device of `like`.
fn taps(draws: &[Cutoff], half: i64, rate: u32, like: &Tensor) -> Tensor {
    let column = |of: &dyn Fn(&Cutoff) -> f64| column(draws.iter().map(of), like.device());
    let time = ramp(2 * half + 1, like.device()) - half as f64;
    let halves = column(&|draw| draw.half(rate));
    let window = ((&time * PI / &halves).cos() + 1.0) * time.abs().le_tensor(&halves);
    let lowpass = (&time * column(&|draw| 2.0 * draw.hertz() / f64::from(rate))).sinc() * window;
    let lowpass = &lowpass / lowpass.sum_dim_intlist(1, true, None);
    let highpass = column(&|draw| f64::from(u8::from(draw.is_highpass())));
    let impulse = time.eq(0.0).to_kind(Kind::Double) * &highpass;
    (impulse + lowpass * (highpass * -2.0 + 1.0)).to_kind(like.kind())
}
