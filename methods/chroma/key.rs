//! From a fine chroma profile to the 24 keys.

use bench::data::Key;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

/// Profiles of a major and a minor key, from the tonic up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Templates {
    /// Krumhansl and Kessler, *Tracing the dynamic changes in perceived tonal organization*,
    /// Psychological Review 1982.
    Krumhansl,
    /// Temperley, *What's key for key? The Krumhansl-Schmuckler algorithm reconsidered*, Music
    /// Perception 1999.
    Temperley,
}

impl Templates {
    fn profiles(self) -> [[f64; 12]; 2] {
        match self {
            Templates::Krumhansl => [
                [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
                [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
            ],
            Templates::Temperley => [
                [5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0],
                [5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0],
            ],
        }
    }

    /// The profiles of all keys in the order of [`names`], `[24, 12]` from C up.
    fn keys(self) -> Tensor {
        let rotated = self.profiles().map(|profile| {
            (0..12)
                .flat_map(move |tonic| (0..12).map(move |pitch| profile[(12 + pitch - tonic) % 12]))
        });
        Tensor::from_slice(&rotated.into_iter().flatten().collect::<Vec<f64>>()).view([24, 12])
    }
}

/// `C major` … `B major`, `C minor` … `B minor`.
pub fn names() -> Vec<String> {
    Key::all().map(|key| key.to_string()).collect()
}

/// Folds profiles of 12 × `resolution` bins into pitch classes, each on its own tuning.
///
/// The tuning is the angle of the mean resultant of all bins on a circle of one semitone.
///
/// # Shapes
/// `[items, 12 · resolution]` → `[items, 12]`, float64
pub fn tuned(profiles: &Tensor, resolution: i64) -> Tensor {
    let profiles = profiles.to_kind(Kind::Double);
    let place =
        Tensor::arange(12 * resolution, (Kind::Double, profiles.device())) / resolution as f64;
    let angle = &place * std::f64::consts::TAU;
    let (sine, cosine) = (profiles.matmul(&angle.sin()), profiles.matmul(&angle.cos()));
    let tuning = sine.atan2(&cosine) / std::f64::consts::TAU;
    let pitch = Tensor::arange(12, (Kind::Double, profiles.device()));
    let distance = place.view([1, -1, 1]) - tuning.view([-1, 1, 1]) - pitch.view([1, 1, -1]);
    let around = ((distance + 6.0).remainder(12.0) - 6.0).abs();
    let weights = (around * -2.0 + 1.0).clamp_min(0.0);
    profiles.unsqueeze(1).bmm(&weights).squeeze_dim(1)
}

/// Pearson's correlation of chroma with the profile of every key.
///
/// # Shapes
/// `[items, 12]`, float64 → `[items, 24]`
pub fn correlate(chroma: &Tensor, templates: Templates) -> Tensor {
    standardised(chroma).matmul(&standardised(&templates.keys().to_device(chroma.device())).tr())
}

fn standardised(rows: &Tensor) -> Tensor {
    let centred = rows - rows.mean_dim(1, true, Kind::Double);
    let norm = centred.square().sum_dim_intlist(1, true, Kind::Double).sqrt();
    centred / norm.clamp_min(1e-12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(templates: Templates, tonic: usize, minor: bool, detuning: usize) -> String {
        let profile = templates.profiles()[usize::from(minor)];
        let mut bins = vec![0.0_f32; 120];
        (0..12).for_each(|pitch| {
            bins[((tonic + pitch) * 10 + detuning) % 120] = profile[pitch] as f32
        });
        let scores = correlate(&tuned(&Tensor::from_slice(&bins).unsqueeze(0), 10), templates);
        names()[scores.argmax(1, false).int64_value(&[0]) as usize].clone()
    }

    #[test]
    fn a_profile_is_recognised_as_its_own_key() {
        assert_eq!(best(Templates::Krumhansl, 0, false, 0), "C major");
        assert_eq!(best(Templates::Krumhansl, 6, true, 0), "Gb minor");
        assert_eq!(best(Templates::Temperley, 11, false, 0), "B major");
        assert_eq!(best(Templates::Temperley, 10, true, 0), "Bb minor");
    }

    #[test]
    fn a_recording_thirty_cents_off_is_recognised_too() {
        assert_eq!(best(Templates::Krumhansl, 3, false, 3), "Eb major");
        assert_eq!(best(Templates::Krumhansl, 3, false, 117), "Eb major");
    }
}
