//! The built-in corpus: pieces composed and rendered from a seed, with labels from their scores.

mod instrument;
mod render;
mod score;
mod style;
mod texture;
mod theory;
mod voice;
mod work;

use serde::{Deserialize, Serialize};

use super::key::Key;
use crate::error::{Error, Result};
use crate::seed::Seed;
use instrument::Instrument;
use score::{Articulation, Role, Score, tonics, work_of};
use work::Work;

/// A corpus of pieces, or of single notes.
///
/// Piece `index` depends on the seed, the index and the length alone, not on how many are asked
/// for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Etudes {
    /// Number of items.
    pub pieces: usize,
    /// Length of an item.
    pub seconds: f64,
    /// Sampling rate in Hz.
    pub rate: u32,
    /// Everything random follows from it.
    pub seed: u64,
    /// Whether items are single notes rather than pieces.
    pub notes: bool,
}

impl Default for Etudes {
    fn default() -> Etudes {
        Etudes { pieces: 600, seconds: 12.0, rate: 16_000, seed: 0, notes: false }
    }
}

/// What the score says about an item; what does not apply to it is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// Unique among all seeds.
    pub id: String,
    /// Shared by the versions of one work, which never straddle a split.
    pub work: String,
    /// The home key.
    pub key: Option<Key>,
    /// The style it is written in.
    pub style: Option<&'static str>,
    /// Instruments heard and traits, sorted.
    pub tags: Vec<&'static str>,
    /// Beats per minute.
    pub tempo: Option<f64>,
    /// Calm to excited, -1 to 1.
    pub arousal: Option<f64>,
    /// Sad to happy, -1 to 1.
    pub valence: Option<f64>,
    /// MIDI pitch of a single note.
    pub pitch: Option<u8>,
    /// Instrument of a single note.
    pub instrument: Option<&'static str>,
}

impl Etudes {
    /// Checks the settings.
    ///
    /// # Errors
    /// If a length or a rate is outside what can be rendered.
    pub fn check(&self) -> Result<()> {
        if !(0.5..=3600.0).contains(&self.seconds) {
            let message = format!("seconds is {}; 0.5 to 3600 are allowed", self.seconds);
            return Err(Error::Invalid(message));
        }
        if !(8_000..=96_000).contains(&self.rate) {
            let message = format!("rate is {} Hz; 8000 to 96000 are allowed", self.rate);
            return Err(Error::Invalid(message));
        }
        Ok(())
    }

    /// What the score says about an item, without rendering it.
    pub fn annotation(&self, index: usize) -> Annotation {
        let score = self.score(index);
        let id = format!("etudes-{}-{index:05}", self.seed);
        if self.notes {
            return of_note(id, &score);
        }
        Annotation {
            work: format!("etudes-{}-work-{:05}", self.seed, work_of(index).0),
            id,
            key: Some(score.key),
            style: Some(score.style),
            tags: score.tags(self.seconds),
            tempo: Some(f64::from(score.tempo)),
            arousal: Some(score.arousal(self.seconds)),
            valence: Some(score.valence()),
            pitch: None,
            instrument: None,
        }
    }

    /// An item's sound: mono, `seconds` × `rate` samples within -1 and 1.
    pub fn render(&self, index: usize) -> Vec<f32> {
        let grain = Seed::new(self.seed).derive("etudes noise", &[index as u64]).number();
        render::render(&self.score(index), self.seconds, self.rate, grain as u32)
    }

    fn score(&self, index: usize) -> Score {
        let seed = Seed::new(self.seed);
        if self.notes {
            return Score::single(&seed, index as u64, self.seconds);
        }
        let (number, version) = work_of(index);
        let work = Work::compose(&seed, number);
        let tonic = tonics(&seed, number)[version];
        let key = Key::new(i32::from(tonic), work.minor);
        Score::arrange(&seed, index as u64, (&work, key), self.seconds)
    }
}

fn of_note(id: String, score: &Score) -> Annotation {
    let note = score.notes[0];
    Annotation {
        work: id.clone(),
        id,
        key: None,
        style: None,
        tags: vec![note.instrument.name()],
        tempo: None,
        arousal: None,
        valence: None,
        pitch: u8::try_from(note.pitch).ok(),
        instrument: Some(note.instrument.name()),
    }
}

impl Score {
    /// Instruments heard for at least a quarter of a second, and traits; sorted.
    fn tags(&self, seconds: f64) -> Vec<&'static str> {
        let heard = |instrument: Instrument| -> f64 {
            let notes = self.notes.iter().filter(|note| note.instrument == instrument);
            notes.map(|note| note.seconds.min(seconds - note.start)).sum()
        };
        let all = Instrument::PITCHED.into_iter().chain([Instrument::Drums]);
        let mut tags: Vec<&str> =
            all.filter(|one| heard(*one) >= 0.25).map(Instrument::name).collect();
        let ornaments = self.notes.iter().filter(|note| note.role == Role::Ornament).count();
        let density = self.density(seconds);
        let traits = [
            ("fast", self.tempo >= 132),
            ("slow", self.tempo < 84),
            ("staccato", self.articulation == Articulation::Staccato),
            ("legato", self.articulation == Articulation::Legato),
            ("ornamented", ornaments >= 2),
            ("chromatic", self.chromatic.0 >= 2),
            ("dense", density >= 9.0),
            ("sparse", density < 4.5),
            ("high", self.register() >= 66.0),
            ("low", self.register() < 60.0),
            ("reverberant", self.room >= 110),
            ("loud", self.loudness() >= -4.5),
            ("quiet", self.loudness() < -7.5),
        ];
        tags.extend(traits.iter().filter(|(_, holds)| *holds).map(|(name, _)| *name));
        tags.sort_unstable();
        tags
    }

    /// Onsets of pitched notes per second.
    fn density(&self, seconds: f64) -> f64 {
        self.notes.iter().filter(|note| note.role != Role::Drums).count() as f64 / seconds
    }

    /// Mean pitch of melody and chords.
    fn register(&self) -> f64 {
        let upper = |role: Role| !matches!(role, Role::Bass | Role::Drums);
        let pitches: Vec<i32> =
            self.notes.iter().filter(|note| upper(note.role)).map(|note| note.pitch).collect();
        f64::from(pitches.iter().sum::<i32>()) / pitches.len().max(1) as f64
    }

    /// Mean level of the scenes in decibels, -12 to 0.
    fn loudness(&self) -> f64 {
        let sum: i32 = self.scenes.iter().map(|scene| scene.level).sum();
        f64::from(sum) / self.scenes.len().max(1) as f64
    }

    /// Tempo, loudness, density, drums and shortness excite; the composer's temper adds to it.
    fn arousal(&self, seconds: f64) -> f64 {
        let drummed = self.scenes.iter().filter(|scene| scene.drums).count() as f64;
        let short = match self.articulation {
            Articulation::Staccato => 0.5,
            Articulation::Plain => 0.0,
            Articulation::Legato => -0.4,
        };
        let sum = (f64::from(self.tempo) - 110.0) / 45.0
            + (self.loudness() + 6.0) / 6.0
            + (self.density(seconds) - 6.5) / 5.0
            + drummed / self.scenes.len().max(1) as f64
            + short
            + f64::from(self.temper) / 300.0;
        squash(sum / 2.0)
    }

    /// Mode first, then tempo, register, consonance and shortness; the composer's temper adds to
    /// it.
    fn valence(&self) -> f64 {
        let dissonance = self.chromatic.0 as f64 / self.chromatic.1.max(1) as f64;
        let short = if self.articulation == Articulation::Staccato { 0.3 } else { 0.0 };
        let sum = if self.key.is_minor() { -0.9 } else { 0.9 }
            + (f64::from(self.tempo) - 110.0) / 70.0
            + (self.register() - 62.0) / 12.0
            - dissonance
            + short
            + f64::from(self.temper) / 200.0;
        squash(sum / 1.5)
    }
}

/// A number into -1 to 1, smoothly and with operations that round alike everywhere.
fn squash(x: f64) -> f64 {
    x / (1.0 + x * x).sqrt()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::f64::consts::TAU;

    use super::*;

    fn etudes() -> Etudes {
        Etudes { seed: 1000, ..Etudes::default() }
    }

    #[test]
    fn a_piece_is_the_same_however_many_are_asked_for() {
        let (few, many) = (Etudes { pieces: 24, ..etudes() }, etudes());
        assert_eq!(few.annotation(17), many.annotation(17));
        assert_eq!(few.render(17), many.render(17));
    }

    #[test]
    fn every_key_and_style_occurs() {
        let pieces: Vec<Annotation> = (0..600).map(|i| etudes().annotation(i)).collect();
        let keys: BTreeSet<Option<Key>> = pieces.iter().map(|piece| piece.key).collect();
        let found: BTreeSet<Option<&str>> = pieces.iter().map(|piece| piece.style).collect();
        assert_eq!(keys.len(), 24);
        assert_eq!(found.len(), style::DUPLE.len() + 1);
    }

    #[test]
    fn every_tag_is_neither_rare_nor_common() {
        let pieces: Vec<Annotation> = (0..600).map(|i| etudes().annotation(i)).collect();
        let tags: BTreeSet<&str> = pieces.iter().flat_map(|piece| piece.tags.clone()).collect();
        assert!(tags.len() >= 15);
        for tag in tags {
            let count = pieces.iter().filter(|piece| piece.tags.contains(&tag)).count();
            assert!((18..=500).contains(&count), "{tag} occurs {count} times in 600");
        }
    }

    #[test]
    fn versions_of_a_work_share_its_melody_in_different_keys() {
        let intervals = |pitches: &[i32]| -> Vec<i32> {
            pitches.windows(2).map(|pair| pair[1] - pair[0]).collect()
        };
        let work = Work::compose(&Seed::new(1000), 2);
        let melody = work.slots.iter().chain(&work.slots).flat_map(|slot| &slot.melody);
        let melody = intervals(&melody.map(|step| step.pitch).collect::<Vec<i32>>());
        let mut keys = BTreeSet::new();
        for score in (5..9).map(|index| etudes().score(index)) {
            keys.insert(score.key);
            let (from, to) = (score.scenes[0].start, score.scenes[1].start);
            let lead =
                |note: &&score::Note| note.role == Role::Lead && (from..to).contains(&note.start);
            let lead: Vec<i32> = score.notes.iter().filter(lead).map(|note| note.pitch).collect();
            let lead = intervals(&lead);
            assert!(lead.is_empty() || melody.windows(lead.len()).any(|part| part == lead));
        }
        assert_eq!(keys.len(), 4);
    }

    #[test]
    fn every_sample_is_finite_and_within_full_scale() {
        for index in 0..8 {
            let sound = etudes().render(index);
            assert_eq!(sound.len(), 192_000);
            assert!(sound.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0));
        }
    }

    /// Cents between the frequency heard and `frequency`, from the phase of two windows that are
    /// as long and as far apart as one cycle of vibrato.
    fn cents_off(sound: &[f32], frequency: f64, rate: f64) -> f64 {
        let lag = (rate / 5.4) as usize;
        let phase = |from: usize| {
            let (mut re, mut im) = (0.0, 0.0);
            for (place, sample) in sound[from..from + lag].iter().enumerate() {
                let window = 0.5 - 0.5 * (TAU * place as f64 / lag as f64).cos();
                let turn = TAU * frequency * (from + place) as f64 / rate;
                re += f64::from(*sample) * window * turn.cos();
                im -= f64::from(*sample) * window * turn.sin();
            }
            f64::atan2(im, re)
        };
        let from = (0.25 * rate) as usize;
        let turned = (phase(from + lag) - phase(from)).rem_euclid(TAU);
        let turned = if turned > TAU / 2.0 { turned - TAU } else { turned };
        let heard = frequency + turned / TAU * rate / lag as f64;
        1200.0 * (heard / frequency).log2()
    }

    #[test]
    fn a_single_note_is_within_three_cents_of_its_label_and_detuning() {
        let notes = Etudes { notes: true, seconds: 2.0, ..etudes() };
        for index in 0..60 {
            let note = notes.annotation(index);
            let pitch = f64::from(note.pitch.expect("notes have a pitch"));
            let detuned = pitch + f64::from(notes.score(index).detune) / 1000.0;
            let frequency = 440.0 * ((detuned - 69.0) / 12.0).exp2();
            let off = cents_off(&notes.render(index), frequency, 16_000.0);
            assert!(off.abs() < 3.0, "{:?} at {pitch}: {off:.2} cents", note.instrument);
        }
    }

    #[test]
    fn impossible_settings_are_refused() {
        for (seconds, rate) in [(f64::NAN, 16_000), (0.0, 16_000), (12.0, 0)] {
            assert!(Etudes { seconds, rate, ..etudes() }.check().is_err());
        }
    }
}
