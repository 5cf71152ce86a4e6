//! Standardising.

use tch::{Kind, Tensor};

/// Mean and population deviation of columns; a column that is constant but for rounding has
/// deviation 1.
pub(in crate::eval::probe) struct Scale {
    mean: Tensor,
    deviation: Tensor,
}

impl Scale {
    pub(in crate::eval::probe) fn of(values: &Tensor) -> Scale {
        let mean = values.mean_dim([0].as_slice(), true, Kind::Float);
        let deviation =
            (values - &mean).square().mean_dim([0].as_slice(), true, Kind::Float).sqrt();
        let constant = deviation.le_tensor(&(mean.abs() * 1e-6).clamp_min(1e-12));
        Scale { mean, deviation: deviation.masked_fill(&constant, 1.0) }
    }

    pub(in crate::eval::probe) fn apply(&self, values: &Tensor) -> Tensor {
        (values - &self.mean) / &self.deviation
    }

    pub(in crate::eval::probe) fn undo(&self, values: &Tensor) -> Tensor {
        values * &self.deviation + &self.mean
    }

    pub(in crate::eval::probe) fn share(&self) -> Scale {
        Scale { mean: self.mean.shallow_clone(), deviation: self.deviation.shallow_clone() }
    }
}
