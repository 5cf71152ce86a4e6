//! The decibel mel spectrogram of raw samples, made where the batch lies: the front end of FCN-4.
//!
//! Source: Yao et al., *Contrastive Learning with Positive-Negative Frame Mask for Music
//! Representation*, WWW 2022 (arXiv 2203.09129), section 4.2 and the authors' code: power in dB,
//! no less than −100, not standardised.

use tch::{Device, Kind, Tensor};

use crate::Result;
use crate::audio::{DeviceMel, MelSpec};
use crate::method::Input;

/// Clips in, spectrograms in decibels out.
#[derive(Debug)]
pub struct DecibelMel {
    mel: DeviceMel,
    rate: u32,
    samples: usize,
    image: [i64; 2],
}

impl DecibelMel {
    /// For clips of so many samples at `rate` Hz; the filters lie where `mel.sample_rate` puts
    /// them, which may be another rate (as in the published code).
    ///
    /// # Errors
    /// When the settings make no spectrogram, or the clips are shorter than half a frame.
    pub fn new(rate: u32, samples: usize, mel: &MelSpec) -> Result<DecibelMel> {
        Input::Waveform { rate, samples }.check()?;
        let mel = DeviceMel::new(mel)?;
        let silence = Tensor::f_zeros([1, samples as i64], (Kind::Float, Device::Cpu))?;
        let (_, frames, mels) = mel.decibels(&silence)?.size3()?;
        Ok(DecibelMel { mel, rate, samples, image: [mels, frames] })
    }

    /// The clips it takes.
    pub fn input(&self) -> Input {
        Input::Waveform { rate: self.rate, samples: self.samples }
    }

    /// Mels and frames of a clip's spectrogram.
    pub fn image(&self) -> [i64; 2] {
        self.image
    }

    /// The spectrograms of clips, in float32.
    ///
    /// # Shapes
    /// `[batch, samples]` → `[batch, frames, mels]`
    ///
    /// # Errors
    /// When the clips are shorter than half a frame.
    pub fn decibels(&self, clips: &Tensor) -> Result<Tensor> {
        self.mel.decibels(clips)
    }
}
