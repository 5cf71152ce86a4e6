//! SampleCNN as an encoder of sound at one rate.

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::Path;

use crate::Result;
use crate::method::{Encoder, Input};
use crate::model::{SampleCnn, SampleCnnConfig};

/// Settings of a network over samples.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleCnnSettings {
    /// Sample rate in Hz.
    rate: u32,
    /// Widths and strides; the published ones where nothing is said.
    #[serde(default)]
    layers: SampleCnnConfig,
}

/// SampleCNN over clips of as many samples as leave one time step.
#[derive(Debug)]
pub struct SampleCnnAt {
    network: SampleCnn,
    rate: u32,
}

impl SampleCnnAt {
    /// Builds it as initialised.
    ///
    /// # Errors
    /// As [`SampleCnn::new`].
    pub fn new(path: &Path<'_>, settings: &SampleCnnSettings) -> Result<SampleCnnAt> {
        Ok(SampleCnnAt { network: SampleCnn::new(path, &settings.layers)?, rate: settings.rate })
    }
}

impl Encoder for SampleCnnAt {
    fn input(&self) -> Input {
        Input::Waveform { rate: self.rate, samples: self.network.samples() as usize }
    }

    fn dim(&self) -> i64 {
        self.network.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.network.forward(clips, train))
    }
}
