//! Rendering: the notes of a score as sound in a room, with each scene's colour and noise.

use super::score::{Scene, Score};
use super::voice::{Noise, Tone, play};

/// What changes from scene to scene, as linear gains.
#[derive(Clone, Copy)]
struct Air {
    low: f32,
    high: f32,
    wet: f32,
    noise: f32,
    colour: f32,
    peaks: [f32; 2],
}

/// The score as `seconds` of mono sound at `rate` Hz, within -1 and 1.
pub(super) fn render(score: &Score, seconds: f64, rate: u32, grain: u32) -> Vec<f32> {
    let samples = (seconds * f64::from(rate)) as usize;
    let mut sound = vec![0.0f32; samples];
    notes(score, f64::from(rate), grain, &mut sound);
    air(score, f64::from(rate), grain, &mut sound);
    finish(score, f64::from(rate), &mut sound);
    sound
}

/// `decibels` as a factor on amplitude.
fn amplitude(decibels: f64) -> f64 {
    10.0f64.powf(decibels / 20.0)
}

fn notes(score: &Score, rate: f64, grain: u32, sound: &mut [f32]) {
    let detune = f64::from(score.detune) / 1000.0;
    for (number, note) in score.notes.iter().enumerate() {
        let start = ((note.start * rate) as usize).min(sound.len());
        let tone = Tone {
            instrument: note.instrument,
            pitch: f64::from(note.pitch) + detune,
            seconds: note.seconds,
            gain: amplitude(f64::from(note.level)),
            rate,
            grain: grain ^ (number as u32).wrapping_mul(0x9e37_79b9),
        };
        play(&tone, &mut sound[start..]);
    }
}

/// Colours the sound, adds the room and the noise, as the scenes say.
fn air(score: &Score, rate: f64, grain: u32, sound: &mut [f32]) {
    let power: f64 = sound.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    let loudness = (power / sound.len().max(1) as f64).sqrt();
    let mut room = Room::new(f64::from(score.room) / 100.0, rate);
    let mut white = Noise(grain.wrapping_add(1));
    let glide = (1.0 - (-1.0 / (0.03 * rate)).exp()) as f32;
    let split = (1.0 - (-std::f64::consts::TAU * 900.0 / rate).exp()) as f32;
    let mut now = score.scenes.first().map_or(Air::of_silence(), |scene| Air::of(scene, loudness));
    let (mut bass, mut hiss) = (0.0f32, 0.0f32);
    let mut bands = [Band::default(); 2];
    for (number, scene) in score.scenes.iter().enumerate() {
        let goal = Air::of(scene, loudness);
        for (band, (pitch, _)) in bands.iter_mut().zip(scene.peaks) {
            band.tune(440.0 * (f64::from(pitch - 69) / 12.0).exp2(), rate);
        }
        let end = score.scenes.get(number + 1).map_or(f64::INFINITY, |next| next.start);
        let from = ((scene.start * rate) as usize).min(sound.len());
        let to = ((end * rate) as usize).min(sound.len());
        for sample in &mut sound[from..to] {
            now.approach(&goal, glide);
            bass += split * (*sample - bass);
            let mut dry = now.low * bass + now.high * (*sample - bass);
            for (band, gain) in bands.iter_mut().zip(now.peaks) {
                dry += gain * band.pass(dry);
            }
            hiss += now.colour * (white.next() - hiss);
            *sample = dry + room.pass(now.wet * dry) + now.noise * hiss;
        }
    }
}

impl Air {
    fn of_silence() -> Air {
        Air { low: 1.0, high: 1.0, wet: 0.0, noise: 0.0, colour: 1.0, peaks: [0.0; 2] }
    }

    /// The scene's air for music of that root mean square.
    fn of(scene: &Scene, loudness: f64) -> Air {
        let half = f64::from(scene.tilt) / 2.0;
        let colour = f64::from(scene.colour) / 100.0;
        // A one-pole filter leaves colour / (2 - colour) of white noise's power, itself a third.
        let own = (colour / (2.0 - colour) / 3.0).sqrt();
        Air {
            low: amplitude(-half) as f32,
            high: amplitude(half) as f32,
            wet: f64::from(scene.wet) as f32 / 100.0,
            noise: (loudness * amplitude(f64::from(-scene.snr)) / own) as f32,
            colour: colour as f32,
            peaks: scene.peaks.map(|(_, level)| amplitude(f64::from(level)) as f32 - 1.0),
        }
    }

    fn approach(&mut self, goal: &Air, glide: f32) {
        self.low += glide * (goal.low - self.low);
        self.high += glide * (goal.high - self.high);
        self.wet += glide * (goal.wet - self.wet);
        self.noise += glide * (goal.noise - self.noise);
        self.colour += glide * (goal.colour - self.colour);
        for (peak, goal) in self.peaks.iter_mut().zip(goal.peaks) {
            *peak += glide * (goal - *peak);
        }
    }
}

/// A band-pass filter of unit gain at its centre: a state-variable filter that may be retuned.
#[derive(Clone, Copy, Default)]
struct Band {
    damping: f32,
    turn: f32,
    scale: f32,
    state: [f32; 2],
}

impl Band {
    /// Tunes to `frequency` Hz with a bandwidth of half of it.
    fn tune(&mut self, frequency: f64, rate: f64) {
        let turn = (std::f64::consts::PI * frequency.min(0.45 * rate) / rate).tan();
        (self.damping, self.turn) = (0.5, turn as f32);
        self.scale = (1.0 / (1.0 + turn * (turn + 0.5))) as f32;
    }

    fn pass(&mut self, input: f32) -> f32 {
        let [band, low] = self.state;
        let high = (input - (self.damping + self.turn) * band - low) * self.scale;
        let middle = self.turn * high + band;
        self.state = [self.turn * high + middle, self.turn * 2.0 * middle + low];
        self.damping * middle
    }
}

/// A small feedback delay network.
struct Room([Line; 4]);

/// A delay line that loses level and highs with each passage.
struct Line {
    samples: Vec<f32>,
    place: usize,
    gain: f32,
    dull: f32,
}

impl Room {
    /// A room whose sound falls by 60 dB in `seconds`.
    fn new(seconds: f64, rate: f64) -> Room {
        Room([0.0297, 0.0371, 0.0411, 0.0437].map(|time: f64| Line {
            samples: vec![0.0; ((time * rate) as usize).max(1)],
            place: 0,
            gain: amplitude(-60.0 * time / seconds) as f32,
            dull: 0.0,
        }))
    }

    /// The room's answer to one sample.
    fn pass(&mut self, input: f32) -> f32 {
        let mut answer = 0.0;
        for line in &mut self.0 {
            let heard = line.samples[line.place];
            line.dull += 0.6 * (heard * line.gain - line.dull);
            answer += heard;
        }
        let [a, b, c, d] = [0, 1, 2, 3].map(|number: usize| self.0[number].dull);
        let mixed = [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d];
        for (line, back) in self.0.iter_mut().zip(mixed) {
            line.samples[line.place] = input + 0.5 * back;
            line.place = if line.place + 1 == line.samples.len() { 0 } else { line.place + 1 };
        }
        answer
    }
}

/// Removes what is below 20 Hz, fades both ends over 5 ms, and sets the peak.
fn finish(score: &Score, rate: f64, sound: &mut [f32]) {
    let pole = (-std::f64::consts::TAU * 20.0 / rate).exp() as f32;
    let (mut last_in, mut last_out) = (0.0f32, 0.0f32);
    for sample in sound.iter_mut() {
        last_out = *sample - last_in + pole * last_out;
        last_in = *sample;
        *sample = last_out;
    }
    let fade = (0.005 * rate) as usize;
    let length = sound.len();
    for place in 0..fade.min(length) {
        let gain = place as f32 / fade as f32;
        sound[place] *= gain;
        sound[length - 1 - place] *= gain;
    }
    let peak = sound.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let gain = score.peak as f32 / 100.0 / peak.max(1e-9);
    sound.iter_mut().for_each(|x| *x *= gain);
}
