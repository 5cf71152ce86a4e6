//! Filtering with windowed-sinc FIRs, as the library julius designs them.
//!
//! With the cutoff c in cycles per sample, the low-pass has the taps `h[n] ∝ hann[n] · sinc(2cn)`,
//! n from -half to half = ⌊8 / c / 2⌋, scaled to a sum of one. The band-pass is the difference of
//! two low-passes, both as long as the lower one needs; high-pass and band-stop are what these two
//! take away. A wave is extended by its first and last sample.

mod high_low;
mod one_of;

use std::f64::consts::PI;

use tch::{Kind, Tensor};

use super::fft::{fast_length, rows, spectra};
use super::{column, ramp};

pub use high_low::HighLowPass;
pub use one_of::{OneFilter, Shape};

/// Zero crossings of the sinc on each side of its centre.
const ZERO_CROSSINGS: f64 = 8.0;

/// One filter, with its cutoffs in Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cutoff {
    /// Keeps what lies above.
    Highpass(f64),
    /// Keeps what lies below.
    Lowpass(f64),
    /// Keeps what lies between.
    Bandpass([f64; 2]),
    /// Keeps what does not lie between.
    Bandstop([f64; 2]),
}

impl Cutoff {
    /// The cutoffs of the two low-passes whose difference is kept or taken away; the first is 0
    /// where there is only one.
    fn lowpasses(self) -> [f64; 2] {
        match self {
            Cutoff::Highpass(hertz) | Cutoff::Lowpass(hertz) => [0.0, hertz],
            Cutoff::Bandpass(edges) | Cutoff::Bandstop(edges) => edges,
        }
    }

    /// The taps on either side of the centre one.
    fn half(self, rate: u32) -> f64 {
        let [low, high] = self.lowpasses();
        let hertz = if low > 0.0 { low } else { high };
        (ZERO_CROSSINGS / (hertz / f64::from(rate)) / 2.0).floor()
    }

    fn takes_away(self) -> bool {
        matches!(self, Cutoff::Highpass(_) | Cutoff::Bandstop(_))
    }
}

/// Filters each wave by its own filter.
///
/// # Shapes
/// `[waves, samples]`, with one filter per wave → the same.
fn filter(waves: &Tensor, filters: &[Cutoff], rate: u32) -> Tensor {
    let half = filters.iter().fold(0.0, |most, filter| filter.half(rate).max(most)) as i64;
    let taps = taps(filters, half, rate, waves);
    let length = fast_length(waves.size()[1] + 2 * half);
    let product = spectra(&waves.replication_pad1d([half, half]), length) * spectra(&taps, length);
    rows(&product, length).narrow(1, 2 * half, waves.size()[1])
}

/// The taps of each filter, the centre one at `half`, zero beyond each filter's own length.
///
/// # Shapes
/// `[filters, 2 · half + 1]`, on the device of `like`.
fn taps(filters: &[Cutoff], half: i64, rate: u32, like: &Tensor) -> Tensor {
    let column = |of: &dyn Fn(&Cutoff) -> f64| column(filters.iter().map(of), like.device());
    let time = ramp(2 * half + 1, like.device()) - half as f64;
    let halves = column(&|filter| filter.half(rate));
    let window = ((&time * PI / &halves).cos() + 1.0) * time.abs().le_tensor(&halves);
    let lowpass = |which: usize| {
        let cutoff = column(&|filter| 2.0 * filter.lowpasses()[which] / f64::from(rate));
        let taps = (&time * &cutoff).sinc() * &window;
        &taps / taps.sum_dim_intlist(1, true, None) * cutoff.gt(0.0)
    };
    let away = column(&|filter| f64::from(u8::from(filter.takes_away())));
    let impulse = time.eq(0.0).to_kind(Kind::Double) * &away;
    (impulse + (lowpass(1) - lowpass(0)) * (away * -2.0 + 1.0)).to_kind(like.kind())
}
