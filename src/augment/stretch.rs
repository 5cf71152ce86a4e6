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

    /// `frames` of each spectrogram stretched by a factor of its own, linear between neighbours,
    /// from anywhere that leaves enough of it; the silence it ends in is no part of it.
    ///
    /// # Shapes
    /// `[batch, source, bins]` → `[batch, frames, bins]`, with [`TimeStretch::source`] frames or
    /// more.
    pub fn apply(&self, clips: &Tensor, frames: i64, rng: &mut Rng) -> Tensor {
        let (device, size) = (clips.device(), clips.size());
        let drawn: Vec<[f64; 2]> = (0..size[0])
            .map(|_| [1.0 / uniform(self.factors, rng), uniform([0.0, 1.0], rng)])
            .collect();
        let paces = column(drawn.iter().map(|[pace, _]| *pace), device);
        let room = (heard(clips) - 1.0 - &paces * (frames - 1) as f64).clamp_min(0.0).floor() + 1.0;
        let starts = (column(drawn.iter().map(|[_, place]| *place), device) * room).floor();
        let places = starts + paces * ramp(frames, device);
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

/// How many frames of each clip lie before the silence it ends in, `[batch, 1]`.
fn heard(clips: &Tensor) -> Tensor {
    let sounds = clips.abs().amax(2, false).gt(0.0).to_kind(Kind::Float);
    let count = ramp(clips.size()[1], clips.device()) + 1.0;
    (sounds * count).amax(1, true)
}
