//! The networks a checkpoint may be of, each with its front end.

use bench::audio::MelSpec;
use bench::model::{MelVit, SampleCnnAt, SampleCnnSettings, VitConfig};
use bench::{Encoder, Input, Readout, Result};
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::Path;

/// A network with its sizes and its front end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NetworkConfig {
    /// A vision transformer over mel patches, as Myna's.
    Vit(VitSettings),
    /// Convolutions over samples, as CLMR's.
    SampleCnn(SampleCnnSettings),
}

impl NetworkConfig {
    /// Builds it as initialised.
    ///
    /// # Errors
    /// When its settings contradict each other.
    pub fn build(self, path: &Path<'_>) -> Result<Box<dyn Encoder>> {
        Ok(match self {
            NetworkConfig::Vit(settings) => Box::new(OverMel::new(settings, path)?),
            NetworkConfig::SampleCnn(settings) => Box::new(SampleCnnAt::new(path, &settings)?),
        })
    }
}

/// Settings of a vision transformer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VitSettings {
    /// Patch sizes as `[mels, frames]`: one, or a square one and then one of all mels.
    patches: Vec<[i64; 2]>,
    /// Clip length in frames.
    frames: i64,
    /// The transformer.
    layers: VitConfig,
    /// Whether it sees log(1 + power) rather than power.
    log: bool,
    /// How the spectrogram is made.
    #[serde(default)]
    mel: MelSpec,
}

struct OverMel {
    network: MelVit,
    input: Input,
}

impl OverMel {
    fn new(settings: VitSettings, path: &Path<'_>) -> Result<OverMel> {
        settings.mel.check()?;
        let VitSettings { patches, frames, layers, log, mel } = settings;
        let network = MelVit::new(path, &layers, [mel.n_mels as i64, frames], &patches, log)?;
        Ok(OverMel { network, input: Input::Mel { spec: mel, frames: frames as usize } })
    }
}

impl Encoder for OverMel {
    fn input(&self) -> Input {
        self.input.clone()
    }

    fn dim(&self) -> i64 {
        self.network.dim()
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        Ok(self.network.forward(clips))
    }

    fn readouts(&self) -> Vec<Readout> {
        self.network.readouts()
    }
}
