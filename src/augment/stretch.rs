//! Spectrograms made longer or shorter.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{check_range, column, ramp, uniform};
use crate::error::Result;
use crate::seed::Rng;

/// Changes the tempo of each spectrogram without changing its frequencies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStretch {
    /// Range of the new length over the old; both ends 1 for none.
    pub factors: [f64; 2],
}

impl TimeStretch {
    /// Refuses ranges that cannot be drawn from.
    ///
    /// # Errors
    /// With the range and what is allowed.
    pub fn check(&self) -> Result<()> {
        check_range(self.factors, "stretch.factors", [0.1, 10.0])
    }

    /// Frames that are enough for `frames` stretched ones, whatever is drawn.
    pub fn source(&self, frames: i64) -> i64 {
        (frames as f64 / self.factors[0]).ceil() as i64
    }

    /// The first `frames` of each spectrogram stretched by a factor of its own, linear between
    /// neighbours.
    ///
    /// # Shapes
    /// `[batch, source, bins]` → `[batch, frames, bins]`, with [`TimeStretch::source`] frames or
    /// more.
    pub fn apply(&self, clips: &Tensor, frames: i64, rng: &mut Rng) -> Tensor {
        let (device, size) = (clips.device(), clips.size());
        let paces = (0..size[0]).map(|_| 1.0 / uniform(self.factors, rng));
        let places = column(paces, device) * ramp(frames, device);
        let before = places.floor();
        let part = (&places - &before).to_kind(clips.kind()).unsqueeze(2);
        let at = |frame: &Tensor| {
            let frame = frame.to_kind(Kind::Int64).clamp_max(size[1] - 1);
            clips.gather(1, &frame.unsqueeze(2).expand([-1, -1, size[2]], false), false)
        };
        let (before, after) = (at(&before), at(&(&before + 1.0)));
        &before + (after - &before) * part
    }
}
