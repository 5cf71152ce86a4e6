//! Spectrograms as images of one channel.

use tch::Tensor;

/// Each spectrogram divided by its largest value, with bins as rows.
///
/// # Shapes
/// `[batch, frames, bins]` → `[batch, 1, bins, frames]`
pub fn of_unit_peak(magnitudes: &Tensor) -> Tensor {
    unit_peak(magnitudes).transpose(1, 2).unsqueeze(1)
}

/// Each spectrogram divided by its largest magnitude, to which 1e-6 is added.
///
/// # Shapes
/// `[batch, frames, bins]` → the same.
pub fn unit_peak(magnitudes: &Tensor) -> Tensor {
    magnitudes / (magnitudes.abs().amax([1, 2], true) + 1e-6)
}
