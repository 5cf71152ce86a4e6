//! Each effect against its closed form.

use std::f64::consts::{PI, TAU};

use bench::audio::Wave;
use bench::augment::{Augment, Chorus, Compressor, Tempo};
use bench::eval::corruption::Effect;
use bench::{Rng, Seed};
use tch::Tensor;

const RATE: u32 = 16_000;

fn rng(seed: u64) -> Rng {
    Seed::new(seed).stream("effect", &[])
}

fn heard(effect: Effect, samples: &[f32]) -> Vec<f32> {
    let wave = Wave { rate: RATE, samples: samples.to_vec() };
    let heard = effect.apply(&wave, &mut rng(1)).unwrap();
    assert_eq!((heard.rate, heard.samples.len()), (RATE, samples.len()));
    heard.samples
}

/// A second of a sine.
fn sine(hertz: f64) -> Vec<f32> {
    (0..RATE).map(|n| (0.4 * (TAU * hertz * f64::from(n) / f64::from(RATE)).sin()) as f32).collect()
}

fn close(found: f32, expected: f64, most: f64) {
    assert!((f64::from(found) - expected).abs() <= most, "{found}, not {expected}");
}

fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / samples.len() as f64
}

#[test]
fn four_bits_leave_steps_of_a_sixteenth_with_ties_to_even() {
    let ties = [0.031, 0.032, 1.5 / 16.0, 2.5 / 16.0, -2.5 / 16.0, 1.0];
    assert_eq!(heard(Effect::BitCrush, &ties), [0.0, 0.0625, 0.125, 0.125, -0.125, 1.0]);
}

#[test]
fn distortion_is_the_hyperbolic_tangent_of_nine_decibels_more() {
    let distorted = heard(Effect::Distortion, &[0.1, -0.5]);
    close(distorted[0], 0.274_605_607_8, 1e-7);
    close(distorted[1], -0.887_322_314_0, 1e-7);
}

#[test]
fn reversing_twice_gives_the_same_samples_and_gain_scales_them() {
    let wave = sine(440.0);
    let once = heard(Effect::Reverse, &wave);
    assert_eq!(once[0], wave[wave.len() - 1]);
    assert_eq!(heard(Effect::Reverse, &once), wave);
    close(heard(Effect::GainMinus12, &[0.5])[0], 0.5 * 0.251_188_643, 1e-7);
}

#[test]
fn a_fifth_of_the_samples_is_clipped_and_the_others_stay() {
    let ramp: Vec<f32> = (-500..=500).map(|n| n as f32 / 1000.0).collect();
    let clipped = heard(Effect::Clipping, &ramp);
    assert_eq!(clipped[..100], [-0.4; 100]);
    assert_eq!(clipped[901..], [0.4; 100]);
    assert_eq!(clipped[100..901], ramp[100..901]);
}

#[test]
fn white_noise_has_its_ratio_to_the_sound_and_no_colour() {
    for (effect, decibels) in [(Effect::WhiteNoise15, 15.0), (Effect::WhiteNoise0, 0.0)] {
        let wave = sine(440.0);
        let noise: Vec<f32> =
            heard(effect, &wave).iter().zip(&wave).map(|(noisy, clean)| noisy - clean).collect();
        let ratio = 10.0 * (power(&wave) / power(&noise)).log10();
        assert!((ratio - decibels).abs() < 0.15, "{ratio} dB");
        let next = noise.windows(2).map(|pair| f64::from(pair[0] * pair[1])).sum::<f64>();
        let correlation = next / noise.len() as f64 / power(&noise);
        assert!(correlation.abs() < 5.0 / f64::from(RATE).sqrt(), "{correlation}");
    }
}

#[test]
fn what_is_spliced_out_is_missing_at_eight_places_and_silence_is_at_the_end() {
    let count: Vec<f32> = (1..=2 * RATE).map(|n| n as f32).collect();
    let wave = Wave { rate: RATE, samples: count };
    let mut removed = 0;
    for seed in 0..200 {
        let heard = Effect::SpliceOut.apply(&wave, &mut rng(seed)).unwrap().samples;
        let silent = heard.iter().rev().take_while(|x| **x == 0.0).count();
        let kept = &heard[..heard.len() - silent];
        let jumps = kept.windows(2).filter(|pair| pair[1] != pair[0] + 1.0).count();
        assert!(kept.windows(2).all(|pair| pair[0] < pair[1]) && jumps <= 8, "{jumps} jumps");
        removed += silent;
    }
    // A length is uniform below 1,600 samples: 8 of them sum to 6,396 with a deviation of 1,306.
    let mean = f64::from(removed as u32) / 200.0;
    assert!((mean - 6396.0).abs() < 5.0 * 1306.0 / 200f64.sqrt(), "{mean}");
}

#[test]
fn a_steady_level_is_compressed_in_closed_form_after_an_attack_in_closed_form() {
    let square: Vec<f32> = (0..RATE).map(|n| if n % 40 < 20 { 0.5 } else { -0.5 }).collect();
    let compressed = heard(Effect::Compressor, &square);
    // (0.5 / 10^(-30/20))^(1/5 - 1)
    close(compressed[12_000].abs(), 0.5 * 0.109_856_054, 1e-6);
    // Half an attack: the envelope has come to 1 - e^-π of the level.
    let envelope = 0.5 * (1.0 - (-PI).exp());
    close(compressed[7], 0.5 * (envelope / 10f64.powf(-1.5)).powf(-0.8), 1e-6);
    let soft: Vec<f32> = square.iter().map(|x| x * 0.06).collect();
    assert_eq!(heard(Effect::Compressor, &soft), soft);
    let none = Compressor { threshold: -30.0, ratio: 1.0, attack_millis: 1.0, release_millis: 1.0 };
    assert_eq!(none.apply(&square, RATE), square);
}

#[test]
fn a_chorus_is_late_by_a_delay_that_sways_between_one_and_seventeen_milliseconds() {
    let ramp: Vec<f32> = (0..RATE).map(|n| n as f32 / RATE as f32).collect();
    let heard = heard(Effect::Chorus, &ramp);
    let late = |n: usize| 1000.0 * (f64::from(ramp[n]) - f64::from(heard[n]));
    for (n, millis) in [(3200, 7.0), (4000, 1.0), (4800, 7.0), (5600, 17.0), (6400, 7.0)] {
        assert!((late(n) - millis).abs() < 1e-3, "{} ms at {n}", late(n));
    }
    assert_eq!(heard[..80], [0.0; 80]);
    let still = Chorus { sways: 5.0, depth: 0.0, centre_millis: 7.0 };
    close(still.apply(&ramp, RATE)[1000], f64::from(ramp[1000 - 112]), 1e-6);
}

#[test]
fn a_hall_answers_after_its_shortest_comb_and_long_and_twice_as_loud_to_twice_the_sound() {
    let mut impulse = vec![0.0; 4 * RATE as usize];
    impulse[0] = 0.25;
    let once = heard(Effect::Reverb, &impulse);
    close(once[0], 2.0 * 0.25, 1e-5);
    // The shortest comb has 1,116 samples at 44,100 Hz, which is 405 here.
    let loudest = |part: &[f32]| part.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(loudest(&once[1..400]) < 1e-5, "{}", loudest(&once[1..400]));
    assert!(loudest(&once[400..1600]) > 1e-3);
    let tail = |from: usize| power(&once[from * RATE as usize..(from + 1) * RATE as usize]);
    assert!(tail(3) > 0.001 * tail(1) && tail(3) < 0.9 * tail(1), "{} {}", tail(1), tail(3));
    let louder: Vec<f32> = impulse.iter().map(|x| 8.0 * x).collect();
    let twice = heard(Effect::Reverb, &louder);
    assert!(once.iter().zip(&twice).all(|(a, b)| (8.0 * a - b).abs() < 1e-4));
}

/// Where half of a wave's energy lies before.
fn middle(samples: &[f32]) -> f64 {
    let half = power(samples) * samples.len() as f64 / 2.0;
    let mut sum = 0.0;
    let before = |x: &&f32| {
        sum += f64::from(**x) * f64::from(**x);
        sum < half
    };
    samples.iter().take_while(before).count() as f64 / f64::from(RATE)
}

#[test]
fn a_change_of_tempo_moves_a_tone_in_time_and_keeps_its_pitch() {
    let mut burst = vec![0.0; 2 * RATE as usize];
    burst[12_000..20_000].copy_from_slice(&sine(440.0)[..8000]);
    let tempo = Tempo { p: 1.0, rates: [0.7, 1.3] };
    for rate in [0.8, 1.25] {
        let heard = tempo.apply(&Tensor::from_slice(&burst).unsqueeze(0), &[rate], RATE);
        let heard = Vec::<f32>::try_from(&heard.view([-1])).unwrap();
        assert!((middle(&heard) - 1.0 / rate).abs() < 0.01, "{} at {rate}", middle(&heard));
        let from = ((1.0 / rate - 0.15) * f64::from(RATE)) as usize;
        let part = &heard[from..from + 4800];
        let rising = part.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((131..=133).contains(&rising), "{rising} periods in 0.3 s of 440 Hz");
    }
    let drawn: Vec<f64> = (0..500).map(|seed| tempo.draw(&mut rng(seed)).unwrap()).collect();
    let [least, most] = [f64::min, f64::max].map(|of| drawn.iter().copied().reduce(of).unwrap());
    assert!((0.7..0.71).contains(&least) && (1.29..1.3).contains(&most), "{least} {most}");
}
