//! Effects with fixed settings.

use serde::{Deserialize, Serialize};

use super::{changed, tensor};
use crate::audio::Wave;
use crate::augment::{
    Augment, BitCrush, Chorus, Clipping, Compressor, Distortion, Gain, Noise, Reverb, Room,
    SpliceOut, Tempo,
};
use crate::error::Result;
use crate::seed::Rng;

/// An effect. The first eight, with their settings, are those of the robustness study of SemiSupCon
/// (J. Guinot, E. Quinton and G. Fazekas, ISMIR 2024, <https://arxiv.org/abs/2407.13840>), the
/// others those of mir_ref (C. Plachouras, P. Alonso-Jiménez and D. Bogdanov, 2023,
/// <https://arxiv.org/abs/2312.05994>).
///
/// Departs from both: MP3 is left out, since nothing here can encode it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A tempo of 0.7 to 1.3 times the recording's, drawn.
    TimeStretch,
    /// Eight pieces of up to 100 ms cut out.
    SpliceOut,
    /// The largest room of Freeverb, wet and dry both at 1.
    Reverb,
    /// A delay around 7 ms that sways five times a second, without the dry sound.
    Chorus,
    /// The hyperbolic tangent of 9 dB more.
    Distortion,
    /// 5:1 above -30 dB, with an attack of 1 ms and a release of 100 ms.
    Compressor,
    /// Played backwards.
    Reverse,
    /// Steps of 1/16.
    BitCrush,
    /// White noise 15 dB below the sound.
    #[serde(rename = "white_noise_15_db")]
    WhiteNoise15,
    /// White noise as loud as the sound.
    #[serde(rename = "white_noise_0_db")]
    WhiteNoise0,
    /// A quarter of the amplitude.
    #[serde(rename = "gain_minus_12_db")]
    GainMinus12,
    /// A fifth of the samples clipped.
    Clipping,
}

impl Effect {
    /// Its name in suites and tables.
    pub fn name(self) -> &'static str {
        match self {
            Effect::TimeStretch => "time_stretch",
            Effect::SpliceOut => "splice_out",
            Effect::Reverb => "reverb",
            Effect::Chorus => "chorus",
            Effect::Distortion => "distortion",
            Effect::Compressor => "compressor",
            Effect::Reverse => "reverse",
            Effect::BitCrush => "bit_crush",
            Effect::WhiteNoise15 => "white_noise_15_db",
            Effect::WhiteNoise0 => "white_noise_0_db",
            Effect::GainMinus12 => "gain_minus_12_db",
            Effect::Clipping => "clipping",
        }
    }

    /// A recording with it.
    ///
    /// # Errors
    /// When libtorch refuses the samples.
    pub fn apply(self, wave: &Wave, rng: &mut Rng) -> Result<Wave> {
        let Wave { rate, samples } = wave;
        let samples = match self {
            Effect::TimeStretch => return drawn(&Tempo { p: 1.0, rates: [0.7, 1.3] }, wave, rng),
            Effect::Reverb => return hall(wave),
            Effect::WhiteNoise15 => return drawn(&noise(15.0), wave, rng),
            Effect::WhiteNoise0 => return drawn(&noise(0.0), wave, rng),
            Effect::GainMinus12 => {
                return drawn(&Gain { p: 1.0, decibels: [-12.0; 2] }, wave, rng);
            }
            Effect::SpliceOut => {
                SpliceOut { pieces: 8, longest_millis: 100.0 }.apply(samples, *rate, rng)
            }
            Effect::Chorus => {
                Chorus { sways: 5.0, depth: 1.0, centre_millis: 7.0 }.apply(samples, *rate)
            }
            Effect::Distortion => Distortion { drive: 9.0 }.apply(samples),
            Effect::Compressor => {
                let (attack_millis, release_millis) = (1.0, 100.0);
                let kind =
                    Compressor { threshold: -30.0, ratio: 5.0, attack_millis, release_millis };
                kind.apply(samples, *rate)
            }
            Effect::Reverse => samples.iter().rev().copied().collect(),
            Effect::BitCrush => BitCrush { bits: 4 }.apply(samples),
            Effect::Clipping => Clipping { share: 0.2 }.apply(samples),
        };
        Ok(Wave { rate: *rate, samples })
    }
}

fn noise(snr: f64) -> Noise {
    Noise { p: 1.0, ratio: [10f64.powf(-snr / 20.0); 2] }
}

/// A wave through an augmentation, with what is drawn for it.
fn drawn<A: Augment>(augment: &A, wave: &Wave, rng: &mut Rng) -> Result<Wave> {
    augment.check(wave.rate)?;
    match augment.draw(rng) {
        Some(draw) => changed(wave, &augment.apply(&tensor(wave), &[draw], wave.rate)),
        None => Ok(wave.clone()),
    }
}

/// The reverb of JUCE at room size 1, damping 0.5, wet 1 and dry 1: twice the dry sound and three
/// times what Freeverb adds; its feedback and damping are those of [`Room`] at 100 % and 0 %.
///
/// Departs from JUCE: the response is the mean of two channels, a little apart.
fn hall(wave: &Wave) -> Result<Wave> {
    let (dry, room) = (tensor(wave), Room { reverberance: 100, damping: 0, scale: 100 });
    let wet = Reverb::wet(&dry, &[room], wave.rate);
    changed(wave, &(dry * 2.0 + wet * 3.0))
}
