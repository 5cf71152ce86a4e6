//! Corruptions of the sound that is tested: whole recordings are changed before anything hears
//! them, the same for every encoder.

mod corrupted;
mod effect;
mod severity;

use std::collections::BTreeSet;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::metric::Truth;
use super::suite::TaskKind;
use crate::audio::Wave;
use crate::augment::{Augment, PitchShift, TrackChain, TrackChainConfig};
use crate::data::Key;
use crate::error::Result;
use crate::seed::{Rng, Seed};

pub use corrupted::Corrupted;
pub use effect::Effect;
use severity::happens;
pub use severity::{chain, extreme};

/// Raised by whoever changes what corrupted sound is.
pub const VERSION: u32 = 1;

/// The highest severity.
const SEVEREST: u8 = 5;

/// Semitones of a pitch shift at most.
const OCTAVE: i32 = 12;

/// What a task's test items are heard through, as a suite writes it; each on its own. 0 is the
/// clean sound, which is asked anyway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corruptions {
    /// Severities of [`chain`], 0 to 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<u8>,
    /// Severities of [`extreme`], 0 to 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extreme: Vec<u8>,
    /// Pitch shifts in semitones, -12 to 12, with which the key that is expected moves along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shift: Vec<i32>,
    /// Effects with fixed settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Effect>,
    /// Probability that a recording is changed at all, at severity 2 and by the others; 0.8 in the
    /// code of SemiSupCon, which leaves a fifth of the recordings clean.
    #[serde(default = "certain", skip_serializing_if = "is_certain")]
    pub p_compose: f64,
}

fn certain() -> f64 {
    1.0
}

fn is_certain(p: &f64) -> bool {
    *p == certain()
}

/// One way in which a recording is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corruption {
    /// What is done.
    pub change: Change,
    /// See [`Corruptions::p_compose`]; a pitch shift is certain.
    pub p_compose: f64,
}

/// What is done to a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The chain of a severity.
    Severity(u8),
    /// The chain of a severity at the ends of its ranges.
    Extreme(u8),
    /// A pitch shift in semitones.
    Shift(i32),
    /// An effect.
    Other(Effect),
}

impl Corruptions {
    /// Checks that something is named, once and in range, that suits a task's kind.
    ///
    /// # Errors
    /// With what is wrong and what is allowed.
    pub fn check(&self, kind: TaskKind) -> Result<(), String> {
        let Corruptions { severity, extreme, shift, p_compose, .. } = self;
        let key = kind == TaskKind::Key;
        let severe = severity.iter().chain(extreme);
        let list = self.list();
        let names: BTreeSet<String> = list.iter().map(Corruption::name).collect();
        let rules = [
            (
                kind != TaskKind::Retrieval,
                "what is retrieved is compared with other test items; leave them out",
            ),
            (
                !list.is_empty(),
                "name severity, extreme, shift or others, and not 0 alone, which is the clean sound",
            ),
            (
                severe.clone().all(|level| *level <= SEVEREST),
                "severity and extreme need whole numbers from 0 to 5",
            ),
            (
                shift.iter().all(|s| (-OCTAVE..=OCTAVE).contains(s)),
                "shift needs semitones from -12 to 12",
            ),
            (
                key || shift.is_empty(),
                "shift moves the key along; it is for tasks of kind key only",
            ),
            (
                !key || severe.count() == 0,
                "severity and extreme shift the pitch, and the key with it, by what nobody knows; give shift or others",
            ),
            (*p_compose > 0.0 && *p_compose <= 1.0, "p_compose must lie above 0 and up to 1"),
            (names.len() == list.len(), "each can be named only once"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(format!("corruptions: {rule}")),
            None => Ok(()),
        }
    }

    /// Each of them, without those that change nothing.
    pub fn list(&self) -> Vec<Corruption> {
        let severity = self.severity.iter().map(|level| Change::Severity(*level));
        let extreme = self.extreme.iter().map(|level| Change::Extreme(*level));
        let shift = self.shift.iter().map(|semitones| Change::Shift(*semitones));
        let others = self.others.iter().map(|effect| Change::Other(*effect));
        let changes = severity.chain(extreme).chain(shift).chain(others);
        let audible = changes.filter(|change| change.level() != Some(0));
        audible.map(|change| Corruption { change, p_compose: self.p_compose }).collect()
    }
}

impl Change {
    /// How much of it there is, where it comes in levels: a severity, or semitones.
    pub fn level(self) -> Option<i32> {
        match self {
            Change::Severity(level) | Change::Extreme(level) => Some(level.into()),
            Change::Shift(semitones) => Some(semitones),
            Change::Other(_) => None,
        }
    }

    /// What it is called whatever the level: `severity`, `shift`, `chorus`.
    pub fn family(self) -> &'static str {
        match self {
            Change::Severity(_) => "severity",
            Change::Extreme(_) => "extreme",
            Change::Shift(_) => "shift",
            Change::Other(effect) => effect.name(),
        }
    }
}

impl Corruption {
    /// Its name: `severity_2`, `shift_+3`, `chorus`.
    pub fn name(&self) -> String {
        let family = self.change.family();
        match self.change {
            Change::Shift(semitones) => format!("{family}_{semitones:+}"),
            change => change.level().map_or(family.into(), |level| format!("{family}_{level}")),
        }
    }

    /// Its name with the probability where that is not 1: two of the same change nothing
    /// differently.
    pub fn id(&self) -> String {
        match (self.change, self.p_compose) {
            (Change::Shift(_), _) | (_, 1.0) => self.name(),
            (_, p) => format!("{},p={p}", self.name()),
        }
    }

    /// How probable it is that a recording is changed at all: a severity grows with its level.
    pub fn probability(&self) -> f64 {
        match self.change {
            Change::Severity(level) => happens(level, self.p_compose),
            Change::Shift(_) => 1.0,
            Change::Extreme(_) | Change::Other(_) => self.p_compose,
        }
    }

    /// What decides chance in a recording of that id: the same for every encoder.
    pub fn stream(&self, id: &str) -> Rng {
        Seed::new(0).derive(&format!("corruption {}", self.name()), &[]).stream(id, &[])
    }

    /// Checks that recordings of this many samples a second can be changed so.
    ///
    /// # Errors
    /// When the rate is too low for it.
    pub fn check(&self, rate: u32) -> Result<()> {
        match self.change {
            Change::Severity(level) => {
                TrackChain::new(chain(level, self.p_compose), rate).map(drop)
            }
            Change::Extreme(level) => {
                TrackChain::new(extreme(level, self.p_compose), rate).map(drop)
            }
            Change::Shift(_) | Change::Other(_) => Ok(()),
        }
    }

    /// A recording as it is heard through this; as many samples as before.
    ///
    /// # Errors
    /// When the rate is too low for it.
    pub fn apply(&self, wave: &Wave, rng: &mut Rng) -> Result<Wave> {
        if wave.samples.is_empty() {
            return Ok(wave.clone());
        }
        match self.change {
            Change::Severity(0) | Change::Extreme(0) | Change::Shift(0) => Ok(wave.clone()),
            Change::Severity(level) => chained(chain(level, self.p_compose), wave, rng),
            Change::Extreme(level) => chained(extreme(level, self.p_compose), wave, rng),
            Change::Shift(semitones) => {
                let cents = [100 * semitones];
                changed(wave, &PitchShift::default().apply(&tensor(wave), &cents, wave.rate))
            }
            Change::Other(effect) => match rng.random::<f64>() < self.p_compose {
                true => effect.apply(wave, rng),
                false => Ok(wave.clone()),
            },
        }
    }

    /// What is expected of recordings of which this is true when they are clean: keys move along
    /// with a pitch shift.
    pub fn expected(&self, truth: &Truth) -> Truth {
        match (self.change, truth) {
            (Change::Shift(by), Truth::Classes(keys)) => {
                let moved = |key: &usize| {
                    Key::all().nth(*key).map_or(*key, |key| key.transposed(by).class())
                };
                Truth::Classes(keys.iter().map(moved).collect())
            }
            _ => truth.clone(),
        }
    }
}

fn chained(config: TrackChainConfig, wave: &Wave, rng: &mut Rng) -> Result<Wave> {
    let chain = TrackChain::new(config, wave.rate)?;
    let draws = chain.draw(1, rng);
    changed(wave, &chain.apply(&tensor(wave), &draws))
}

/// # Shapes
/// `[1, samples]`
fn tensor(wave: &Wave) -> Tensor {
    Tensor::from_slice(&wave.samples).unsqueeze(0)
}

/// A wave of these samples at the rate of another.
fn changed(wave: &Wave, samples: &Tensor) -> Result<Wave> {
    let samples = Vec::<f32>::try_from(&samples.contiguous().reshape([-1]))?;
    Ok(Wave { rate: wave.rate, samples })
}
