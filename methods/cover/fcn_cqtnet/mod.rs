//! FCN-4 and CQT-Net side by side.

use bench::model::head::check_widths;
use bench::model::{CqtNet, CqtNetConfig, Fcn, FcnConfig, image, layer};
use bench::{Card, Error, Result};
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::{Linear, Module, Path};

use super::Network;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Magnitudes relative to a clip's largest are raised to this before they become decibels.
const FLOOR: f64 = 1e-4;

/// Settings of both networks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The network that sees decibels.
    fcn: FcnConfig,
    /// The network that sees magnitudes.
    cqt_net: CqtNetConfig,
    /// Length of an embedding.
    dim: i64,
}

/// Both networks, and the layer that joins them.
#[derive(Debug)]
pub struct FcnCqtNet {
    fcn: Fcn,
    cqt_net: CqtNet,
    fusion: Linear,
    frames: i64,
    dim: i64,
}

impl Network for FcnCqtNet {
    const CARD: Card = super::card(
        "FCN-4 and CQT-Net joined and trained to tell songs apart",
        "https://arxiv.org/abs/2203.09129",
        include_str!("README.md"),
    );
    type Config = Config;

    fn new(path: &Path<'_>, config: &Config, bins: i64, frames: i64) -> Result<FcnCqtNet> {
        let fcn = Fcn::new(&path.sub("fcn"), &config.fcn, [bins, frames])?;
        let cqt_net = CqtNet::new(&path.sub("cqt_net"), &config.cqt_net, bins)?;
        let dim = config.dim;
        check_widths("encoder", &[dim])?;
        if frames < cqt_net.least_frames() {
            let message =
                format!("{frames} frames; at least {} are needed", cqt_net.least_frames());
            return Err(Error::settings("encoder", message));
        }
        let fusion = layer::linear(&path.sub("fusion"), fcn.dim() + cqt_net.dim(), dim, true);
        Ok(FcnCqtNet { fcn, cqt_net, fusion, frames, dim })
    }

    /// All of them: what is left of other lengths would not fit the layer that joins the networks.
    fn least_frames(&self) -> i64 {
        self.frames
    }

    fn dim(&self) -> i64 {
        self.dim
    }

    fn forward(&self, magnitudes: &Tensor, train: bool) -> Tensor {
        let decibels = image::unit_peak(magnitudes).clamp_min(FLOOR).log10() * 20.0;
        let both = [self.fcn.forward(&decibels, train), self.cqt_net.forward(magnitudes, train)];
        self.fusion.forward(&Tensor::cat(&both, 1))
    }
}
