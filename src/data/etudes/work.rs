//! Works: a progression from a small grammar, with a melody over it, apart from any key or sound.

use super::theory::{Chord, Draw, MAJOR, MINOR, Quality, nearest, step};
use crate::seed::{Rng, Seed};

/// Slots in a phrase. A slot is the time that one chord lasts: half a bar or a bar.
pub(super) const PHRASE: usize = 4;

/// What the versions of a work share.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Work {
    pub minor: bool,
    /// Three beats in a bar, rather than four.
    pub triple: bool,
    /// Phrases in the order in which they are played, over and over.
    pub slots: Vec<Slot>,
    /// The composer's temper, -100 to 100: it moves arousal and valence.
    pub temper: i32,
}

/// One chord with its bass and the melody over it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slot {
    pub chord: Chord,
    /// The bass note's class, in semitones above the tonic.
    pub bass: i32,
    pub melody: Vec<Step>,
}

/// A note of the melody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Onset and length in units: an eighth of a slot, or a sixth in triple time.
    pub unit: i32,
    pub length: i32,
    /// Semitones above the tonic, about -7 to 16.
    pub pitch: i32,
}

/// How a phrase ends.
#[derive(Clone, Copy, PartialEq)]
enum Cadence {
    Half,
    Authentic,
}

/// Note lengths in units that fill a slot of eight, and of six.
const DUPLE_CELLS: [&[i32]; 11] = [
    &[4, 4],
    &[2, 2, 4],
    &[4, 2, 2],
    &[2, 2, 2, 2],
    &[3, 1, 4],
    &[3, 1, 2, 2],
    &[6, 2],
    &[1, 1, 2, 4],
    &[2, 4, 2],
    &[3, 3, 2],
    &[2, 1, 1, 2, 2],
];
const TRIPLE_CELLS: [&[i32]; 7] =
    [&[4, 2], &[2, 2, 2], &[2, 4], &[3, 1, 2], &[2, 1, 1, 2], &[4, 1, 1], &[1, 1, 2, 2]];

/// A rhythm with the scale steps that lead to each of its notes.
#[derive(Clone)]
struct Motif {
    rhythm: &'static [i32],
    contour: Vec<i32>,
}

impl Work {
    /// The work of that number.
    pub fn compose(seed: &Seed, number: u64) -> Work {
        let mut rng = seed.stream("etudes work", &[number]);
        let (minor, triple) = (rng.chance(50), rng.chance(14));
        let temper = rng.between(-100, 100);
        let sevenths = rng.pick(&[10, 30, 60]);
        let modal = rng.chance(35);
        let mut writer = Writer { minor, triple, modal, sevenths, pitch: 7, bass: 0, rng };
        let slots = writer.form();
        Work { minor, triple, slots, temper }
    }

    /// Units in a slot.
    pub fn units(&self) -> i32 {
        if self.triple { 6 } else { 8 }
    }
}

struct Writer {
    minor: bool,
    triple: bool,
    /// Without the leading note: the minor dominant, or the flat seventh degree in major.
    modal: bool,
    /// How often a chord carries a seventh, in percent.
    sevenths: i32,
    /// The melody's last pitch and the bass's last class.
    pitch: i32,
    bass: i32,
    rng: Rng,
}

impl Writer {
    /// Antecedent and consequent, a contrasting phrase, and the consequent again.
    fn form(&mut self) -> Vec<Slot> {
        let theme = [self.motif(), self.motif()];
        let contrast = [self.motif(), theme[1].clone()];
        let antecedent = self.home_phrase(Cadence::Half);
        let mut consequent = self.home_phrase(Cadence::Authentic);
        if self.rng.chance(60) {
            consequent[1] = antecedent[1];
        }
        let middle = self.middle_phrase();
        let question = self.phrase(&antecedent, &theme, Cadence::Half);
        let mut deceived = consequent;
        if self.rng.chance(30) {
            let root = if self.minor { 8 } else { 9 };
            let quality = if self.minor { Quality::Major } else { Quality::Minor };
            deceived[PHRASE - 1] = Chord::new(root, quality);
        }
        let answer = self.phrase(&deceived, &theme, Cadence::Authentic);
        let other = self.phrase(&middle, &contrast, Cadence::Half);
        let again = self.phrase(&consequent, &theme, Cadence::Authentic);
        [question, answer, other, again].concat()
    }

    /// Four chords from the home tonic, or a degree near it, to a cadence.
    fn home_phrase(&mut self, cadence: Cadence) -> [Chord; PHRASE] {
        let mut degrees = self.degrees(cadence);
        if self.rng.chance(35) {
            degrees[0] = self.rng.pick(&[5, 5, 3, 1]);
        }
        self.chords(degrees, self.minor)
    }

    /// Four chords that dwell on other degrees, or in a near key, and end on the home dominant.
    fn middle_phrase(&mut self) -> [Chord; PHRASE] {
        let (away, minor) = match (self.rng.chance(75), self.minor) {
            (false, minor) => (0, minor),
            (true, true) => (3, false),
            (true, false) if self.rng.chance(50) => (9, true),
            (true, false) => (7, false),
        };
        let mut degrees = self.degrees(Cadence::Half);
        if away == 0 {
            degrees[0] = self.rng.pick(&[3, 5, 0]);
            degrees[1] = 0;
        } else {
            degrees = [0, 4, 0, 0];
        }
        let mut chords = self.chords(degrees, minor);
        for chord in &mut chords {
            *chord = Chord::new(chord.root + away, chord.quality);
        }
        let back = if self.modal && self.minor { Quality::Minor } else { Quality::Dominant };
        chords[PHRASE - 1] = Chord::new(7, back);
        chords
    }

    fn degrees(&mut self, cadence: Cadence) -> [usize; PHRASE] {
        let table = if self.minor { &MINOR } else { &MAJOR };
        let second = self.follow(table, 0, |degree| table[degree][4] > 0);
        match cadence {
            Cadence::Authentic if self.rng.chance(12) => [0, second, 3, 0],
            Cadence::Authentic => [0, second, 4, 0],
            Cadence::Half => {
                let third =
                    self.follow(table, second, |degree| degree == 0 || table[degree][4] > 0);
                [0, second, third, 4]
            }
        }
    }

    /// A degree that may follow `from` and that `leads` on.
    fn follow(
        &mut self,
        table: &[[u32; 7]; 7],
        from: usize,
        leads: impl Fn(usize) -> bool,
    ) -> usize {
        let weights: [u32; 7] =
            std::array::from_fn(|degree| if leads(degree) { table[from][degree] } else { 0 });
        match weights.iter().sum() {
            0u32 => 3,
            _ => self.rng.weighted(&weights),
        }
    }

    /// Degrees as chords, some of them with sevenths, borrowed, or as dominants of the next.
    fn chords(&mut self, degrees: [usize; PHRASE], minor: bool) -> [Chord; PHRASE] {
        let mut chords = degrees.map(|degree| self.chord(degree, minor));
        for place in 1..PHRASE - 1 {
            let (here, next) = (chords[place], chords[place + 1]);
            let plain = matches!(next.quality, Quality::Major | Quality::Minor | Quality::Dominant);
            let applies = plain && next.root != 0 && here.root != next.root && degrees[place] != 4;
            if applies && self.rng.chance(32) {
                chords[place] = Chord::new(next.root + 7, Quality::Dominant);
            }
        }
        chords
    }

    fn chord(&mut self, degree: usize, minor: bool) -> Chord {
        use Quality::{
            Diminished, Dominant, HalfDiminished, Major, MajorSeventh, Minor, MinorSeventh,
        };
        let seventh = self.rng.chance(self.sevenths);
        let dominant = seventh || self.rng.chance(40);
        let borrowed = self.rng.chance(20);
        let modal = self.modal;
        let (root, quality) = match (minor, degree) {
            (true, 4) if modal => (7, if seventh { MinorSeventh } else { Minor }),
            (false, 2 | 6) if modal => (10, Major),
            (true, 6) if modal => (10, Major),
            (_, 4) => (7, if dominant { Dominant } else { Major }),
            (_, 6) if !minor || dominant => (11, Diminished),
            (false, 0) => (0, Major),
            (true, 0) => (0, Minor),
            (false, 1) if borrowed => (2, HalfDiminished),
            (false, 1) => (2, if seventh { MinorSeventh } else { Minor }),
            (true, 1) => (2, if seventh { HalfDiminished } else { Diminished }),
            (false, 2) => (4, Minor),
            (true, 2) => (3, Major),
            (false, 3) if borrowed => (5, Minor),
            (false, 3) => (5, if seventh { MajorSeventh } else { Major }),
            (true, 3) => (5, if seventh { MinorSeventh } else { Minor }),
            (false, _) => (9, if seventh { MinorSeventh } else { Minor }),
            (true, 5) => (8, if seventh { MajorSeventh } else { Major }),
            (true, _) => (10, Major),
        };
        Chord::new(root, quality)
    }

    fn motif(&mut self) -> Motif {
        let rhythm =
            if self.triple { self.rng.pick(&TRIPLE_CELLS) } else { self.rng.pick(&DUPLE_CELLS) };
        let mut contour: Vec<i32> =
            rhythm.iter().map(|_| self.rng.pick(&[-2, -1, -1, -1, 0, 1, 1, 1, 2])).collect();
        contour[0] = self.rng.pick(&[-3, -2, 0, 1, 2, 3]);
        Motif { rhythm, contour }
    }

    /// The chords with a bass under them and the motifs over them: first, second, first, end.
    fn phrase(
        &mut self,
        chords: &[Chord; PHRASE],
        motifs: &[Motif; 2],
        cadence: Cadence,
    ) -> Vec<Slot> {
        self.pitch = nearest(self.rng.pick(&chords[0].classes()), (self.pitch + 7) / 2);
        let mut slots = Vec::with_capacity(PHRASE);
        for (place, &chord) in chords.iter().enumerate() {
            let bass = self.bass_class(chord, place == 0 || place + 2 >= PHRASE);
            let melody = if place + 1 == PHRASE {
                self.ending(chord, cadence)
            } else {
                self.line(chord, &motifs[place % 2])
            };
            slots.push(Slot { chord, bass, melody });
        }
        slots
    }

    /// The root, or an inversion that moves less; the root where `firm`.
    fn bass_class(&mut self, chord: Chord, firm: bool) -> i32 {
        let classes = chord.classes();
        let cost = |place: usize, class: i32| {
            let motion = (nearest(class, self.bass) - self.bass).abs();
            [0, 2, 7, 6][place] + motion
        };
        let best = (0..classes.len()).min_by_key(|&place| cost(place, classes[place]));
        let keep_root = firm || self.rng.chance(40);
        self.bass = if keep_root { classes[0] } else { classes[best.unwrap_or(0)] };
        self.bass
    }

    /// A motif over a chord: chord notes on strong units, scale notes between.
    fn line(&mut self, chord: Chord, motif: &Motif) -> Vec<Step> {
        let scale = chord.scale(self.minor);
        let strong = if self.triple { 2 } else { 4 };
        let mut unit = 0;
        let mut steps = Vec::new();
        for (&length, &move_by) in motif.rhythm.iter().zip(&motif.contour) {
            let inward = if self.pitch > 12 { -1 } else { 1 };
            let beyond = self.pitch > 12 || self.pitch < -2;
            let move_by = if beyond { inward * move_by.abs().max(1) } else { move_by };
            self.pitch = step(&scale, self.pitch, move_by);
            if unit % strong == 0 || length >= strong {
                self.pitch = snap(chord, self.pitch);
            } else if length <= 2 && self.rng.chance(25) {
                self.pitch -= 1;
            }
            steps.push(Step { unit, length, pitch: self.pitch });
            unit += length;
        }
        steps
    }

    /// A long note and a rest: the tonic or third at a full close, any chord note at a half one.
    fn ending(&mut self, chord: Chord, cadence: Cadence) -> Vec<Step> {
        let class = match cadence {
            Cadence::Authentic if self.rng.chance(70) => chord.root,
            _ => self.rng.pick(&chord.classes()[..3]),
        };
        self.pitch = nearest(class, self.pitch.clamp(-1, 12));
        let lengths: &[i32] = if self.triple { &[4, 6] } else { &[4, 6, 8] };
        vec![Step { unit: 0, length: self.rng.pick(lengths), pitch: self.pitch }]
    }
}

/// The chord note nearest to `pitch`.
fn snap(chord: Chord, pitch: i32) -> i32 {
    let near = chord.classes().into_iter().map(|class| nearest(class, pitch));
    near.min_by_key(|near| ((near - pitch).abs(), *near)).unwrap_or(pitch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn works() -> impl Iterator<Item = Work> {
        (0..200).map(|number| Work::compose(&Seed::new(1000), number))
    }

    #[test]
    fn the_last_phrase_closes_on_the_tonic_and_the_first_on_the_dominant() {
        for work in works() {
            assert_eq!(work.slots[4 * PHRASE - 1].chord.root, 0);
            assert_eq!(work.slots[PHRASE - 1].chord.root, 7);
        }
    }

    #[test]
    fn the_melody_never_leaps_more_than_a_tenth() {
        for work in works() {
            let pitches: Vec<i32> =
                work.slots.iter().flat_map(|slot| &slot.melody).map(|step| step.pitch).collect();
            assert!(pitches.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 16), "{pitches:?}");
            assert!(pitches.iter().all(|pitch| (-9..=20).contains(pitch)), "{pitches:?}");
        }
    }

    #[test]
    fn melodies_fit_into_their_slots() {
        for work in works() {
            let last = work.slots.iter().flat_map(|slot| slot.melody.last());
            assert!(last.into_iter().all(|step| step.unit + step.length <= work.units()));
        }
    }
}
