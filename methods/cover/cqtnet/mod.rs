//! CQT-Net.

use bench::model::{CqtNet, CqtNetConfig};
use bench::{Card, Result};
use tch::Tensor;
use tch::nn::Path;

use super::Network;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

impl Network for CqtNet {
    const CARD: Card = super::card(
        "CQT-Net: tall convolutions over a constant-Q spectrogram trained to tell songs apart",
        "https://arxiv.org/abs/1911.00334",
        include_str!("README.md"),
    );
    type Config = CqtNetConfig;

    fn new(path: &Path<'_>, config: &CqtNetConfig, bins: i64, _frames: i64) -> Result<CqtNet> {
        CqtNet::new(path, config, bins)
    }

    fn least_frames(&self) -> i64 {
        self.least_frames()
    }

    fn dim(&self) -> i64 {
        self.dim()
    }

    fn forward(&self, magnitudes: &Tensor, train: bool) -> Tensor {
        self.forward(magnitudes, train)
    }
}
