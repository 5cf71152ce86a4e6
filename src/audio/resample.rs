//! Change of sampling rate.

use std::fmt::Display;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

use super::Wave;
use crate::{Error, Result};

/// Least filter length in samples of the lower rate: flat within 0.1 dB up to 0.98 of that
/// rate's Nyquist frequency, and aliases below -100 dB.
const TAPS: usize = 2048;

/// Resamples to `rate` (Hz) with a linear-phase low-pass below the lower Nyquist frequency.
///
/// Sample `n` of the input is at `n · rate / wave.rate` of the output, whose length is the
/// input's times that ratio, rounded.
///
/// # Errors
/// [`Error::Invalid`] if a rate is 0.
pub fn resample(wave: &Wave, rate: u32) -> Result<Wave> {
    if wave.rate == 0 || rate == 0 {
        return Err(Error::Invalid("a sampling rate must be above 0 Hz".to_string()));
    }
    if wave.rate == rate || wave.samples.is_empty() {
        return Ok(Wave { rate, samples: wave.samples.clone() });
    }
    let (from, to) = (wave.rate as usize, rate as usize);
    let step = gcd(from, to);
    // An even number of blocks makes the filter's delay a whole number of samples on both sides.
    let blocks = TAPS.div_ceil(from.min(to) / step).next_multiple_of(2);
    let failed = |e: &dyn Display| Error::Failed(format!("resampling {from} to {to} Hz: {e}"));
    let (window, both) = (WindowFunction::BlackmanHarris2, FixedSync::Both);
    let mut filter = Fft::<f32>::new_custom(from, to, blocks * from / step, 1, 1, window, both)
        .map_err(|e| failed(&e))?;
    let length = wave.samples.len();
    let input = InterleavedSlice::new(&wave.samples, 1, length).map_err(|e| failed(&e))?;
    let output = filter.process_all(&input, length, None).map_err(|e| failed(&e))?;
    let mut samples = output.take_data();
    samples.resize((length * to + from / 2) / from, 0.0);
    Ok(Wave { rate, samples })
}

/// The greatest common divisor.
pub(crate) fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
