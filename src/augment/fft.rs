//! What the augmentations that work on spectra share.

use tch::Tensor;

/// The smallest even length from `least` on whose only prime factors are 2, 3 and 5: fast to
/// transform.
pub(super) fn fast_length(least: i64) -> i64 {
    let smooth = |n: &i64| [2, 3, 5].iter().fold(*n, |n, p| strip(n, *p)) == 1;
    let half = (least.max(2) + 1) / 2;
    2 * (half..2 * half).find(smooth).unwrap_or(half)
}

fn strip(n: i64, factor: i64) -> i64 {
    if n % factor == 0 { strip(n / factor, factor) } else { n }
}

/// The spectra of rows padded with zeros to `length`.
///
/// # Shapes
/// `[…, samples]` → complex `[…, length / 2 + 1]`.
pub(super) fn spectra(rows: &Tensor, length: i64) -> Tensor {
    rows.fft_rfft(length, -1, "backward")
}

/// The rows of `length` samples that have these spectra.
///
/// # Shapes
/// Complex `[…, length / 2 + 1]` → `[…, length]`.
pub(super) fn rows(spectra: &Tensor, length: i64) -> Tensor {
    spectra.fft_irfft(length, -1, "backward")
}
