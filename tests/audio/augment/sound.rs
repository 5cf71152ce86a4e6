//! Waves, and what is measured of them and of draws.

use std::f64::consts::TAU;

use bench::{Rng, Seed};
use tch::{Device, Kind, Tensor};

pub const RATE: u32 = 16_000;
pub const SAMPLES: usize = 19_683;

/// Deterministic music-like waves: decaying partials and a little noise, below 0.5.
pub fn waves(batch: usize) -> Vec<Vec<f64>> {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / f64::from(u32::MAX) - 0.5
    };
    let wave = |row: usize| {
        let pitch = 110.0 * (row + 1) as f64;
        let sample = |n: usize| {
            let time = n as f64 / f64::from(RATE);
            let partial = |k: usize| (TAU * pitch * k as f64 * time).sin() / (k * k) as f64;
            0.2 * (1..6).map(partial).sum::<f64>() * (-2.0 * (time % 0.4)).exp() + 0.1 * noise()
        };
        (0..SAMPLES).map(sample).map(|x| f64::from(x as f32)).collect()
    };
    (0..batch).map(wave).collect()
}

pub fn sine(hertz: f64) -> Vec<f64> {
    (0..SAMPLES).map(|n| 0.5 * (TAU * hertz * n as f64 / f64::from(RATE)).sin()).collect()
}

pub fn tensor(waves: &[Vec<f64>]) -> Tensor {
    let flat: Vec<f32> = waves.iter().flatten().map(|x| *x as f32).collect();
    Tensor::from_slice(&flat).view([waves.len() as i64, -1])
}

pub fn values(waves: &Tensor) -> Vec<Vec<f64>> {
    (0..waves.size()[0])
        .map(|row| Vec::<f64>::try_from(waves.get(row).to_kind(Kind::Double)).unwrap())
        .collect()
}

pub fn furthest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

pub fn relative(a: &[f64], b: &[f64]) -> f64 {
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
}

pub fn deviation(x: &[f64]) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (x.len() - 1) as f64).sqrt()
}

/// The strongest frequency in Hz, to within a tenth of a hertz.
pub fn peak(wave: &[f64]) -> f64 {
    let length = 1 << 18;
    let window = Tensor::hann_window(wave.len() as i64, (Kind::Double, Device::Cpu));
    let spectrum = (Tensor::from_slice(wave) * window).fft_rfft(length, -1, "backward").abs();
    spectrum.argmax(0, false).int64_value(&[]) as f64 * f64::from(RATE) / length as f64
}

/// Whether `hits` of `trials` agree with probability `p` (five standard deviations).
pub fn agrees(hits: usize, trials: usize, p: f64) -> bool {
    let trials = trials as f64;
    (hits as f64 - trials * p).abs() <= 5.0 * (trials * p * (1.0 - p)).sqrt()
}

pub fn assert_uniform(name: &str, drawn: &[f64], low: f64, high: f64) {
    let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
    let error = (high - low) / (12.0 * drawn.len() as f64).sqrt();
    assert!(drawn.iter().all(|x| (low..=high).contains(x)), "{name} leaves [{low}, {high}]");
    assert!((mean - (low + high) / 2.0).abs() < 5.0 * error, "{name} has mean {mean}");
    let quarter = drawn.iter().filter(|x| **x < low + (high - low) / 4.0).count();
    assert!((quarter as f64 / drawn.len() as f64 - 0.25).abs() < 0.03, "{name} is not uniform");
}

/// Each tenth of the range is drawn as often as the others.
pub fn assert_even(name: &str, drawn: &[f64], low: f64, high: f64) {
    let mut counts = [0; 10];
    for value in drawn {
        counts[(((value - low) / (high - low) * 10.0) as usize).min(9)] += 1;
    }
    let even = counts.iter().all(|hits| agrees(*hits, drawn.len(), 0.1));
    assert!(even, "{name} over [{low}, {high}]: {counts:?}");
}

/// Three waves, the second of which has nothing drawn: it comes out bit by bit, the others change.
pub fn assert_untouched<D>(apply: impl Fn(&Tensor, &[D]) -> Tensor, draws: &[D; 3]) {
    let input = tensor(&waves(3));
    let output = apply(&input, draws);
    assert!(output.get(1) == input.get(1));
    assert!(output.get(0) != input.get(0) && output.get(2) != input.get(2));
    assert!(input == tensor(&waves(3)), "the input was written to");
}

/// A wave is changed the same, up to `most` of its norm, whatever stands beside it.
pub fn assert_independent<D>(apply: impl Fn(&Tensor, &[D]) -> Tensor, draws: &[D], most: f64) {
    let waves = waves(draws.len());
    let together = values(&apply(&tensor(&waves), draws));
    for row in 0..draws.len() {
        let alone = values(&apply(&tensor(&waves[row..=row]), &draws[row..=row]));
        let error = relative(&alone[0], &together[row]);
        assert!(error < most, "wave {row}: {error}");
    }
}

/// The same stream gives the same views of `input`, and another gives others.
pub fn assert_streamed(augment: impl Fn(&Tensor, &mut Rng) -> Tensor, input: &Tensor) {
    let views = |seed| augment(input, &mut Seed::new(seed).stream("views", &[]));
    assert!(views(5) == views(5));
    assert!(views(5) != views(6));
}

/// Silence of any length stays silent; `shape` is that of the waves without their samples.
pub fn assert_silent(augment: impl Fn(&Tensor, &mut Rng) -> Tensor, shape: &[i64]) {
    for samples in [0, 1, 2, 10, 700] {
        let shape = [shape, &[samples]].concat();
        let silence = Tensor::zeros(shape.as_slice(), (Kind::Float, Device::Cpu));
        let out = augment(&silence, &mut Seed::new(2).stream("short", &[samples as u64]));
        assert_eq!(out.size(), shape);
        assert_eq!(out.abs().sum(Kind::Double).double_value(&[]), 0.0, "{samples} samples");
    }
}

/// A GPU changes waves as the CPU does.
pub fn assert_same_on_gpu<D>(apply: impl Fn(&Tensor, &[D]) -> Tensor, draws: &[D]) {
    let input = tensor(&waves(draws.len()));
    let host = values(&apply(&input, draws));
    let device = values(&apply(&input.to_device(Device::Cuda(0)), draws).to_device(Device::Cpu));
    for (row, (host, device)) in host.iter().zip(&device).enumerate() {
        assert!(relative(device, host) < 1e-2, "wave {row}: {}", relative(device, host));
    }
}
