//! Hard clipping.

/// Cuts off what lies beyond two percentiles of the recording's own samples, as audiomentations'
/// `ClippingDistortion` does (<https://github.com/iver56/audiomentations>).
///
/// Departs from it: the share is fixed where it is drawn there, and a percentile is the nearest
/// sample in place of a point between two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipping {
    /// Share of the samples that are clipped, half of them above and half below, 0 to 1.
    pub share: f64,
}

impl Clipping {
    /// The clipped samples.
    pub fn apply(&self, samples: &[f32]) -> Vec<f32> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f32::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return sorted };
        let cut = (self.share / 2.0 * last as f64).round() as usize;
        let (low, high) = (sorted[cut], sorted[last - cut]);
        samples.iter().map(|sample| sample.max(low).min(high)).collect()
    }
}
