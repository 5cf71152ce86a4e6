//! The styles: tempo, instruments, and the patterns that bass, chords and drums play.

use super::instrument::{HAT, Instrument, KICK, RIDE, SNARE};

use Instrument::{
    Accordion, Bass, Brass, Choir, Clarinet, ElectricPiano, Flute, Guitar, Harpsichord, Marimba,
    Oboe, Organ, Piano, Strings, SynthBass, SynthLead, SynthPad, Vibraphone,
};

/// What a style fixes for a piece.
#[derive(Debug)]
pub(super) struct Style {
    pub name: &'static str,
    /// Lowest and highest tempo in beats per minute.
    pub tempo: (i32, i32),
    pub palette: &'static [Instrument],
    pub basses: &'static [Instrument],
    pub chords: &'static [Pattern],
    pub bass: &'static [Walk],
    /// Drum parts with the units, of eight or six in a slot, on which they sound.
    pub drums: &'static [(i32, &'static [i32])],
    /// How often a scene has drums, in percent.
    pub drummed: i32,
    /// Whether off-beat eighths are late by a third.
    pub swing: bool,
    /// How often notes are short or joined, in percent.
    pub staccato: i32,
    pub legato: i32,
}

/// How the upper voices play a chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// All voices for the whole slot.
    Held,
    /// All voices together on these units.
    Struck(&'static [i32]),
    /// One voice per two units, upwards and down.
    Broken,
    /// One voice per unit, low, high, middle, high.
    Alberti,
}

/// How the bass moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// Its note for the whole slot.
    Held,
    /// Its note on the first unit and the fifth above or below on the middle one.
    Fifths,
    /// A note on each second unit: chord notes, and a step into the next slot.
    Walking,
    /// Its note on these units.
    Repeated(&'static [i32]),
}

/// The style of works in three beats; all others are in four.
pub(super) const TRIPLE: Style = Style {
    name: "waltz",
    tempo: (104, 188),
    palette: &[Strings, Flute, Clarinet, Accordion, Piano, Oboe, Harpsichord],
    basses: &[Bass, Bass, Piano],
    chords: &[Pattern::Struck(&[2, 4]), Pattern::Struck(&[2, 4]), Pattern::Broken],
    bass: &[Walk::Held, Walk::Repeated(&[0])],
    drums: &[(KICK, &[0]), (HAT, &[2, 4])],
    drummed: 15,
    swing: false,
    staccato: 25,
    legato: 40,
};

/// The styles of works in four beats.
pub(super) const DUPLE: [Style; 7] = [
    Style {
        name: "chorale",
        tempo: (58, 96),
        palette: &[Organ, Choir, Strings, Brass, Oboe, Flute, SynthPad],
        basses: &[Organ, Choir, Strings],
        chords: &[Pattern::Held, Pattern::Held, Pattern::Struck(&[0, 4])],
        bass: &[Walk::Held, Walk::Repeated(&[0, 4])],
        drums: &[],
        drummed: 0,
        swing: false,
        staccato: 0,
        legato: 80,
    },
    Style {
        name: "classical",
        tempo: (76, 152),
        palette: &[Piano, Strings, Flute, Clarinet, Oboe, Harpsichord, Guitar],
        basses: &[Bass, Piano, Strings],
        chords: &[Pattern::Alberti, Pattern::Broken, Pattern::Struck(&[0, 2, 4, 6])],
        bass: &[Walk::Held, Walk::Repeated(&[0, 4])],
        drums: &[],
        drummed: 0,
        swing: false,
        staccato: 30,
        legato: 40,
    },
    Style {
        name: "march",
        tempo: (88, 140),
        palette: &[Brass, Clarinet, Flute, Accordion, Oboe, Strings],
        basses: &[Bass, Brass],
        chords: &[Pattern::Struck(&[1, 3, 5, 7]), Pattern::Struck(&[2, 6])],
        bass: &[Walk::Fifths],
        drums: &[(KICK, &[0, 4]), (SNARE, &[2, 5, 6, 7])],
        drummed: 60,
        swing: false,
        staccato: 60,
        legato: 5,
    },
    Style {
        name: "swing",
        tempo: (108, 204),
        palette: &[Piano, Vibraphone, Guitar, Clarinet, Brass, ElectricPiano, Flute],
        basses: &[Bass],
        chords: &[
            Pattern::Struck(&[0, 3]),
            Pattern::Struck(&[1, 5]),
            Pattern::Struck(&[0, 2, 4, 6]),
        ],
        bass: &[Walk::Walking],
        drums: &[(RIDE, &[0, 2, 3, 4, 6, 7]), (HAT, &[2, 6]), (KICK, &[0])],
        drummed: 65,
        swing: true,
        staccato: 20,
        legato: 30,
    },
    Style {
        name: "bossa",
        tempo: (84, 148),
        palette: &[Guitar, Flute, ElectricPiano, Vibraphone, Marimba, Strings, Piano],
        basses: &[Bass, SynthBass],
        chords: &[Pattern::Struck(&[0, 3, 6]), Pattern::Struck(&[1, 4, 7])],
        bass: &[Walk::Fifths, Walk::Repeated(&[0, 3, 4, 7])],
        drums: &[(SNARE, &[0, 3, 6]), (HAT, &[0, 1, 2, 3, 4, 5, 6, 7]), (KICK, &[0, 3, 4, 7])],
        drummed: 50,
        swing: false,
        staccato: 15,
        legato: 30,
    },
    Style {
        name: "ballad",
        tempo: (56, 92),
        palette: &[Piano, Guitar, Strings, SynthPad, ElectricPiano, Choir, SynthLead],
        basses: &[Bass, SynthBass],
        chords: &[Pattern::Broken, Pattern::Held, Pattern::Struck(&[0, 4])],
        bass: &[Walk::Held, Walk::Repeated(&[0, 3])],
        drums: &[(KICK, &[0]), (SNARE, &[4]), (HAT, &[0, 2, 4, 6])],
        drummed: 40,
        swing: false,
        staccato: 0,
        legato: 70,
    },
    Style {
        name: "electro",
        tempo: (100, 152),
        palette: &[SynthLead, SynthPad, Organ, ElectricPiano, Marimba, Choir, Harpsichord],
        basses: &[SynthBass],
        chords: &[Pattern::Struck(&[2, 6]), Pattern::Struck(&[0, 3, 6]), Pattern::Alberti],
        bass: &[Walk::Repeated(&[0, 1, 2, 3, 4, 5, 6, 7]), Walk::Repeated(&[0, 3, 6])],
        drums: &[(KICK, &[0, 4]), (SNARE, &[4]), (HAT, &[2, 6])],
        drummed: 70,
        swing: false,
        staccato: 45,
        legato: 10,
    },
];
