//! What of an item one embedding is made of.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::method::Input;

/// What of an item one embedding is made of: `item`, `clip` or a number of seconds, `30 s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Unit {
    /// All of it: the mean over its clips.
    #[default]
    Item,
    /// One clip of the encoder's length.
    Clip,
    /// The mean over the clips of an excerpt of so many seconds.
    Seconds(f64),
}

/// A piece of an item that is embedded in one go, in the input's own unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// How much of it is sound; the rest of a clip is padded with zeros.
    pub length: usize,
    /// Which embedding of the item it belongs to.
    pub row: usize,
}

impl Unit {
    /// The clips of an item: consecutive, without overlap, what is left over dropped; an item, or
    /// an excerpt, shorter than one clip is one.
    pub fn spans(self, length: usize, input: &Input) -> Vec<Span> {
        let clip = input.length();
        let excerpt = match self {
            Unit::Item => length,
            Unit::Clip => clip,
            Unit::Seconds(seconds) => {
                let units = seconds * f64::from(input.rate()) / input.step() as f64;
                (units.round() as usize).max(1)
            }
        };
        let excerpts = length.checked_div(excerpt).unwrap_or(0).max(1);
        let of = |row: usize| {
            let (begin, held) = (row * excerpt, excerpt.min(length - row * excerpt));
            (0..(held / clip).max(1)).map(move |at| Span {
                start: begin + at * clip,
                length: clip.min(held - at * clip),
                row,
            })
        };
        (0..excerpts).flat_map(of).collect()
    }
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Unit, String> {
        let seconds = || text.strip_suffix('s').and_then(|number| number.trim_end().parse().ok());
        match text {
            "item" => Ok(Unit::Item),
            "clip" => Ok(Unit::Clip),
            _ => match seconds().filter(|seconds: &f64| seconds.is_finite() && *seconds > 0.0) {
                Some(seconds) => Ok(Unit::Seconds(seconds)),
                None => Err(format!(
                    "{text:?} is no unit; expected item, clip, or seconds above 0 such as 30 s"
                )),
            },
        }
    }
}

impl TryFrom<String> for Unit {
    type Error = String;

    fn try_from(text: String) -> Result<Unit, String> {
        text.parse()
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> String {
        match unit {
            Unit::Item => "item".into(),
            Unit::Clip => "clip".into(),
            Unit::Seconds(seconds) => format!("{seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(unit: Unit, length: usize) -> Vec<(usize, usize, usize)> {
        let input = Input::Waveform { rate: 10, samples: 30 };
        let spans = unit.spans(length, &input);
        spans.iter().map(|span| (span.start, span.length, span.row)).collect()
    }

    #[test]
    fn what_is_left_over_is_dropped() {
        assert_eq!(spans(Unit::Item, 89), [(0, 30, 0), (30, 30, 0)]);
        assert_eq!(spans(Unit::Clip, 89), [(0, 30, 0), (30, 30, 1)]);
        // Excerpts of 7 s hold two clips of 3 s each.
        let two = [(0, 30, 0), (30, 30, 0), (70, 30, 1), (100, 30, 1)];
        assert_eq!(spans(Unit::Seconds(7.0), 209), two);
    }

    #[test]
    fn what_is_shorter_than_a_clip_is_one() {
        for unit in [Unit::Item, Unit::Clip, Unit::Seconds(7.0)] {
            assert_eq!(spans(unit, 12), [(0, 12, 0)]);
            assert_eq!(spans(unit, 0), [(0, 0, 0)]);
        }
        assert_eq!(spans(Unit::Seconds(2.0), 45), [(0, 20, 0), (20, 20, 1)]);
    }

    #[test]
    fn clips_of_giantsteps_are_30_seconds_and_of_magnatagatune_ten() {
        let mel = Input::Waveform { rate: 22_050, samples: 59_049 };
        assert_eq!(Unit::Clip.spans(642_184, &mel).len(), 10);
        let song = (120.06 * 22_050.0) as usize;
        assert_eq!(Unit::Seconds(30.0).spans(song, &mel).last().map(|span| span.row), Some(3));
    }

    #[test]
    fn a_unit_is_written_as_it_is_read() {
        for text in ["item", "clip", "30 s", "2.5 s"] {
            assert_eq!(text.parse::<Unit>().map(String::from), Ok(text.to_string()));
        }
        assert_eq!("30s".parse(), Ok(Unit::Seconds(30.0)));
        let error = "minute".parse::<Unit>().unwrap_err();
        assert!(error.contains("expected item, clip, or seconds"), "{error}");
        assert!("0 s".parse::<Unit>().is_err() && "inf s".parse::<Unit>().is_err());
    }
}
