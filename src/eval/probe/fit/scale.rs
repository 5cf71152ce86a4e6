//! Standardising.

use tch::{Kind, Tensor};

/// Mean and population deviation of columns; a column that is constant but for rounding has
/// deviation 1.
pub(super) struct Scale {
    mean: Tensor,
    deviation: Tensor,
}

impl Scale {
    pub(super) fn of(values: &Tensor) -> Scale {
        let mean = values.mean_dim([0].as_slice(), true, Kind::Float);
        let deviation =
            (values - &mean).square().mean_dim([0].as_slice(), true, Kind::Float).sqrt();
        let constant = deviation.le_tensor(&(mean.abs() * 1e-6).clamp_min(1e-12));
        Scale { mean, deviation: deviation.masked_fill(&constant, 1.0) }
    }

    pub(super) fn apply(&self, values: &Tensor) -> Tensor {
        (values - &self.mean) / &self.deviation
    }

    pub(super) fn undo(&self, values: &Tensor) -> Tensor {
        values * &self.deviation + &self.mean
    }

    pub(super) fn share(&self) -> Scale {
        Scale { mean: self.mean.shallow_clone(), deviation: self.deviation.shallow_clone() }
    }
}
