//! Somebody's weights in a network of ours: safetensors under the names of the public checkpoint.

mod network;

use bench::model::weights::{Names, loaded};
use bench::{Card, Context, Encoder, Input, Plugin, Readout, Result, Supervision};
use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use network::{NetworkConfig, VitSettings};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[
    ("myna_square", include_str!("myna_square.yaml")),
    ("myna_vertical", include_str!("myna_vertical.yaml")),
    ("myna_hybrid", include_str!("myna_hybrid.yaml")),
    ("clmr", include_str!("clmr.yaml")),
];

/// A network and how its weights are called in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The network.
    network: NetworkConfig,
    /// From the names in the file to the network's.
    #[serde(default)]
    names: Names,
}

/// A network with weights from a file; without one, as initialised.
pub struct Checkpoint(Box<dyn Encoder>);

impl Plugin for Checkpoint {
    const CARD: Card = Card {
        title: "a published network with weights from a file",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: Some("weights in a safetensors file"),
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Checkpoint> {
        let Config { network, names } = config;
        let weights = cx.file.map(|file| names.read(file)).transpose()?;
        loaded(&cx.vars, weights.as_ref(), |path| network.build(path)).map(Checkpoint)
    }
}

impl Encoder for Checkpoint {
    fn input(&self) -> Input {
        self.0.input()
    }

    fn dim(&self) -> i64 {
        self.0.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        self.0.forward(clips, train)
    }

    fn readouts(&self) -> Vec<Readout> {
        self.0.readouts()
    }
}
