//! Keys, chords and scales, as whole semitones above a tonic.

use rand::Rng as _;

use crate::seed::Rng;

/// The kind of a chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quality {
    Major,
    Minor,
    Diminished,
    Dominant,
    MajorSeventh,
    MinorSeventh,
    HalfDiminished,
}

/// A chord: its root in semitones above the home tonic, and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    pub root: i32,
    pub quality: Quality,
}

impl Chord {
    /// The chord with its root brought into one octave.
    pub fn new(root: i32, quality: Quality) -> Chord {
        Chord { root: root.rem_euclid(12), quality }
    }

    /// Intervals above the root.
    pub fn intervals(self) -> &'static [i32] {
        match self.quality {
            Quality::Major => &[0, 4, 7],
            Quality::Minor => &[0, 3, 7],
            Quality::Diminished => &[0, 3, 6],
            Quality::Dominant => &[0, 4, 7, 10],
            Quality::MajorSeventh => &[0, 4, 7, 11],
            Quality::MinorSeventh => &[0, 3, 7, 10],
            Quality::HalfDiminished => &[0, 3, 6, 10],
        }
    }

    /// Pitch classes above the home tonic, root first.
    pub fn classes(self) -> Vec<i32> {
        self.intervals().iter().map(|i| (self.root + i) % 12).collect()
    }

    /// Whether a pitch, in semitones above the home tonic, belongs to the chord.
    pub fn holds(self, pitch: i32) -> bool {
        self.classes().contains(&pitch.rem_euclid(12))
    }

    /// The seven-note scale that goes with the chord: the key's own, with the chord's chromatic
    /// notes in place of the degrees they alter.
    pub fn scale(self, minor: bool) -> [bool; 12] {
        let mut scale = key_scale(minor);
        let diminished = matches!(self.quality, Quality::Diminished | Quality::HalfDiminished);
        for interval in self.intervals() {
            let class = (self.root + interval) % 12;
            if scale[class as usize] {
                continue;
            }
            let raised = *interval == 4 || (*interval == 0 && diminished);
            let replaced = (class + if raised { 11 } else { 1 }) % 12;
            scale[class as usize] = true;
            scale[replaced as usize] &= self.holds(replaced);
        }
        scale
    }

    /// Whether the chord leaves the scale of its key (the raised leading note of minor included).
    pub fn chromatic(self, minor: bool) -> bool {
        let scale = key_scale(minor);
        let leading = |class: i32| minor && class == 11;
        self.classes().iter().any(|&class| !scale[class as usize] && !leading(class))
    }
}

/// The weight with which each degree (row) is followed by each other, I to VII, in major.
pub(super) const MAJOR: [[u32; 7]; 7] = [
    [0, 3, 1, 4, 4, 3, 1],
    [0, 0, 0, 1, 7, 0, 1],
    [0, 1, 0, 3, 0, 4, 0],
    [3, 2, 0, 0, 5, 0, 1],
    [6, 0, 0, 1, 0, 2, 0],
    [0, 3, 1, 4, 2, 0, 0],
    [8, 0, 0, 0, 0, 1, 0],
];

/// The same in minor.
pub(super) const MINOR: [[u32; 7]; 7] = [
    [0, 2, 1, 5, 4, 3, 1],
    [0, 0, 0, 0, 8, 0, 0],
    [0, 1, 0, 3, 1, 4, 0],
    [4, 1, 0, 0, 5, 1, 1],
    [6, 0, 0, 1, 0, 2, 0],
    [0, 3, 1, 4, 3, 0, 1],
    [2, 0, 5, 0, 0, 2, 0],
];

/// Major, or natural minor.
fn key_scale(minor: bool) -> [bool; 12] {
    let degrees = if minor { [0, 2, 3, 5, 7, 8, 10] } else { [0, 2, 4, 5, 7, 9, 11] };
    std::array::from_fn(|class| degrees.contains(&class))
}

/// The pitch `steps` scale notes away from `pitch`.
pub(super) fn step(scale: &[bool; 12], mut pitch: i32, steps: i32) -> i32 {
    for _ in 0..steps.abs() {
        pitch += steps.signum();
        while !scale[pitch.rem_euclid(12) as usize] {
            pitch += steps.signum();
        }
    }
    pitch
}

/// The pitch of class `class` nearest to `pitch`; of two, the lower.
pub(super) fn nearest(class: i32, pitch: i32) -> i32 {
    let up = (class - pitch).rem_euclid(12);
    if up < 6 { pitch + up } else { pitch + up - 12 }
}

/// Draws in whole numbers, the same on every machine.
pub(super) trait Draw {
    /// A number from `low` to `high`, both included.
    fn between(&mut self, low: i32, high: i32) -> i32;
    /// True in `percent` of a hundred draws.
    fn chance(&mut self, percent: i32) -> bool;
    /// One of the choices, which must not be empty.
    fn pick<T: Copy>(&mut self, choices: &[T]) -> T;
    /// An index, drawn in proportion to the weights; 0 if all are zero.
    fn weighted(&mut self, weights: &[u32]) -> usize;
}

impl Draw for Rng {
    fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = (high - low + 1) as u64;
        low + ((u64::from(self.next_u32()) * span) >> 32) as i32
    }

    fn chance(&mut self, percent: i32) -> bool {
        self.between(0, 99) < percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.between(0, choices.len() as i32 - 1) as usize]
    }

    fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        let mut left = self.between(0, total.max(1) as i32 - 1) as u32;
        for (index, &weight) in weights.iter().enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secondary_dominant_raises_its_leading_note() {
        let scale = Chord::new(9, Quality::Dominant).scale(false);
        let classes: Vec<usize> = (0..12).filter(|&class| scale[class]).collect();
        assert_eq!(classes, [1, 2, 4, 5, 7, 9, 11]);
    }
}
