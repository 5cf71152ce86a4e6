//! CLMR's chain.

use std::f64::consts::TAU;

use bench::Seed;
use bench::augment::{Chain, ChainConfig, Cutoff, Draws, Gain, NoiseDraw, Room};

use super::sound::{
    RATE, SAMPLES, agrees, assert_even, assert_independent, assert_same_on_gpu, assert_silent,
    assert_streamed, assert_uniform, assert_untouched, deviation, furthest, peak, relative, sine,
    tensor, values, waves,
};

fn chain() -> Chain {
    Chain::new(ChainConfig::default(), RATE).unwrap()
}

fn apply(wave: &[f64], draws: Draws) -> Vec<f64> {
    values(&chain().apply(&tensor(&[wave.to_vec()]), &[draws])).remove(0)
}

fn many_draws() -> Vec<Draws> {
    let (chain, mut rng) = (chain(), Seed::new(7).stream("draws", &[]));
    (0..40_000).map(|_| chain.draw(&mut rng)).collect()
}

#[test]
fn each_augmentation_happens_as_often_as_published() {
    let draws = many_draws();
    let count = |of: &dyn Fn(&Draws) -> bool| draws.iter().filter(|d| of(d)).count();
    let counts = [
        ("polarity", 0.8, count(&|d| d.polarity.is_some())),
        ("noise", 0.01, count(&|d| d.noise.is_some())),
        ("gain", 0.3, count(&|d| d.gain.is_some())),
        ("filter", 0.8, count(&|d| d.filter.is_some())),
        ("highpass", 0.4, count(&|d| matches!(d.filter, Some(Cutoff::Highpass(_))))),
        ("delay", 0.3, count(&|d| d.delay.is_some())),
        ("pitch", 0.6, count(&|d| d.pitch.is_some())),
        ("reverb", 0.6, count(&|d| d.reverb.is_some())),
    ];
    for (name, p, hits) in counts {
        assert!(agrees(hits, draws.len(), p), "{name}: {hits} of {}", draws.len());
    }
}

#[test]
fn parameters_are_uniform_over_the_published_ranges() {
    let draws = many_draws();
    let all =
        |of: &dyn Fn(&Draws) -> Option<f64>| draws.iter().filter_map(of).collect::<Vec<f64>>();
    assert_uniform("noise", &all(&|d| d.noise.map(|n| n.ratio)), 1e-4, 1e-2);
    assert_uniform("gain", &all(&|d| d.gain), -20.0, -1.0);
    let cutoff = |high| {
        move |d: &Draws| match d.filter {
            Some(Cutoff::Highpass(hertz)) if high => Some(hertz),
            Some(Cutoff::Lowpass(hertz)) if !high => Some(hertz),
            _ => None,
        }
    };
    assert_uniform("highpass", &all(&cutoff(true)), 200.0, 1200.0);
    assert_uniform("lowpass", &all(&cutoff(false)), 2200.0, 4000.0);
    assert_uniform("pitch", &all(&|d| d.pitch.map(f64::from)), -700.0, 700.0);
    assert_uniform("reverberance", &all(&|d| d.reverb.map(|r| r.reverberance.into())), 0.0, 99.0);
    assert_uniform("damping", &all(&|d| d.reverb.map(|r| r.damping.into())), 0.0, 99.0);
    assert_uniform("room scale", &all(&|d| d.reverb.map(|r| r.scale.into())), 0.0, 99.0);
}

#[test]
fn noise_is_spread_evenly_over_the_published_ratios() {
    let (full, mut rng) = (full(certain()), Seed::new(8).stream("noise", &[]));
    let ratios: Vec<f64> = (0..10_000).map(|_| full.draw(&mut rng).noise.unwrap().ratio).collect();
    assert_even("noise", &ratios, 1e-4, 1e-2);
}

#[test]
fn delays_are_the_six_published_ones_and_equally_likely() {
    let delays: Vec<u32> = many_draws().iter().filter_map(|d| d.delay).collect();
    for millis in [200, 250, 300, 350, 400, 450] {
        let hits = delays.iter().filter(|d| **d == millis).count();
        assert!(agrees(hits, delays.len(), 1.0 / 6.0), "{millis} ms: {hits} of {}", delays.len());
    }
    assert!(delays.iter().all(|d| (200..=450).contains(d)));
}

#[test]
fn pitch_shifts_and_rooms_reach_both_ends() {
    let draws = many_draws();
    let cents: Vec<i32> = draws.iter().filter_map(|d| d.pitch).collect();
    assert_eq!((cents.iter().min(), cents.iter().max()), (Some(&-700), Some(&700)));
    let percent: Vec<u8> = draws.iter().filter_map(|d| d.reverb.map(|r| r.reverberance)).collect();
    assert_eq!((percent.iter().min(), percent.iter().max()), (Some(&0), Some(&99)));
}

#[test]
fn polarity_inverts_and_gain_attenuates_and_clips() {
    let wave = &waves(1)[0];
    let inverted = apply(wave, Draws { polarity: Some(()), ..Draws::default() });
    assert_eq!(furthest(&inverted, &wave.iter().map(|x| -x).collect::<Vec<_>>()), 0.0);
    let quiet = apply(wave, Draws { gain: Some(-20.0), ..Draws::default() });
    assert!(furthest(&quiet, &wave.iter().map(|x| x * 0.1).collect::<Vec<_>>()) < 1e-7);
    let loud = apply(wave, Draws { gain: Some(20.0), ..Draws::default() });
    let clipped: Vec<f64> = wave.iter().map(|x| (x * 10.0).clamp(-1.0, 1.0)).collect();
    assert!(furthest(&loud, &clipped) < 1e-6);
}

#[test]
fn noise_is_gaussian_and_in_proportion_to_the_wave() {
    let wave = &waves(1)[0];
    let noisy =
        apply(wave, Draws { noise: Some(NoiseDraw { ratio: 0.01, seed: 3 }), ..Draws::default() });
    let noise: Vec<f64> = noisy.iter().zip(wave).map(|(y, x)| y - x).collect();
    let sigma = 0.01 * deviation(wave);
    assert!((deviation(&noise) / sigma - 1.0).abs() < 5.0 / (2.0 * SAMPLES as f64).sqrt());
    assert!(
        (noise.iter().sum::<f64>() / SAMPLES as f64).abs() < 5.0 * sigma / (SAMPLES as f64).sqrt()
    );
    let within = noise.iter().filter(|x| x.abs() < 1.96 * sigma).count();
    assert!(agrees(within, SAMPLES, 0.95), "{within}");
}

#[test]
fn a_delay_averages_the_wave_with_its_past() {
    let wave = &waves(1)[0];
    let out = apply(wave, Draws { delay: Some(350), ..Draws::default() });
    let past = |n: usize| if n < 5600 { 0.0 } else { wave[n - 5600] };
    let expected: Vec<f64> = (0..SAMPLES).map(|n| (wave[n] + 0.5 * past(n)) / 2.0).collect();
    assert!(furthest(&out, &expected) < 1e-7);
}

#[test]
fn a_shifted_sine_peaks_at_the_shifted_frequency() {
    let cases = [
        (440.0, 700),
        (440.0, -700),
        (1000.0, 1),
        (1000.0, 133),
        (2500.0, -350),
        (110.0, 500),
        (220.0, -37),
    ];
    let input: Vec<Vec<f64>> = cases.iter().map(|(hertz, _)| sine(*hertz)).collect();
    let draws: Vec<Draws> =
        cases.iter().map(|(_, cents)| Draws { pitch: Some(*cents), ..Draws::default() }).collect();
    let output = values(&chain().apply(&tensor(&input), &draws));
    for ((hertz, cents), wave) in cases.iter().zip(output) {
        let off = 1200.0 * (peak(&wave) / hertz).log2() - f64::from(*cents);
        assert!(off.abs() < 5.0, "{hertz} Hz by {cents} cents is {off} cents off");
        let middle = deviation(&wave[2000..17_000]) / (0.5 / 2f64.sqrt());
        assert!((middle - 1.0).abs() < 0.05, "{hertz} Hz by {cents} cents has level {middle}");
    }
}

/// How often a second a wave swells.
fn tempo(wave: &[f64]) -> f64 {
    // Ten milliseconds hold ten periods of a tone of 1 kHz and a tenth of a swell of 10 Hz.
    let power: Vec<f64> = wave.iter().map(|x| x * x).collect();
    let energy: Vec<f64> = power.windows(160).map(|part| part.iter().sum::<f64>()).collect();
    let mean = energy.iter().sum::<f64>() / energy.len() as f64;
    peak(&energy.iter().map(|x| x - mean).collect::<Vec<f64>>())
}

#[test]
fn a_pitch_shift_keeps_the_tempo() {
    let swelling = |time: f64| 1.0 + 0.8 * (TAU * 10.0 * time).sin();
    let times = (0..SAMPLES).map(|n| n as f64 / f64::from(RATE));
    let wave: Vec<f64> = times.zip(sine(1000.0)).map(|(t, x)| 0.5 * swelling(t) * x).collect();
    for cents in [-500, 500] {
        let found = tempo(&apply(&wave, Draws { pitch: Some(cents), ..Draws::default() }));
        assert!((found / 10.0 - 1.0).abs() < 0.01, "{found} Hz after {cents} cents");
    }
}

#[test]
fn a_shift_of_nothing_changes_nothing_below_the_top_of_the_band() {
    let wave: Vec<f64> = sine(440.0).iter().zip(sine(3000.0)).map(|(a, b)| 0.5 * (a + b)).collect();
    let out = apply(&wave, Draws { pitch: Some(0), ..Draws::default() });
    assert!(furthest(&out[200..19_400], &wave[200..19_400]) < 1e-3);
}

#[test]
fn a_pitch_shift_that_is_not_finite_gives_the_wave_back() {
    let mut wave = sine(440.0);
    wave[100] = f64::INFINITY;
    let out = apply(&wave, Draws { pitch: Some(300), ..Draws::default() });
    assert_eq!(
        out[..200].iter().map(|x| *x as f32).collect::<Vec<_>>(),
        wave[..200].iter().map(|x| *x as f32).collect::<Vec<_>>()
    );
}

/// One channel of Freeverb as SoX sets it, sample by sample.
fn direct_channel(wave: &[f64], room: Room, offset: f64) -> Vec<f64> {
    let rate = f64::from(RATE) / 44100.0;
    let a = -1.0 / 0.7f64.ln();
    let b = 100.0 / (0.02f64.ln() * a + 1.0);
    let feedback = 1.0 - ((f64::from(room.reverberance) - b) / (a * b)).exp();
    let damping = f64::from(room.damping) / 100.0 * 0.3 + 0.2;
    let scale = f64::from(room.scale) / 100.0 * 0.9 + 0.1;
    let mut sum = vec![0.0; wave.len()];
    for (i, length) in
        [1116.0, 1188.0, 1277.0, 1356.0, 1422.0, 1491.0, 1557.0, 1617.0].into_iter().enumerate()
    {
        let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
        let mut line = vec![0.0; (scale * rate * (length + 12.0 * offset * sign) + 0.5) as usize];
        let (mut store, size) = (0.0, line.len());
        for (n, x) in wave.iter().enumerate() {
            let out: f64 = line[n % size];
            store = out + (store - out) * damping;
            line[n % size] = x + store * feedback;
            sum[n] += out;
        }
    }
    for (i, length) in [225.0, 341.0, 441.0, 556.0].into_iter().enumerate() {
        let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
        let mut line = vec![0.0; (rate * (length + 12.0 * offset * sign) + 0.5) as usize];
        let size = line.len();
        for (n, x) in sum.iter_mut().enumerate() {
            let out: f64 = line[n % size];
            line[n % size] = *x + out * 0.5;
            *x = out - *x;
        }
    }
    sum.iter().map(|x| 0.015 * x).collect()
}

#[test]
fn a_batch_of_rooms_equals_freeverb_sample_by_sample() {
    let rooms = [(0, 0, 0), (99, 0, 99), (99, 99, 0), (50, 50, 100), (99, 0, 0), (10, 80, 35)];
    let rooms: Vec<Room> = rooms
        .iter()
        .map(|&(reverberance, damping, scale)| Room { reverberance, damping, scale })
        .collect();
    let input: Vec<Vec<f64>> = waves(rooms.len())
        .iter()
        .map(|w| w.iter().map(|x| f64::from((x * 0.05) as f32)).collect())
        .collect();
    let draws: Vec<Draws> =
        rooms.iter().map(|r| Draws { reverb: Some(*r), ..Draws::default() }).collect();
    let output = values(&chain().apply(&tensor(&input), &draws));
    for ((input, output), room) in input.iter().zip(&output).zip(rooms) {
        let (left, right) = (direct_channel(input, room, 0.0), direct_channel(input, room, 1.0));
        let wet: Vec<f64> = left.iter().zip(&right).map(|(l, r)| (l + r) / 2.0).collect();
        let found: Vec<f64> = output.iter().zip(input).map(|(y, x)| y - x).collect();
        let error = relative(&found, &wet);
        assert!(error < 1e-3, "{room:?}: wet sound off by {error}");
        let late = SAMPLES - 1000..;
        let error = relative(&found[late.clone()], &wet[late]);
        assert!(error < 3e-3, "{room:?}: the end of the wet sound off by {error}");
    }
}

#[test]
fn a_loud_room_saturates_at_full_scale() {
    let room = Room { reverberance: 99, damping: 0, scale: 50 };
    let out = apply(&vec![0.9; SAMPLES], Draws { reverb: Some(room), ..Draws::default() });
    assert_eq!(out.iter().copied().fold(0.0, f64::max), 1.0);
}

#[test]
fn waves_that_are_not_drawn_come_out_bit_by_bit() {
    let (full, mut rng) = (full(certain()), Seed::new(1).stream("unchanged", &[]));
    let draws = [full.draw(&mut rng), Draws::default(), full.draw(&mut rng)];
    assert_untouched(|waves, draws| full.apply(waves, draws), &draws);
}

/// The published chain with every augmentation certain.
fn certain() -> ChainConfig {
    let mut config = ChainConfig::default();
    config.polarity.p = 1.0;
    config.noise.p = 1.0;
    config.gain.p = 1.0;
    config.filter.p = 1.0;
    config.delay.p = 1.0;
    config.pitch.p = 1.0;
    config.reverb.p = 1.0;
    config
}

fn full(config: ChainConfig) -> Chain {
    Chain::new(config, RATE).unwrap()
}

#[test]
fn the_same_stream_gives_the_same_views_and_another_gives_others() {
    assert_streamed(|waves, rng| chain().augment(waves, rng), &tensor(&waves(4)));
}

#[test]
fn a_wave_is_changed_the_same_whatever_stands_beside_it() {
    let (full, mut rng) = (full(certain()), Seed::new(9).stream("batch", &[]));
    let draws = [(); 3].map(|()| full.draw(&mut rng));
    assert_independent(|waves, draws| full.apply(waves, draws), &draws, 1e-3);
}

#[test]
fn silence_stays_silent_and_short_waves_are_taken() {
    let full = full(ChainConfig { noise: ChainConfig::default().noise, ..certain() });
    assert_silent(|waves, rng| full.augment(waves, rng), &[2]);
    assert_silent(|waves, rng| full.augment(waves, rng), &[0]);
}

#[test]
fn settings_have_the_published_defaults_and_refuse_what_they_do_not_know() {
    let published = "{polarity: {p: 0.8}, noise: {p: 0.01, ratio: [0.0001, 0.01]}, gain: {p: 0.3, decibels: [-20, -1]}, \
         filter: {p: 0.8, highpass: [200, 1200], lowpass: [2200, 4000]}, \
         delay: {p: 0.3, millis: [200, 250, 300, 350, 400, 450], factor: 0.5}, pitch: {p: 0.6, cents: 700}, \
         reverb: {p: 0.6, reverberance: [0, 99], damping: [0, 99], scale: [0, 99]}}";
    assert_eq!(serde_yaml::from_str::<ChainConfig>(published).unwrap(), ChainConfig::default());
    assert_eq!(
        serde_yaml::from_str::<ChainConfig>("{gain: {p: 0.5}}").unwrap().gain,
        Gain { p: 0.5, ..Gain::default() }
    );
    assert!(serde_yaml::from_str::<ChainConfig>("{pitch: {semitones: 7}}").is_err());
    assert!(serde_yaml::from_str::<ChainConfig>("{crop: {}}").is_err());
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused = |text: &str, rate| {
        let config: ChainConfig = serde_yaml::from_str(text).unwrap();
        Chain::new(config, rate).unwrap_err().to_string()
    };
    assert_eq!(
        refused("{delay: {p: 1.2}}", RATE),
        "delay.p is 1.2; a probability lies between 0 and 1"
    );
    assert_eq!(
        refused("{}", 6000),
        "filter.lowpass is [2200, 4000]; it must be [low, high] with 1 ≤ low ≤ high ≤ 3000"
    );
    assert!(
        refused("{noise: {ratio: [0.1, 0.01]}}", RATE).starts_with("noise.ratio is [0.1, 0.01]")
    );
    assert!(refused("{delay: {millis: []}}", RATE).starts_with("delay.millis is empty"));
    assert!(refused("{pitch: {cents: 9000}}", RATE).starts_with("pitch.cents is"));
    assert!(refused("{gain: {p: .nan}}", RATE).starts_with("gain.p is NaN"));
}

#[test]
#[ignore = "needs CUDA"]
fn a_gpu_gives_the_same_views() {
    let (full, mut rng) = (full(certain()), Seed::new(4).stream("device", &[]));
    let draws = [(); 8].map(|()| full.draw(&mut rng));
    assert_same_on_gpu(|waves, draws| full.apply(waves, draws), &draws);
}
