//! Somebody's weights in a network of ours: safetensors under the names of the public checkpoint.

mod network;

use bench::tensors::{self, Named};
use bench::{Card, Context, Encoder, Error, Input, Plugin, Readout, Result, Supervision};
use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use network::{NetworkConfig, SampleCnnSettings, VitSettings};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[
    ("myna_square", include_str!("myna_square.yaml")),
    ("myna_vertical", include_str!("myna_vertical.yaml")),
    ("myna_hybrid", include_str!("myna_hybrid.yaml")),
    ("clmr", include_str!("clmr.yaml")),
];

const PLACE: &str = "the checkpoint";

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

/// What a file's names have besides the network's.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Names {
    /// Beginnings; a name loses the first that fits.
    strip: Vec<String>,
    /// Tensors with one of these between the dots of their names are heads or counters, and are
    /// thrown away.
    ignore: Vec<String>,
}

impl Names {
    /// The weights of a file under the network's names.
    fn apply(&self, file: Named) -> Result<Named> {
        let mut weights = Named::new();
        let wanted = |name: &str| name.split('.').all(|part| self.ignore.iter().all(|i| i != part));
        for (name, tensor) in file.into_iter().filter(|(name, _)| wanted(name)) {
            let bare = self.strip.iter().find_map(|prefix| name.strip_prefix(prefix.as_str()));
            let bare = bare.unwrap_or(&name);
            if weights.insert(bare.to_string(), tensor).is_some() {
                let message = format!("two tensors are called {bare} once names are stripped");
                return Err(Error::data(PLACE, message));
            }
        }
        Ok(weights)
    }
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
        let network = network.build(&cx.vars)?;
        if let Some(file) = cx.file {
            let weights = names.apply(tensors::parse(file, PLACE)?)?;
            tensors::restore(&tensors::of(cx.store), &weights, PLACE)?;
        }
        Ok(Checkpoint(network))
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
