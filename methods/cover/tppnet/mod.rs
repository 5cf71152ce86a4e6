//! TPP-Net.

use bench::model::{TppNet, TppNetConfig};
use bench::{Card, Result};
use tch::Tensor;
use tch::nn::Path;

use super::Network;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

impl Network for TppNet {
    const CARD: Card = super::card(
        "TPP-Net: convolutions and a pyramid over time trained to tell songs apart",
        "https://doi.org/10.24963/ijcai.2019/673",
        include_str!("README.md"),
    );
    type Config = TppNetConfig;

    fn new(path: &Path<'_>, config: &TppNetConfig, bins: i64, _frames: i64) -> Result<TppNet> {
        TppNet::new(path, config, bins)
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
