//! Voices: one note of one instrument as samples, added to a buffer.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use super::instrument::{HAT, Instrument, KICK, RIDE, SNARE, Shape, Sound, Spectrum};

/// Samples between two settings of envelope, brightness and vibrato.
const BLOCK: usize = 32;
/// Samples in a stored cycle.
const CYCLE: usize = 2048;
/// Harmonics of the stored cycles, one for each register.
const HARMONICS: [usize; 11] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48];
/// Root mean square of a note at 0 dB.
const LOUDNESS: f64 = 0.2;

/// A note to be sounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tone {
    pub instrument: Instrument,
    /// MIDI pitch, with fractions.
    pub pitch: f64,
    pub seconds: f64,
    /// Linear gain.
    pub gain: f64,
    /// Sampling rate in Hz.
    pub rate: f64,
    /// Where its noise begins.
    pub grain: u32,
}

/// A stored cycle with its first sample repeated at the end.
type Table = Box<[f32]>;

/// Soft and bright cycles by instrument and register.
static TABLES: LazyLock<Vec<Vec<[Table; 2]>>> = LazyLock::new(|| {
    let instruments = Instrument::PITCHED.iter();
    let tables = instruments.map(|instrument| match instrument.sound() {
        Sound::Cycle { soft, bright, .. } => {
            HARMONICS.iter().map(|&count| [cycle(&soft, count), cycle(&bright, count)]).collect()
        }
        _ => Vec::new(),
    });
    tables.collect()
});

static SINE: LazyLock<Table> = LazyLock::new(|| {
    (0..=CYCLE).map(|place| (place as f64 * TAU / CYCLE as f64).sin() as f32).collect()
});

/// One cycle of the spectrum's first `count` harmonics, of unit root mean square.
fn cycle(spectrum: &Spectrum, count: usize) -> Table {
    let mut table = vec![0.0f32; CYCLE + 1];
    for number in 1..=count {
        let level = spectrum.level(number);
        let phase = number * number * 300;
        for (place, sample) in table.iter_mut().enumerate() {
            *sample += level * SINE[(place * number + phase) % CYCLE];
        }
    }
    let power: f32 = table[..CYCLE].iter().map(|x| x * x).sum::<f32>() / CYCLE as f32;
    table.iter_mut().for_each(|x| *x /= power.sqrt().max(1e-6));
    table.into()
}

/// A sample of a stored cycle at a phase of 2^32 to the cycle.
fn look_up(table: &[f32], phase: u32) -> f32 {
    let place = (phase >> 21) as usize;
    let part = (phase & 0x1f_ffff) as f32 * (1.0 / 2_097_152.0);
    table[place] + part * (table[place + 1] - table[place])
}

/// Adds the tone to `out`, which begins at its onset.
pub(super) fn play(tone: &Tone, out: &mut [f32]) {
    match tone.instrument.sound() {
        Sound::Cycle { shape, .. } => tone.cycle(&shape, out),
        Sound::Modulated { ratio, attack, held, shape } => {
            tone.modulated(ratio, [attack, held], &shape, out);
        }
        Sound::String { decay, dullness } => tone.string(decay, dullness, out),
        Sound::Bars(partials) => tone.bars(partials, out),
        Sound::Drum => tone.drum(out),
    }
}

/// White noise between -1 and 1.
pub(super) struct Noise(pub u32);

impl Noise {
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 as i32) as f32 * (1.0 / 2_147_483_648.0)
    }
}

impl Shape {
    /// The envelope `time` seconds after the onset of a note that is held for `held` seconds.
    fn level(&self, time: f64, held: f64) -> f64 {
        let rise = (time / self.attack).min(1.0);
        let fall = (-(time - self.attack).max(0.0) / self.decay).exp();
        let body = rise * (self.sustain + (1.0 - self.sustain) * fall);
        body * (-(time - held).max(0.0) / self.release).exp()
    }

    /// Seconds until nothing is heard.
    fn length(&self, held: f64) -> f64 {
        let rings = if self.sustain == 0.0 { 7.0 * self.decay } else { f64::INFINITY };
        rings.min(held + 6.0 * self.release)
    }

    /// Vibrato as a frequency ratio; it grows over the first 0.4 s.
    fn vibrato(&self, time: f64) -> f64 {
        let depth = self.vibrato * (time / 0.4).min(1.0);
        1.0 + depth * (std::f64::consts::LN_2 / 1200.0) * (TAU * 5.4 * time).sin()
    }
}

/// What a block of samples moves through: envelope and brightness from one end to the other.
struct Block {
    level: f32,
    level_step: f32,
    colour: f32,
    increment: u32,
    breath: f32,
}

impl Tone {
    /// Hz.
    fn frequency(&self) -> f64 {
        440.0 * ((self.pitch - 69.0) / 12.0).exp2()
    }

    /// Linear gain of a sound whose own root mean square is `own`.
    fn scale(&self, own: f64) -> f64 {
        self.gain * LOUDNESS / own
    }

    /// The part of `out` that a sound of `seconds` fills.
    fn span<'a>(&self, seconds: f64, out: &'a mut [f32]) -> &'a mut [f32] {
        let samples = (seconds * self.rate) as usize;
        let length = samples.min(out.len());
        &mut out[..length]
    }

    /// Calls `fill` for each block with the settings at its time.
    fn blocks(&self, shape: &Shape, out: &mut [f32], mut fill: impl FnMut(&Block, &mut [f32])) {
        let turn = self.frequency() / self.rate * 4_294_967_296.0;
        let scale = self.scale(1.0);
        let mut level = 0.0;
        for (number, block) in
            self.span(shape.length(self.seconds), out).chunks_mut(BLOCK).enumerate()
        {
            let time = (number * BLOCK) as f64 / self.rate;
            let end = time + BLOCK as f64 / self.rate;
            let goal = (scale * shape.level(end, self.seconds)) as f32;
            let burst = 0.3 + 4.0 * (-time / 0.012).exp();
            let settings = Block {
                level,
                level_step: (goal - level) / BLOCK as f32,
                colour: (0.2 + 0.8 * (-time / shape.fade).exp()) as f32,
                increment: (turn * shape.vibrato(time)) as u32,
                breath: (shape.breath * burst) as f32,
            };
            fill(&settings, block);
            level = goal;
        }
    }

    fn cycle(&self, shape: &Shape, out: &mut [f32]) {
        let limit = 0.46 * self.rate / self.frequency();
        let register = HARMONICS.iter().rposition(|&count| count as f64 <= limit).unwrap_or(0);
        let [soft, bright] = &TABLES[self.instrument as usize][register];
        let mut noise = Noise(self.grain);
        let mut phase = 0u32;
        self.blocks(shape, out, |block, samples| {
            let mut level = block.level;
            for sample in samples {
                let (low, high) = (look_up(soft, phase), look_up(bright, phase));
                let tone = low + block.colour * (high - low);
                *sample += level * (tone + block.breath * noise.next());
                phase = phase.wrapping_add(block.increment);
                level += block.level_step;
            }
        });
    }

    fn modulated(&self, ratio: f64, [attack, held]: [f64; 2], shape: &Shape, out: &mut [f32]) {
        let room = (0.2 * self.rate / self.frequency() / ratio).min(1.0);
        let index = |colour: f32| room * (held + (attack - held) * f64::from(colour));
        let mut noise = Noise(self.grain);
        let (mut carrier, mut modulator) = (0u32, 0u32);
        self.blocks(shape, out, |block, samples| {
            let depth = (index(block.colour) / TAU * 4_294_967_296.0) as f32;
            let turn = (f64::from(block.increment) * ratio) as u32;
            let mut level = block.level * std::f32::consts::SQRT_2;
            for sample in samples {
                let bend = (look_up(&SINE, modulator) * depth) as i64 as u32;
                let tone = look_up(&SINE, carrier.wrapping_add(bend));
                *sample += level * (tone + block.breath * noise.next());
                carrier = carrier.wrapping_add(block.increment);
                modulator = modulator.wrapping_add(turn);
                level += block.level_step * std::f32::consts::SQRT_2;
            }
        });
    }

    fn bars(&self, partials: &[(f64, f64, f64)], out: &mut [f32]) {
        let scale = self.scale(0.5);
        for &(ratio, level, decay) in partials {
            let frequency = self.frequency() * ratio;
            if frequency > 0.46 * self.rate {
                continue;
            }
            let decay = decay * (60.0 / self.pitch);
            let fall = (-1.0 / (decay * self.rate)).exp();
            let (sine, cosine) = (TAU * frequency / self.rate).sin_cos();
            let (turn_re, turn_im) = ((fall * cosine) as f32, (fall * sine) as f32);
            let (mut re, mut im) = ((scale * level) as f32, 0.0f32);
            let length = (6.0 * decay).min(self.seconds + 0.5);
            for sample in self.span(length, out) {
                *sample += im;
                (re, im) = (re * turn_re - im * turn_im, re * turn_im + im * turn_re);
            }
        }
    }

    /// A plucked string: a delay line in a loop with a two-point mean and an allpass that tunes it.
    fn string(&self, decay: f64, dullness: f64, out: &mut [f32]) {
        let omega = TAU * self.frequency() / self.rate;
        let period = self.rate / self.frequency();
        let damping =
            (dullness * omega.sin()).atan2(1.0 - dullness + dullness * omega.cos()) / omega;
        let whole = (period - damping - 0.4).floor().max(2.0);
        let rest = period - damping - whole;
        let tune = ((1.0 - rest) * omega / 2.0).sin() / ((1.0 + rest) * omega / 2.0).sin();
        let mut line = self.pluck(whole as usize);
        let (tune, dullness) = (tune as f32, dullness as f32);
        let ring = (-1.0 / (decay * self.frequency())).exp() as f32;
        let stop = (-1.0 / (0.05 * self.frequency())).exp() as f32;
        let held = (self.seconds * self.rate) as usize;
        let (mut place, mut last, mut last_in, mut last_out) = (0, 0.0f32, 0.0f32, 0.0f32);
        for (time, sample) in self.span(self.seconds + 0.3, out).iter_mut().enumerate() {
            let now = line[place];
            *sample += now;
            let damped = now + dullness * (last - now);
            last = now;
            last_out = tune * (damped - last_out) + last_in;
            last_in = damped;
            line[place] = last_out * if time < held { ring } else { stop };
            place = if place + 1 == line.len() { 0 } else { place + 1 };
        }
    }

    /// The string's shape when it is let go: a corner at a fifth of its length, and some noise.
    fn pluck(&self, length: usize) -> Vec<f32> {
        let mut noise = Noise(self.grain);
        let corner = 0.2;
        let mut line: Vec<f32> = (0..length)
            .map(|place| {
                let x = place as f32 / length as f32;
                let shape = if x < corner { x / corner } else { (1.0 - x) / (1.0 - corner) };
                shape + 0.25 * noise.next()
            })
            .collect();
        let mean = line.iter().sum::<f32>() / length as f32;
        let scale = self.scale(0.25) as f32;
        line.iter_mut().for_each(|x| *x = (*x - mean) * scale);
        line
    }

    fn drum(&self, out: &mut [f32]) {
        let (noisy, fall, high) = match self.pitch as i32 {
            KICK => (0.1, 0.12, false),
            SNARE => (1.0, 0.09, false),
            HAT => (1.0, 0.03, true),
            RIDE => (0.8, 0.25, true),
            _ => (1.0, 0.05, true),
        };
        let scale = self.scale(0.4) as f32;
        let step = (-1.0 / (fall * self.rate)).exp() as f32;
        let drop = (-1.0 / (0.03 * self.rate)).exp() as f32;
        let base = if noisy < 0.5 { 48.0 } else { 180.0 };
        let turn = base / self.rate * 4_294_967_296.0;
        let (mut noise, mut phase, mut level, mut pull) = (Noise(self.grain), 0u32, scale, 3.0f32);
        let mut last = 0.0;
        for sample in self.span(6.0 * fall, out) {
            let white = noise.next();
            let tone = if high { 0.0 } else { look_up(&SINE, phase) };
            let hiss = if high { 0.6 * (white - last) } else { white };
            last = white;
            *sample += level * (noisy * hiss + (1.1 - noisy) * tone);
            phase = phase.wrapping_add((turn as f32 * (1.0 + pull)) as u32);
            pull *= drop;
            level *= step;
        }
    }
}
