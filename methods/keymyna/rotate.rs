//! Shifted sound and the keys it is then in.

use bench::augment::{PitchShift, apply_drawn};
use bench::data::Key;
use bench::tensors::send;
use bench::{Error, Result, Rng};
use rand::RngExt;
use tch::Tensor;

/// Cents in a semitone.
const CENTS: i32 = 100;
/// Semitones of the greatest shift: an octave, after which the keys come round again.
const MOST: u8 = 12;

/// Shifts clips by whole semitones, and their labels with them.
#[derive(Debug)]
pub struct Rotation {
    most: i32,
    rate: u32,
    /// For each class the place of the key a semitone lower.
    below: Vec<usize>,
}

impl Rotation {
    /// Up or down by up to `most` semitones, for labels of these classes.
    ///
    /// # Errors
    /// When `most` is above 12, a class is no key, or a key's neighbour is no class.
    pub fn new(most: u8, rate: u32, classes: &[String]) -> Result<Rotation> {
        if most > MOST {
            let message = format!("{most} semitones; at most {MOST} are allowed");
            return Err(Error::settings("shift", message));
        }
        let wrong = || Error::Invalid("labels of all 24 keys are needed".into());
        let keys: Vec<Key> = classes
            .iter()
            .map(|class| class.parse().map_err(|_| wrong()))
            .collect::<Result<_>>()?;
        let place = |key: &Key| {
            let lower = key.transposed(-1);
            keys.iter().position(|other| *other == lower).ok_or_else(wrong)
        };
        let below = keys.iter().map(place).collect::<Result<_>>()?;
        Ok(Rotation { most: i32::from(most), rate, below })
    }

    /// Semitones for so many clips.
    pub fn draw(&self, clips: usize, rng: &mut Rng) -> Vec<i32> {
        (0..clips).map(|_| rng.random_range(-self.most..=self.most)).collect()
    }

    /// Shifts each clip by its own number of semitones.
    ///
    /// # Shapes
    /// `[clips, samples]` → the same.
    pub fn sound(&self, clips: &Tensor, semitones: &[i32]) -> Tensor {
        let mut shifted = clips.copy();
        let cents = semitones.iter().map(|s| (*s != 0).then_some(s * CENTS));
        apply_drawn(&PitchShift::default(), &mut shifted, cents, self.rate);
        shifted
    }

    /// The labels of clips that were shifted so.
    ///
    /// # Shapes
    /// `[clips, classes]` → the same.
    pub fn labels(&self, labels: &Tensor, semitones: &[i32]) -> Tensor {
        let origin = |class: usize, semitones: i32| {
            (0..semitones.rem_euclid(12)).fold(class, |class, _| self.below[class]) as i64
        };
        let origins: Vec<i64> = semitones
            .iter()
            .flat_map(|s| (0..self.below.len()).map(move |class| origin(class, *s)))
            .collect();
        let origins = Tensor::from_slice(&origins).view([semitones.len() as i64, -1]);
        labels.gather(1, &send(&origins, labels.device()), false)
    }
}
