//! Texture: melody, voice-led chords, bass lines and drums of a scene, note by note.

use std::ops::Range;

use super::instrument::{HAT, Instrument, KICK, RIDE, SNARE};
use super::score::{Articulation, Note, Part, Role, Scene, Score};
use super::style::{Pattern, Style, Walk};
use super::theory::{Chord, Draw, nearest, step};
use super::work::{PHRASE, Slot, Step, Work};
use crate::seed::Rng;

/// Plays scenes one after the other, and remembers where voices and bass are.
pub(super) struct Player<'a> {
    pub notes: Vec<Note>,
    /// Chords met so far that leave the key.
    pub chromatic: usize,
    work: &'a Work,
    style: &'static Style,
    tonic: i32,
    tempo: f64,
    articulation: Articulation,
    /// Beats in a slot.
    beats: i32,
    /// How often a long melody note is ornamented, in percent.
    ornate: i32,
    voices: Vec<i32>,
    bass: i32,
    /// The slot of the work with which the piece begins.
    first: usize,
    rng: Rng,
}

/// A part at work: who plays, in which role, how loud.
#[derive(Clone, Copy)]
struct Desk {
    role: Role,
    part: Part,
    level: i32,
}

impl<'a> Player<'a> {
    /// A player before the first scene; `pace` is beats in a slot and ornaments in percent.
    pub fn new(
        work: &'a Work,
        style: &'static Style,
        score: &Score,
        pace: (i32, i32),
        mut rng: Rng,
    ) -> Player<'a> {
        Player {
            notes: Vec::new(),
            chromatic: 0,
            work,
            style,
            tonic: i32::from(score.key.tonic()),
            tempo: f64::from(score.tempo),
            articulation: score.articulation,
            beats: pace.0,
            ornate: pace.1,
            voices: Vec::new(),
            bass: 40,
            first: PHRASE * rng.between(0, 3) as usize,
            rng,
        }
    }

    /// Plays the slots with the scene's parts.
    pub fn scene(&mut self, scene: &Scene, slots: Range<usize>) {
        let pattern = self.rng.pick(self.style.chords);
        let walk = self.rng.pick(self.style.bass);
        let balance = [(); 4].map(|()| self.rng.between(-6, 6));
        let desk = |role, part, level| Desk { role, part, level: scene.level + level };
        self.voices.clear();
        for place in slots {
            let slots = &self.work.slots;
            let slot = &slots[(self.first + place) % slots.len()];
            let next = &slots[(self.first + place + 1) % slots.len()];
            self.chromatic += usize::from(slot.chord.chromatic(self.work.minor));
            if let Some(part) = scene.lead {
                self.melody(desk(Role::Lead, part, balance[0] - 2), place, slot);
            }
            if let Some(part) = scene.chords {
                self.chord(desk(Role::Chord, part, balance[1] - 9), (place, pattern), slot);
            }
            if let Some(part) = scene.bass {
                self.bass(desk(Role::Bass, part, balance[2] - 4), (place, walk), [slot, next]);
            }
            if scene.drums {
                self.drums(scene.level + balance[3] - 10, place);
            }
        }
    }

    /// Seconds from the start at `unit` of the slot at `place`, swung where the style swings.
    fn time(&self, place: usize, unit: f64) -> f64 {
        let units = f64::from(self.work.units());
        let beat = (place as f64 + unit / units) * f64::from(self.beats);
        let (whole, part) = (beat.floor(), beat - beat.floor());
        let late = match (self.style.swing, part < 0.5) {
            (false, _) => part,
            (true, true) => part * 4.0 / 3.0,
            (true, false) => 2.0 / 3.0 + (part - 0.5) * 2.0 / 3.0,
        };
        (whole + late) * 60.0 / self.tempo
    }

    /// Writes a note; `held` is its length in units before articulation.
    fn write(&mut self, desk: Desk, pitch: i32, place: usize, (unit, held): (f64, f64)) {
        let share = match self.articulation {
            Articulation::Staccato if held <= 4.0 => 0.45,
            Articulation::Legato => 1.02,
            _ => 0.85,
        };
        let start = self.time(place, unit);
        let end = self.time(place, unit + held);
        let late = f64::from(self.rng.between(0, 12)) / 1000.0;
        let accent = if unit == 0.0 { 2 } else { 0 } + self.rng.between(-2, 0);
        self.notes.push(Note {
            role: desk.role,
            instrument: desk.part.instrument,
            pitch,
            start: start + late,
            seconds: (end - start) * share,
            level: desk.level + accent,
        });
    }

    fn melody(&mut self, desk: Desk, place: usize, slot: &Slot) {
        let base = nearest(self.tonic, desk.part.centre - 5);
        let scale = slot.chord.scale(self.work.minor);
        for note in &slot.melody {
            let pitch = base + note.pitch;
            let place_in_slot = (f64::from(note.unit), f64::from(note.length));
            if note.length >= 2 && self.rng.chance(self.ornate) {
                let neighbour = base + step(&scale, note.pitch, self.rng.pick(&[1, 1, -1]));
                self.ornament(desk, (pitch, neighbour), place, *note);
            } else {
                self.write(desk, pitch, place, place_in_slot);
            }
        }
    }

    /// A turn to the neighbouring scale note and back, or a grace note before.
    fn ornament(&mut self, desk: Desk, (pitch, neighbour): (i32, i32), place: usize, note: Step) {
        let (unit, length) = (f64::from(note.unit), f64::from(note.length));
        let extra = Desk { role: Role::Ornament, level: desk.level - 2, ..desk };
        if self.rng.chance(50) {
            self.write(desk, pitch, place, (unit, 0.5));
            self.write(extra, neighbour, place, (unit + 0.5, 0.5));
            self.write(extra, pitch, place, (unit + 1.0, length - 1.0));
        } else {
            self.write(extra, neighbour, place, (unit, 0.5));
            self.write(desk, pitch, place, (unit + 0.5, length - 0.5));
        }
    }

    fn chord(&mut self, desk: Desk, (place, pattern): (usize, Pattern), slot: &Slot) {
        let centre = desk.part.centre;
        self.voices = voicing(slot.chord, self.tonic, &self.voices, centre);
        let voices = self.voices.clone();
        let units = f64::from(self.work.units());
        match pattern {
            Pattern::Held => {
                for &pitch in &voices {
                    self.write(desk, pitch, place, (0.0, units));
                }
            }
            Pattern::Struck(onsets) => {
                for (number, &onset) in onsets.iter().enumerate() {
                    let end = onsets.get(number + 1).map_or(units, |&next| f64::from(next));
                    let held = (end - f64::from(onset)).min(3.0);
                    for &pitch in &voices {
                        self.write(desk, pitch, place, (f64::from(onset), held));
                    }
                }
            }
            Pattern::Broken => self.figure(desk, place, &[0, 1, 2, 1], 2.0),
            Pattern::Alberti => self.figure(desk, place, &[0, 2, 1, 2], 1.0),
        }
    }

    /// One voice after the other, `each` units apart.
    fn figure(&mut self, desk: Desk, place: usize, order: &[usize], each: f64) {
        let count = (f64::from(self.work.units()) / each) as usize;
        let louder = Desk { level: desk.level + 3, ..desk };
        for number in 0..count {
            let pitch = self.voices[order[number % order.len()]];
            self.write(louder, pitch, place, (number as f64 * each, each * 1.5));
        }
    }

    fn bass(&mut self, desk: Desk, (place, walk): (usize, Walk), [slot, next]: [&Slot; 2]) {
        let centre = desk.part.centre;
        let class = (self.tonic + slot.bass) % 12;
        let old = self.bass.clamp(centre - 5, centre + 5);
        let low = nearest(class, old);
        self.bass = low;
        let units = f64::from(self.work.units());
        match walk {
            Walk::Held => self.write(desk, low, place, (0.0, units)),
            Walk::Fifths => {
                let root = self.tonic + slot.chord.root;
                let other =
                    if slot.bass == slot.chord.root { slot.chord.intervals()[2] } else { 0 };
                let other = nearest((root + other) % 12, low);
                self.write(desk, low, place, (0.0, units / 2.0));
                self.write(desk, other, place, (units / 2.0, units / 2.0));
            }
            Walk::Repeated(onsets) => {
                for (number, &onset) in onsets.iter().enumerate() {
                    let end = onsets.get(number + 1).map_or(units, |&next| f64::from(next));
                    let onset = f64::from(onset);
                    self.write(desk, low, place, (onset, end - onset));
                }
            }
            Walk::Walking => self.walk(desk, place, [slot, next]),
        }
    }

    /// Bass note, chord notes, and a step towards the next slot's bass.
    fn walk(&mut self, desk: Desk, place: usize, [slot, next]: [&Slot; 2]) {
        let classes = slot.chord.classes();
        let goal = nearest((self.tonic + next.bass) % 12, self.bass);
        let mut line = vec![self.bass];
        for _ in 0..2 {
            let class = (self.tonic + self.rng.pick(&classes)) % 12;
            line.push(nearest(class, (self.bass + goal) / 2));
        }
        line.push(goal + self.rng.pick(&[-2, -1, 1, 2]));
        for (number, &pitch) in line.iter().enumerate() {
            self.write(desk, pitch, place, (number as f64 * 2.0, 2.0));
        }
    }

    fn drums(&mut self, level: i32, place: usize) {
        for &(pitch, onsets) in self.style.drums {
            let below = match pitch {
                KICK => 0,
                SNARE => 4,
                RIDE => 12,
                _ => 10,
            };
            let part = Part { instrument: Instrument::Drums, centre: pitch };
            let desk = Desk { role: Role::Drums, part, level: level - below };
            let busy = pitch == HAT && self.rng.chance(20);
            for &onset in onsets.iter().filter(|_| !busy) {
                self.write(desk, pitch, place, (f64::from(onset), 1.0));
            }
        }
    }
}

/// Three upper voices of the chord, as near as can be to those before and to the centre.
fn voicing(chord: Chord, tonic: i32, before: &[i32], centre: i32) -> Vec<i32> {
    let mut classes: Vec<i32> = chord.classes().iter().map(|class| (class + tonic) % 12).collect();
    if classes.len() == 4 {
        classes.remove(2);
    }
    let mut best: Option<(i32, Vec<i32>)> = None;
    for lowest in centre - 12..=centre + 4 {
        let Some(first) = classes.iter().position(|class| *class == lowest.rem_euclid(12)) else {
            continue;
        };
        let mut voices = vec![lowest];
        for number in 1..classes.len() {
            let class = classes[(first + number) % classes.len()];
            let last = voices[number - 1];
            voices.push(last + (class - last).rem_euclid(12));
        }
        let motion: i32 = voices.iter().zip(before).map(|(new, old)| (new - old).abs()).sum();
        let off = (voices.iter().sum::<i32>() - 3 * centre).abs();
        let cost = 6 * motion + 2 * off;
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, voices));
        }
    }
    best.map(|(_, voices)| voices).unwrap_or_else(|| before.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::theory::Quality;
    use super::*;

    #[test]
    fn upper_voices_move_by_step_from_tonic_to_dominant_seventh() {
        let tonic = voicing(Chord::new(0, Quality::Major), 0, &[], 64);
        let dominant = voicing(Chord::new(7, Quality::Dominant), 0, &tonic, 64);
        assert!(
            tonic.iter().zip(&dominant).all(|(a, b)| (a - b).abs() <= 2),
            "{tonic:?} {dominant:?}"
        );
    }

    #[test]
    fn voices_hold_every_note_of_a_triad() {
        let voices = voicing(Chord::new(9, Quality::Minor), 3, &[], 60);
        let mut classes: Vec<i32> = voices.iter().map(|pitch| (pitch - 3).rem_euclid(12)).collect();
        classes.sort_unstable();
        assert_eq!(classes, [0, 4, 9]);
    }
}
