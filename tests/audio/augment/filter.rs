//! The FIRs of both chains.

use std::f64::consts::{PI, TAU};

use bench::augment::{Cutoff, TrackChain, TrackChainConfig, TrackDraws};

use super::sound::{RATE, SAMPLES, deviation, sine, tensor, values, waves};

fn filter(input: &[Vec<f64>], filters: &[Cutoff]) -> Vec<Vec<f64>> {
    let draw = |filter: &Cutoff| TrackDraws { filter: Some(*filter), ..TrackDraws::default() };
    let draws: Vec<TrackDraws> = filters.iter().map(draw).collect();
    let chain = TrackChain::new(TrackChainConfig::default(), RATE).unwrap();
    values(&chain.apply(&tensor(input), &draws))
}

/// Taps of the windowed-sinc low-pass of the library julius, with so many on each side.
fn lowpass(hertz: f64, half: i64) -> Vec<f64> {
    let c = hertz / f64::from(RATE);
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { x.sin() / x };
    let tap = |n: i64| {
        let hann = 0.5 * (1.0 - (PI * (n + half) as f64 / half as f64).cos());
        2.0 * c * hann * sinc(TAU * c * n as f64)
    };
    let taps: Vec<f64> = (-half..=half).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| tap / sum).collect()
}

/// A sample of the wave convolved directly, its ends replicated.
fn direct(wave: &[f64], taps: &[f64], at: usize) -> f64 {
    let (half, last) = (taps.len() as i64 / 2, wave.len() as i64 - 1);
    let term = |(k, tap): (i64, &f64)| tap * wave[(at as i64 + k - half).clamp(0, last) as usize];
    (0..).zip(taps).map(term).sum()
}

/// What a filter should make of some samples of a wave.
fn expected(wave: &[f64], filter: Cutoff, places: &[usize]) -> Vec<f64> {
    let half = |hertz: f64| (8.0 / (hertz / f64::from(RATE)) / 2.0).floor() as i64;
    let single = |hertz| lowpass(hertz, half(hertz));
    let band = |[low, high]: [f64; 2]| {
        let pairs = lowpass(high, half(low)).into_iter().zip(lowpass(low, half(low)));
        pairs.map(|(high, low)| high - low).collect()
    };
    let (taps, takes_away): (Vec<f64>, bool) = match filter {
        Cutoff::Lowpass(hertz) => (single(hertz), false),
        Cutoff::Highpass(hertz) => (single(hertz), true),
        Cutoff::Bandpass(edges) => (band(edges), false),
        Cutoff::Bandstop(edges) => (band(edges), true),
    };
    let at = |at: &usize| {
        let passed = direct(wave, &taps, *at);
        if takes_away { wave[*at] - passed } else { passed }
    };
    places.iter().map(at).collect()
}

#[test]
fn a_batch_of_filters_equals_direct_convolution() {
    let filters = [
        Cutoff::Highpass(200.0),
        Cutoff::Highpass(333.3),
        Cutoff::Highpass(1200.0),
        Cutoff::Lowpass(150.0),
        Cutoff::Lowpass(3141.6),
        Cutoff::Lowpass(7500.0),
        Cutoff::Bandpass([150.0, 250.0]),
        Cutoff::Bandpass([20.0, 7980.0]),
        Cutoff::Bandstop([3000.0, 5000.0]),
        // The lowest edge there is, whose filter is longer than the wave.
        Cutoff::Bandstop([1.0, 399.0]),
    ];
    let input = waves(filters.len());
    let output = filter(&input, &filters);
    let places: Vec<usize> = (0..SAMPLES).step_by(89).chain([SAMPLES - 1]).collect();
    for ((input, output), filter) in input.iter().zip(&output).zip(filters) {
        let expected = expected(input, filter, &places);
        let errors = places.iter().zip(expected).map(|(at, y)| (output[*at] - y).abs());
        let error = errors.fold(0.0, f64::max);
        assert!(error < 1e-5, "{filter:?}: {error}");
    }
}

#[test]
fn filters_pass_one_side_of_the_cutoff_and_stop_the_other() {
    let level = |hertz, cutoff| {
        let wave = sine(hertz);
        let out = filter(std::slice::from_ref(&wave), &[cutoff]).remove(0);
        20.0 * (deviation(&out[4000..15_000]) / deviation(&wave[4000..15_000])).log10()
    };
    let half = |hertz, cutoff| (level(hertz, cutoff) + 6.02).abs() < 0.1;
    assert!(level(1000.0, Cutoff::Lowpass(2200.0)).abs() < 0.1);
    assert!(level(6000.0, Cutoff::Lowpass(2200.0)) < -40.0);
    assert!(half(3000.0, Cutoff::Lowpass(3000.0)));
    assert!(level(4000.0, Cutoff::Highpass(1200.0)).abs() < 0.1);
    assert!(level(200.0, Cutoff::Highpass(1200.0)) < -40.0);
    let band = [500.0, 1500.0];
    assert!(level(1000.0, Cutoff::Bandpass(band)).abs() < 0.1);
    assert!(level(100.0, Cutoff::Bandpass(band)) < -40.0);
    assert!(level(3000.0, Cutoff::Bandpass(band)) < -40.0);
    assert!(half(500.0, Cutoff::Bandpass(band)) && half(1500.0, Cutoff::Bandstop(band)));
    assert!(level(1000.0, Cutoff::Bandstop(band)) < -40.0);
    assert!(level(3000.0, Cutoff::Bandstop(band)).abs() < 0.1);
}
