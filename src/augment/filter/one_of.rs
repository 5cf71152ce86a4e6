//! One of four filters, the same kind for all views of a track.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Cutoff, filter};
use crate::audio::Scale;
use crate::augment::{Augment, check_probability, check_range, happens, uniform};
use crate::error::{Error, Result};
use crate::seed::Rng;

/// A band-pass, a band-stop, a high-pass or a low-pass, one as likely as another; frequencies are
/// uniform in mels (the scale of HTK).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneFilter {
    /// Probability, from 0 to 1, whichever filter it is.
    pub p: f64,
    /// Range of the centre of a band in Hz.
    pub centre: [f64; 2],
    /// Range of a band's width over its centre, below 2.
    pub width: [f64; 2],
    /// Range of the high-pass cutoff in Hz.
    pub highpass: [f64; 2],
    /// Range of the low-pass cutoff in Hz.
    pub lowpass: [f64; 2],
}

/// Which of the four it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Keeps a band.
    Bandpass,
    /// Takes a band away.
    Bandstop,
    /// Keeps what lies above.
    Highpass,
    /// Keeps what lies below.
    Lowpass,
}

impl OneFilter {
    /// Draws which filter it is.
    pub fn shape(&self, rng: &mut Rng) -> Shape {
        let shapes = [Shape::Bandpass, Shape::Bandstop, Shape::Highpass, Shape::Lowpass];
        shapes[rng.random_range(0..shapes.len())]
    }

    /// Draws a filter of that shape for one wave; `None` leaves it as it is.
    pub fn draw_as(&self, shape: Shape, rng: &mut Rng) -> Option<Cutoff> {
        happens(self.p, rng).then(|| match shape {
            Shape::Bandpass => Cutoff::Bandpass(self.band(rng)),
            Shape::Bandstop => Cutoff::Bandstop(self.band(rng)),
            Shape::Highpass => Cutoff::Highpass(mel_uniform(self.highpass, rng)),
            Shape::Lowpass => Cutoff::Lowpass(mel_uniform(self.lowpass, rng)),
        })
    }

    fn band(&self, rng: &mut Rng) -> [f64; 2] {
        let (centre, width) = (mel_uniform(self.centre, rng), uniform(self.width, rng));
        [centre * (1.0 - width / 2.0), centre * (1.0 + width / 2.0)]
    }
}

/// A frequency in Hz of `[low, high)`, uniform in mels.
fn mel_uniform(hertz: [f64; 2], rng: &mut Rng) -> f64 {
    Scale::Htk.hertz(uniform(hertz.map(|hertz| Scale::Htk.mel(hertz)), rng))
}

impl Augment for OneFilter {
    type Draw = Cutoff;

    fn check(&self, rate: u32) -> Result<()> {
        check_probability(self.p, "filter")?;
        let nyquist = f64::from(rate) / 2.0;
        check_range(self.centre, "filter.centre", [1.0, nyquist])?;
        check_range(self.width, "filter.width", [0.01, 1.999])?;
        check_range(self.highpass, "filter.highpass", [1.0, nyquist])?;
        check_range(self.lowpass, "filter.lowpass", [1.0, nyquist])?;
        let ([_, centre], [_, width]) = (self.centre, self.width);
        let top = centre * (1.0 + width / 2.0);
        match top <= nyquist {
            true => Ok(()),
            false => Err(Error::Invalid(format!(
                "filter.centre {centre} and filter.width {width} reach {top} Hz; {nyquist} Hz is \
                 the highest there is"
            ))),
        }
    }

    fn draw(&self, rng: &mut Rng) -> Option<Cutoff> {
        self.draw_as(self.shape(rng), rng)
    }

    fn apply(&self, waves: &Tensor, draws: &[Cutoff], rate: u32) -> Tensor {
        filter(waves, draws, rate)
    }
}
