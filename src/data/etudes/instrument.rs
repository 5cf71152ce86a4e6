//! The instruments: names, ranges, and how each one makes its sound.

/// An instrument; drums are one, whose pitches name its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Instrument {
    Accordion,
    Bass,
    Brass,
    Choir,
    Clarinet,
    ElectricPiano,
    Flute,
    Guitar,
    Harpsichord,
    Marimba,
    Oboe,
    Organ,
    Piano,
    Strings,
    SynthBass,
    SynthLead,
    SynthPad,
    Vibraphone,
    Drums,
}

/// The parts of the drums, as their pitches.
pub(super) const KICK: i32 = 36;
pub(super) const SNARE: i32 = 38;
pub(super) const HAT: i32 = 42;
pub(super) const RIDE: i32 = 51;

/// How a note's sound is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sound {
    /// Two cycles, a soft and a bright one, mixed by a fading brightness.
    Cycle { soft: Spectrum, bright: Spectrum, shape: Shape },
    /// A string of Karplus and Strong.
    String { decay: f64, dullness: f64 },
    /// Decaying partials: ratio, level, seconds to a third.
    Bars(&'static [(f64, f64, f64)]),
    /// Phase modulation: modulator's ratio, index at the attack and held.
    Modulated { ratio: f64, attack: f64, held: f64, shape: Shape },
    /// Noise and a falling tone, by part.
    Drum,
}

/// Harmonic levels: those listed, then a power law.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spectrum {
    pub first: &'static [f32],
    /// Harmonic `h` beyond the list has the level `h` to the power of `-slope / 2`; none if 0.
    pub slope: i32,
    /// Factor on even harmonics.
    pub even: f32,
}

/// Envelope and movement of a sustained or decaying note; times in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub attack: f64,
    /// Time constant from the peak to `sustain`.
    pub decay: f64,
    pub sustain: f64,
    pub release: f64,
    /// Time constant of the brightness.
    pub fade: f64,
    /// Vibrato in cents, to either side.
    pub vibrato: f64,
    /// Noise of breath, bow or hammer, relative to the tone.
    pub breath: f64,
}

const ROUND: Shape = Shape {
    attack: 0.03,
    decay: 0.5,
    sustain: 0.8,
    release: 0.07,
    fade: 0.4,
    vibrato: 0.0,
    breath: 0.02,
};
const STRUCK: Shape = Shape {
    attack: 0.003,
    decay: 0.7,
    sustain: 0.0,
    release: 0.08,
    fade: 0.25,
    vibrato: 0.0,
    breath: 0.15,
};

const fn listed(first: &'static [f32]) -> Spectrum {
    Spectrum { first, slope: 0, even: 1.0 }
}

/// Harmonics that fall by 3 dB an octave times `slope`.
const fn sloped(slope: i32, even: f32) -> Spectrum {
    Spectrum { first: &[], slope, even }
}

impl Instrument {
    /// Those with a pitch, in the order of their names.
    pub const PITCHED: [Instrument; 18] = [
        Instrument::Accordion,
        Instrument::Bass,
        Instrument::Brass,
        Instrument::Choir,
        Instrument::Clarinet,
        Instrument::ElectricPiano,
        Instrument::Flute,
        Instrument::Guitar,
        Instrument::Harpsichord,
        Instrument::Marimba,
        Instrument::Oboe,
        Instrument::Organ,
        Instrument::Piano,
        Instrument::Strings,
        Instrument::SynthBass,
        Instrument::SynthLead,
        Instrument::SynthPad,
        Instrument::Vibraphone,
    ];

    /// The tag's name.
    pub fn name(self) -> &'static str {
        match self {
            Instrument::Accordion => "accordion",
            Instrument::Bass => "bass",
            Instrument::Brass => "brass",
            Instrument::Choir => "choir",
            Instrument::Clarinet => "clarinet",
            Instrument::ElectricPiano => "electric_piano",
            Instrument::Flute => "flute",
            Instrument::Guitar => "guitar",
            Instrument::Harpsichord => "harpsichord",
            Instrument::Marimba => "marimba",
            Instrument::Oboe => "oboe",
            Instrument::Organ => "organ",
            Instrument::Piano => "piano",
            Instrument::Strings => "strings",
            Instrument::SynthBass => "synth_bass",
            Instrument::SynthLead => "synth_lead",
            Instrument::SynthPad => "synth_pad",
            Instrument::Vibraphone => "vibraphone",
            Instrument::Drums => "drums",
        }
    }

    /// Lowest and highest MIDI pitch.
    pub fn range(self) -> (i32, i32) {
        match self {
            Instrument::Bass | Instrument::SynthBass => (28, 55),
            Instrument::Brass => (46, 80),
            Instrument::Choir => (48, 79),
            Instrument::Clarinet => (50, 86),
            Instrument::Flute => (60, 93),
            Instrument::Guitar => (43, 81),
            Instrument::Harpsichord => (41, 86),
            Instrument::Marimba => (48, 89),
            Instrument::Oboe => (58, 88),
            Instrument::Organ | Instrument::Piano => (40, 91),
            Instrument::Vibraphone => (53, 89),
            Instrument::Drums => (KICK, RIDE),
            _ => (48, 86),
        }
    }

    /// How it sounds.
    pub fn sound(self) -> Sound {
        match self {
            Instrument::Bass => Sound::String { decay: 1.2, dullness: 0.5 },
            Instrument::Guitar => Sound::String { decay: 0.9, dullness: 0.35 },
            Instrument::Marimba => {
                Sound::Bars(&[(1.0, 1.0, 0.35), (3.93, 0.35, 0.09), (9.2, 0.15, 0.03)])
            }
            Instrument::Vibraphone => {
                Sound::Bars(&[(1.0, 1.0, 1.1), (4.0, 0.3, 0.4), (9.9, 0.12, 0.1)])
            }
            Instrument::ElectricPiano => {
                let shape = Shape { decay: 0.9, breath: 0.05, ..STRUCK };
                Sound::Modulated { ratio: 1.0, attack: 1.6, held: 0.4, shape }
            }
            Instrument::Brass => {
                let shape = Shape { attack: 0.045, vibrato: 7.0, ..ROUND };
                Sound::Modulated { ratio: 1.0, attack: 2.6, held: 1.7, shape }
            }
            Instrument::Drums => Sound::Drum,
            _ => self.cycle(),
        }
    }

    fn cycle(self) -> Sound {
        let (soft, bright, shape) = match self {
            Instrument::Piano
            | Instrument::Harpsichord
            | Instrument::Organ
            | Instrument::Accordion => self.keyboard(),
            Instrument::SynthBass | Instrument::SynthPad | Instrument::SynthLead => self.synth(),
            _ => self.blown_or_bowed(),
        };
        Sound::Cycle { soft, bright, shape }
    }

    fn keyboard(self) -> (Spectrum, Spectrum, Shape) {
        match self {
            Instrument::Piano => (
                listed(&[1.0, 0.45, 0.22, 0.1, 0.05]),
                Spectrum { first: &[1.0, 0.8, 0.6], slope: 2, even: 1.0 },
                STRUCK,
            ),
            Instrument::Harpsichord => (
                sloped(2, 1.0),
                Spectrum { first: &[0.6, 0.9, 1.0, 0.9], slope: 1, even: 1.0 },
                Shape { decay: 0.45, fade: 0.3, breath: 0.2, ..STRUCK },
            ),
            Instrument::Organ => (
                listed(&[1.0, 0.8, 0.5, 0.6, 0.05, 0.3, 0.0, 0.35]),
                listed(&[1.0, 0.9, 0.7, 0.8, 0.1, 0.5, 0.0, 0.6, 0.0, 0.2, 0.0, 0.3]),
                Shape { attack: 0.012, sustain: 1.0, breath: 0.01, ..ROUND },
            ),
            _ => (sloped(2, 0.8), sloped(1, 0.7), Shape { attack: 0.04, ..ROUND }),
        }
    }

    fn blown_or_bowed(self) -> (Spectrum, Spectrum, Shape) {
        match self {
            Instrument::Flute => (
                listed(&[1.0, 0.2, 0.06, 0.02]),
                listed(&[1.0, 0.5, 0.2, 0.08, 0.04]),
                Shape { attack: 0.05, vibrato: 14.0, breath: 0.08, ..ROUND },
            ),
            Instrument::Clarinet => (sloped(3, 0.06), sloped(2, 0.12), ROUND),
            Instrument::Oboe => (
                listed(&[0.6, 0.8, 1.0, 0.6, 0.4, 0.2, 0.1]),
                Spectrum { first: &[0.5, 0.8, 1.0, 0.9, 0.7, 0.5], slope: 2, even: 1.0 },
                Shape { vibrato: 9.0, ..ROUND },
            ),
            Instrument::Choir => (
                listed(&[1.0, 0.7, 0.3, 0.12, 0.06]),
                listed(&[0.9, 1.0, 0.5, 0.3, 0.1, 0.08, 0.1, 0.06]),
                Shape { attack: 0.1, release: 0.16, vibrato: 16.0, breath: 0.06, ..ROUND },
            ),
            _ => (
                sloped(3, 1.0),
                sloped(2, 0.9),
                Shape { attack: 0.09, release: 0.14, vibrato: 12.0, breath: 0.05, ..ROUND },
            ),
        }
    }

    fn synth(self) -> (Spectrum, Spectrum, Shape) {
        match self {
            Instrument::SynthBass => {
                (sloped(4, 1.0), sloped(2, 1.0), Shape { breath: 0.0, fade: 0.15, ..ROUND })
            }
            Instrument::SynthPad => (
                sloped(4, 1.0),
                sloped(3, 1.0),
                Shape { attack: 0.14, release: 0.25, breath: 0.0, fade: 1.0, ..ROUND },
            ),
            _ => (
                sloped(2, 0.0),
                sloped(2, 1.0),
                Shape { attack: 0.006, breath: 0.0, vibrato: 8.0, ..ROUND },
            ),
        }
    }
}

impl Spectrum {
    /// Level of harmonic `number`, from 1.
    pub fn level(&self, number: usize) -> f32 {
        let level = match self.first.get(number - 1) {
            Some(&level) => level,
            None if self.slope == 0 => 0.0,
            None => (number as f32).powf(-0.5 * self.slope as f32),
        };
        if number.is_multiple_of(2) { level * self.even } else { level }
    }
}
