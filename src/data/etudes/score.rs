//! Scores: a version of a work in one key, tempo and style, with its scenes and every note.

use super::instrument::Instrument;
use super::style::{DUPLE, Style, TRIPLE};
use super::texture::Player;
use super::theory::Draw;
use super::work::Work;
use crate::data::key::Key;
use crate::seed::{Rng, Seed};

/// A piece as written down: all that labels and sound are made from.
#[derive(Clone, Debug)]
pub(super) struct Score {
    pub key: Key,
    pub style: &'static str,
    /// Beats per minute.
    pub tempo: i32,
    pub temper: i32,
    pub articulation: Articulation,
    /// Tenths of a cent by which all pitches are off, -300 to 300.
    pub detune: i32,
    /// Peak of the sound, in percent of full scale.
    pub peak: i32,
    /// Reverberation time in hundredths of a second.
    pub room: i32,
    pub scenes: Vec<Scene>,
    pub notes: Vec<Note>,
    /// Chords that leave the key, and chords in all.
    pub chromatic: (usize, usize),
}

/// How long notes are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Articulation {
    Staccato,
    Plain,
    Legato,
}

/// What a note does in the texture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Lead,
    Ornament,
    Chord,
    Bass,
    Drums,
}

/// One note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Note {
    pub role: Role,
    pub instrument: Instrument,
    /// MIDI pitch.
    pub pitch: i32,
    /// Onset and length in seconds.
    pub start: f64,
    pub seconds: f64,
    /// Level in decibels, 0 at most a loud solo.
    pub level: i32,
}

/// A stretch of about three seconds with its own instruments, registers, loudness and air.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub start: f64,
    pub lead: Option<Part>,
    pub chords: Option<Part>,
    pub bass: Option<Part>,
    pub drums: bool,
    /// Level in decibels.
    pub level: i32,
    /// Decibels by which the highs are above the lows.
    pub tilt: i32,
    /// Two resonances: MIDI pitch and decibels.
    pub peaks: [(i32, i32); 2],
    /// Signal-to-noise ratio in decibels, and the noise's colour, 0 (dull) to 100 (white).
    pub snr: i32,
    pub colour: i32,
    /// Reverberation's share in percent.
    pub wet: i32,
}

/// Who plays, and around which MIDI pitch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub instrument: Instrument,
    pub centre: i32,
}

/// What is fixed for the whole piece, before any note.
struct Version<'a> {
    style: &'static Style,
    palette: Vec<Instrument>,
    work: &'a Work,
    slot_seconds: f64,
    rng: Rng,
}

impl Score {
    /// The version of `work` in `key` that belongs to piece `index`, `seconds` long.
    pub fn arrange(seed: &Seed, index: u64, (work, key): (&Work, Key), seconds: f64) -> Score {
        let mut rng = seed.stream("etudes piece", &[index]);
        let style = if work.triple { &TRIPLE } else { &DUPLE[rng.between(0, 6) as usize] };
        let tempo = rng.between(style.tempo.0, style.tempo.1);
        let beats = match (work.triple, tempo < 132) {
            (true, _) => 3,
            (false, true) => 2,
            (false, false) => 4,
        };
        let slot_seconds = f64::from(beats * 60) / f64::from(tempo);
        let articulation = match rng.between(0, 99) {
            draw if draw < style.staccato => Articulation::Staccato,
            draw if draw < style.staccato + style.legato => Articulation::Legato,
            _ => Articulation::Plain,
        };
        let mut score = Score {
            key,
            style: style.name,
            tempo,
            temper: work.temper,
            articulation,
            detune: rng.between(-300, 300),
            peak: rng.between(25, 95),
            room: rng.between(25, 180),
            scenes: Vec::new(),
            notes: Vec::new(),
            chromatic: (0, 0),
        };
        let palette = palette(style, &mut rng);
        let ornate = if rng.chance(30) { 30 } else { 0 };
        let mut version = Version { style, palette, work, slot_seconds, rng };
        let slots = (seconds / slot_seconds) as usize + 1;
        let lengths = version.scenes(slots, &mut score);
        let mut player = Player::new(work, style, &score, (beats, ornate), version.rng);
        let mut slot = 0;
        for (scene, length) in score.scenes.iter().zip(lengths) {
            player.scene(scene, slot..slot + length);
            slot += length;
        }
        score.chromatic = (player.chromatic, slot);
        score.notes = player.notes;
        score.notes.retain(|note| note.start < seconds);
        score
    }

    /// One note of an instrument around two seconds long, at the start.
    pub fn single(seed: &Seed, index: u64, seconds: f64) -> Score {
        let mut rng = seed.stream("etudes note", &[index]);
        let instrument = rng.pick(&Instrument::PITCHED);
        let (low, high) = instrument.range();
        let length = f64::from(rng.between(60, 90)) / 100.0 * seconds.min(2.0);
        let note = Note {
            role: Role::Lead,
            instrument,
            pitch: rng.between(low, high),
            start: 0.02,
            seconds: length,
            level: 0,
        };
        let part = Part { instrument, centre: note.pitch };
        let mut scene = Scene::draw(0.0, &mut rng);
        (scene.lead, scene.snr) = (Some(part), rng.between(40, 60));
        Score {
            key: Key::new(note.pitch, false),
            style: "",
            tempo: 60,
            temper: 0,
            articulation: Articulation::Plain,
            detune: rng.between(-300, 300),
            peak: rng.between(25, 95),
            room: rng.between(25, 100),
            scenes: vec![scene],
            notes: vec![note],
            chromatic: (0, 1),
        }
    }
}

/// Versions per work, over and over: works of two, three and four versions.
const VERSIONS: [u64; 9] = [0, 0, 1, 1, 1, 2, 2, 2, 2];
/// The first version of each of those works.
const FIRST: [u64; 3] = [0, 2, 5];

/// The work that a piece belongs to, and which of its versions it is.
pub(super) fn work_of(index: usize) -> (u64, usize) {
    let (block, place) = (index as u64 / 9, index as u64 % 9);
    let work = VERSIONS[place as usize];
    (block * 3 + work, (place - FIRST[work as usize]) as usize)
}

/// The twelve tonics in the order in which a work's versions take them.
pub(super) fn tonics(seed: &Seed, work: u64) -> [u8; 12] {
    let mut rng = seed.stream("etudes tonics", &[work]);
    let mut tonics: [u8; 12] = std::array::from_fn(|tonic| tonic as u8);
    for last in (1..12).rev() {
        tonics.swap(last, rng.between(0, last as i32) as usize);
    }
    tonics
}

/// Three to five of the style's instruments and sometimes a guest.
fn palette(style: &Style, rng: &mut Rng) -> Vec<Instrument> {
    let mut left: Vec<Instrument> = style.palette.to_vec();
    let size = rng.between(3, 5) as usize;
    let mut palette = Vec::new();
    while palette.len() < size && !left.is_empty() {
        let place = rng.between(0, left.len() as i32 - 1) as usize;
        palette.push(left.swap_remove(place));
    }
    let guest = rng.pick(&Instrument::PITCHED);
    let bass = matches!(guest, Instrument::Bass | Instrument::SynthBass);
    if !bass && !palette.contains(&guest) {
        palette.push(guest);
    }
    palette
}

impl Scene {
    /// A scene without players yet: loudness, colour and air.
    fn draw(start: f64, rng: &mut Rng) -> Scene {
        Scene {
            start,
            lead: None,
            chords: None,
            bass: None,
            drums: false,
            level: rng.between(-12, 0),
            tilt: rng.between(-12, 9),
            peaks: [(); 2].map(|()| (rng.between(58, 106), rng.between(-9, 9))),
            snr: rng.between(12, 48),
            colour: rng.between(5, 100),
            wet: rng.between(0, 45),
        }
    }
}

impl Version<'_> {
    /// Cuts `slots` into scenes of about three seconds; returns how many slots each one has.
    fn scenes(&mut self, slots: usize, score: &mut Score) -> Vec<usize> {
        let usual = (3.0 / self.slot_seconds + 0.5) as i32;
        let (mut lengths, mut slot) = (Vec::new(), 0);
        while slot < slots {
            let length = self.rng.between((usual - 1).max(1), usual + 1) as usize;
            let start = slot as f64 * self.slot_seconds;
            let scene = self.scene(start, score.scenes.last());
            score.scenes.push(scene);
            lengths.push(length);
            slot += length;
        }
        lengths
    }

    /// A scene whose players differ from those before.
    fn scene(&mut self, start: f64, before: Option<&Scene>) -> Scene {
        let mut scene = Scene::draw(start, &mut self.rng);
        let old_lead = before.and_then(|scene| scene.lead).map(|part| part.instrument);
        let old_chords = before.and_then(|scene| scene.chords).map(|part| part.instrument);
        let lead = self.player(&[old_lead]);
        let chords = self.player(&[old_chords, Some(lead)]);
        let bass = self.rng.pick(self.style.basses);
        let (with_lead, with_chords) = (self.rng.chance(86), self.rng.chance(86));
        scene.lead = with_lead.then(|| self.part(lead, (50, 84)));
        scene.chords = (with_chords || !with_lead).then(|| self.part(chords, (46, 72)));
        let with_bass = !(with_lead && with_chords) || self.rng.chance(82);
        scene.bass = with_bass.then(|| self.part(bass, (32, 48)));
        scene.drums = !self.work.triple && self.rng.chance(self.style.drummed)
            || self.work.triple && self.rng.chance(TRIPLE.drummed);
        scene
    }

    /// An instrument of the palette that is none of `others`.
    fn player(&mut self, others: &[Option<Instrument>]) -> Instrument {
        let free: Vec<Instrument> =
            self.palette.iter().copied().filter(|one| !others.contains(&Some(*one))).collect();
        self.rng.pick(&free)
    }

    /// A part for the instrument within its range and the register given.
    fn part(&mut self, instrument: Instrument, (low, high): (i32, i32)) -> Part {
        let range = instrument.range();
        let low = low.max(range.0 + 3);
        Part { instrument, centre: self.rng.between(low, high.min(range.1 - 6).max(low)) }
    }
}
