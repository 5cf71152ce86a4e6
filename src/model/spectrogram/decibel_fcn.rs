//! FCN-4 over the decibel mel spectrogram of raw samples.

use tch::Tensor;
use tch::nn::Path;

use crate::Result;
use crate::method::{Encoder, Input};
use crate::model::{DecibelMel, Fcn, FcnConfig};

/// FCN-4 with its front end.
#[derive(Debug)]
pub struct DecibelFcn {
    front: DecibelMel,
    network: Fcn,
}

impl DecibelFcn {
    /// The network for the spectrograms that `front` makes.
    ///
    /// # Errors
    /// As [`Fcn::new`].
    pub fn new(path: &Path<'_>, config: &FcnConfig, front: DecibelMel) -> Result<DecibelFcn> {
        let network = Fcn::new(path, config, front.image())?;
        Ok(DecibelFcn { front, network })
    }

    /// What makes the spectrograms.
    pub fn front(&self) -> &DecibelMel {
        &self.front
    }

    /// What embeds them.
    pub fn network(&self) -> &Fcn {
        &self.network
    }
}

impl Encoder for DecibelFcn {
    fn input(&self) -> Input {
        self.front.input()
    }

    fn dim(&self) -> i64 {
        self.network.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.network.forward(&self.front.decibels(clips)?, train))
    }
}
