//! Musical keys: the 24 classes, read in any spelling.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// The twelve tonics as they are printed, C first.
const TONICS: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];

/// A major or minor key; enharmonic spellings are the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    class: u8,
}

impl Key {
    /// Number of keys.
    pub const COUNT: usize = 24;

    /// The key on `tonic` semitones above C (any octave).
    pub fn new(tonic: i32, minor: bool) -> Key {
        Key { class: tonic.rem_euclid(12) as u8 + if minor { 12 } else { 0 } }
    }

    /// Every key in class order: C major … B major, C minor … B minor.
    pub fn all() -> impl Iterator<Item = Key> {
        (0..Self::COUNT as u8).map(|class| Key { class })
    }

    /// Place in [`Key::all`], from 0 to 23.
    pub fn class(self) -> usize {
        self.class.into()
    }

    /// Semitones of the tonic above C, from 0 to 11.
    pub fn tonic(self) -> u8 {
        self.class % 12
    }

    /// Whether the mode is minor.
    pub fn is_minor(self) -> bool {
        self.class >= 12
    }

    /// The key `semitones` higher, in the same mode.
    pub fn transposed(self, semitones: i32) -> Key {
        Key::new(i32::from(self.tonic()) + semitones, self.is_minor())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.is_minor() { "minor" } else { "major" };
        write!(f, "{} {mode}", TONICS[usize::from(self.tonic())])
    }
}

impl FromStr for Key {
    type Err = Error;

    /// Reads `C# minor`, `Db:min`, `F♯ major`, `Bbm`, `e flat Minor`, `G`, …
    ///
    /// A bare capital tonic is major; a bare small letter is refused, since some mean minor by it.
    fn from_str(text: &str) -> Result<Key> {
        parse(text.trim()).ok_or_else(|| {
            Error::Invalid(format!(
                "{text:?} is not a key; write a tonic and a mode, such as \"C# minor\" or \"Eb major\""
            ))
        })
    }
}

fn parse(text: &str) -> Option<Key> {
    let mut letters = text.chars();
    let letter = letters.next()?;
    let natural = natural(letter)?;
    let (shift, rest) = accidentals(letters.as_str());
    let mode = rest.trim_start_matches([' ', '\t', ':', '_', '-']);
    let minor = match mode {
        "M" => false,
        "" if letter.is_ascii_uppercase() => false,
        _ => minor(&mode.to_lowercase())?,
    };
    Some(Key::new(natural + shift, minor))
}

fn natural(letter: char) -> Option<i32> {
    let place = "C D EF G A B".find(letter.to_ascii_uppercase())?;
    (letter != ' ').then_some(place as i32)
}

fn accidentals(mut text: &str) -> (i32, &str) {
    const SIGNS: [(&str, i32); 9] = [
        ("#", 1),
        ("♯", 1),
        ("b", -1),
        ("♭", -1),
        ("𝄪", 2),
        ("𝄫", -2),
        ("sharp", 1),
        ("flat", -1),
        ("♮", 0),
    ];
    let mut shift = 0;
    loop {
        // Words such as "E flat" stand apart from their letter; signs do not.
        let word = text.trim_start_matches([' ', '-', '_']);
        let found = SIGNS.iter().find_map(|(sign, semitones)| {
            let from = if sign.len() > 3 && sign.is_ascii() { word } else { text };
            from.strip_prefix(sign).map(|rest| (semitones, rest))
        });
        let Some((semitones, rest)) = found else { return (shift, text) };
        shift += semitones;
        text = rest;
    }
}

fn minor(mode: &str) -> Option<bool> {
    match mode {
        "major" | "maj" | "dur" | "ionian" => Some(false),
        "minor" | "min" | "m" | "moll" | "aeolian" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enharmonic_spellings_are_one_key() {
        for spelling in ["C# minor", "Db min", "c#:min", "C♯m", "d flat Minor", "B## minor", "dbm"]
        {
            assert_eq!(spelling.parse::<Key>().unwrap().to_string(), "Db minor", "{spelling}");
        }
        assert_eq!("F♯ major".parse::<Key>().unwrap().to_string(), "Gb major");
        assert_eq!("Bbm".parse::<Key>().unwrap().to_string(), "Bb minor");
        assert_eq!("Cb".parse::<Key>().unwrap().to_string(), "B major");
        assert_eq!("b minor".parse::<Key>().unwrap().to_string(), "B minor");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "H major", "C dorian", "c", "X", "C major / A minor", "- minor", " "] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn printing_and_reading_agree_for_all_classes() {
        for (class, key) in Key::all().enumerate() {
            assert_eq!(key.class(), class);
            assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
        }
    }
}
