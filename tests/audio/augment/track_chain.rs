//! SemiSupCon's chain.

use bench::augment::{
    ColouredDraw, Cutoff, EchoDraw, TrackChain, TrackChainConfig, TrackDraws, fast_ratios,
};
use bench::{Seed, settings};
use serde_yaml::Value;
use tch::Tensor;

use super::sound::{
    RATE, SAMPLES, agrees, assert_independent, assert_same_on_gpu, assert_silent, assert_streamed,
    assert_uniform, assert_untouched, deviation, furthest, peak, sine, tensor, values, waves,
};

const TRACKS: usize = 20_000;

/// The ratios within four semitones that torch-pitch-shift calls fast at 22,050 Hz.
const RATIOS: [[u32; 2]; 14] = [
    [5, 6],
    [21, 25],
    [6, 7],
    [9, 10],
    [45, 49],
    [14, 15],
    [49, 50],
    [50, 49],
    [15, 14],
    [49, 45],
    [10, 9],
    [7, 6],
    [25, 21],
    [6, 5],
];

fn chain() -> TrackChain {
    TrackChain::new(TrackChainConfig::default(), RATE).unwrap()
}

fn apply(wave: &[f64], draws: TrackDraws) -> Vec<f64> {
    values(&chain().apply(&tensor(&[wave.to_vec()]), &[draws])).remove(0)
}

/// The published chain with every augmentation certain.
fn certain() -> TrackChainConfig {
    let mut config = TrackChainConfig::default();
    config.gain.p = 1.0;
    config.polarity.p = 1.0;
    config.noise.p = 1.0;
    config.filter.p = 1.0;
    config.pitch.p = 1.0;
    config.delay.p = 1.0;
    config
}

/// A chain that changes every track.
fn full(config: TrackChainConfig) -> TrackChain {
    TrackChain::new(TrackChainConfig { p: 1.0, ..config }, RATE).unwrap()
}

/// Two views of each track.
fn many_draws(config: TrackChainConfig) -> Vec<Vec<TrackDraws>> {
    let chain = TrackChain::new(config, RATE).unwrap();
    let mut rng = Seed::new(8).stream("draws", &[]);
    (0..TRACKS).map(|_| chain.draw(2, &mut rng)).collect()
}

#[test]
fn a_track_is_changed_as_a_whole_or_not_at_all() {
    let tracks = many_draws(certain());
    let changed = tracks.iter().filter(|views| views[0] != TrackDraws::default()).count();
    assert!(agrees(changed, TRACKS, 0.8), "{changed} of {TRACKS}");
    let whole = |views: &Vec<TrackDraws>| views[0].gain.is_some() == views[1].gain.is_some();
    assert!(tracks.iter().all(whole));
}

#[test]
fn each_augmentation_happens_as_often_as_published() {
    let tracks = many_draws(TrackChainConfig { p: 1.0, ..TrackChainConfig::default() });
    type Has = fn(&TrackDraws) -> bool;
    let published: [(&str, f64, Has); 6] = [
        ("gain", 0.4, |d| d.gain.is_some()),
        ("polarity", 0.6, |d| d.polarity.is_some()),
        ("noise", 0.6, |d| d.noise.is_some()),
        ("filter", 0.3, |d| d.filter.is_some()),
        ("pitch", 0.6, |d| d.pitch.is_some()),
        ("delay", 0.6, |d| d.delay.is_some()),
    ];
    for (name, p, has) in published {
        let of = |view: usize| tracks.iter().filter(|views| has(&views[view])).count();
        let both = tracks.iter().filter(|views| has(&views[0]) && has(&views[1])).count();
        assert!(agrees(of(0), TRACKS, p), "{name}: {} of {TRACKS}", of(0));
        assert!(agrees(of(1), TRACKS, p), "{name}: {} of {TRACKS}", of(1));
        assert!(agrees(both, TRACKS, p * p), "{name}: {both} of {TRACKS} in both views");
    }
}

fn shape(filter: Cutoff) -> usize {
    match filter {
        Cutoff::Bandpass(_) => 0,
        Cutoff::Bandstop(_) => 1,
        Cutoff::Highpass(_) => 2,
        Cutoff::Lowpass(_) => 3,
    }
}

#[test]
fn the_four_filters_are_equally_likely_and_the_same_in_all_views_of_a_track() {
    let tracks = many_draws(TrackChainConfig { p: 1.0, ..certain() });
    let shapes: Vec<[usize; 2]> =
        tracks.iter().map(|views| [0, 1].map(|view| shape(views[view].filter.unwrap()))).collect();
    assert!(shapes.iter().all(|[first, second]| first == second));
    for shape in 0..4 {
        let hits = shapes.iter().filter(|shapes| shapes[0] == shape).count();
        assert!(agrees(hits, TRACKS, 0.25), "{shape}: {hits} of {TRACKS}");
    }
    let differs = |views: &Vec<TrackDraws>| views[0].filter != views[1].filter;
    assert!(tracks.iter().all(differs), "two views share their cutoffs");
}

fn all(of: impl Fn(&TrackDraws) -> Option<f64>) -> Vec<f64> {
    many_draws(certain()).iter().flatten().filter_map(of).collect()
}

#[test]
fn parameters_are_uniform_over_the_published_ranges() {
    assert_uniform("gain", &all(|d| d.gain), -15.0, 5.0);
    assert_uniform("snr", &all(|d| d.noise.map(|n| n.snr)), 3.0, 30.0);
    assert_uniform("decay", &all(|d| d.noise.map(|n| n.decay)), -2.0, 2.0);
    assert_uniform("delay", &all(|d| d.delay.map(|e| e.millis)), 100.0, 500.0);
}

#[test]
fn filters_are_uniform_in_mels_over_the_published_ranges() {
    let mel = |hertz: f64| 2595.0 * (1.0 + hertz / 700.0).log10();
    let band = |filter| match filter {
        Some(Cutoff::Bandpass(edges) | Cutoff::Bandstop(edges)) => Some(edges),
        _ => None,
    };
    let centre = |[low, high]: [f64; 2]| (low + high) / 2.0;
    let width = |[low, high]: [f64; 2]| 2.0 * (high - low) / (low + high);
    let high = |d: &TrackDraws| match d.filter {
        Some(Cutoff::Highpass(hertz)) => Some(mel(hertz)),
        _ => None,
    };
    let low = |d: &TrackDraws| match d.filter {
        Some(Cutoff::Lowpass(hertz)) => Some(mel(hertz)),
        _ => None,
    };
    let centres = all(|d| band(d.filter).map(|edges| mel(centre(edges))));
    assert_uniform("centre", &centres, mel(200.0) - 1e-9, mel(4000.0));
    assert_uniform("width", &all(|d| band(d.filter).map(width)), 0.5 - 1e-9, 1.99 + 1e-9);
    assert_uniform("highpass", &all(high), mel(200.0) - 1e-9, mel(2400.0));
    assert_uniform("lowpass", &all(low), mel(150.0) - 1e-9, mel(7500.0));
}

#[test]
fn ratios_and_echoes_are_the_published_ones_and_equally_likely() {
    let assert_fair = |name: &str, drawn: &[f64], values: &[f64]| {
        for value in values {
            let hits = drawn.iter().filter(|x| *x == value).count();
            let p = 1.0 / values.len() as f64;
            assert!(agrees(hits, drawn.len(), p), "{name} {value}: {hits} of {}", drawn.len());
        }
        assert!(drawn.iter().all(|x| values.contains(x)), "{name} is something else");
    };
    let ratios = RATIOS.map(|[a, b]| f64::from(a) / f64::from(b));
    assert_fair("pitch", &all(|d| d.pitch), &ratios);
    assert_fair("volume", &all(|d| d.delay.map(|e| e.volume)), &[0.3, 0.7]);
    assert_fair("attenuation", &all(|d| d.delay.map(|e| e.attenuation)), &[0.3, 0.7]);
    assert_fair("repeats", &all(|d| d.delay.map(|e| f64::from(e.repeats))), &[1.0, 3.0]);
}

#[test]
fn fast_ratios_are_those_of_the_published_rate() {
    assert_eq!(fast_ratios(22_050, 4.0), RATIOS);
    let counts = [2.0, 4.0, 6.0, 8.0].map(|semitones| fast_ratios(22_050, semitones).len());
    assert_eq!(counts, [8, 14, 24, 32]);
}

#[test]
fn gain_clips_nothing_and_polarity_inverts() {
    let wave = sine(440.0);
    let loud = apply(&wave, TrackDraws { gain: Some(20.0), ..TrackDraws::default() });
    assert!(furthest(&loud, &wave.iter().map(|x| 10.0 * x).collect::<Vec<_>>()) < 1e-6);
    let inverted = apply(&wave, TrackDraws { polarity: Some(()), ..TrackDraws::default() });
    assert!(furthest(&inverted, &wave.iter().map(|x| -x).collect::<Vec<_>>()) < 1e-7);
}

fn noise(wave: &[f64], draw: ColouredDraw) -> Vec<f64> {
    let noisy = apply(wave, TrackDraws { noise: Some(draw), ..TrackDraws::default() });
    noisy.iter().zip(wave).map(|(y, x)| y - x).collect()
}

#[test]
fn noise_has_its_ratio_and_repeats_every_second() {
    let (wave, second) = (&waves(1)[0], RATE as usize);
    let power = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    for (snr, decay) in [(3.0, 0.0), (10.0, 2.0), (30.0, -2.0)] {
        let noise = noise(wave, ColouredDraw { snr, decay, seed: 5 });
        let found = 10.0 * (power(wave) / power(&noise[..second])).log10();
        assert!((found - snr).abs() < 0.01, "{found} dB, expected {snr}");
        assert!(furthest(&noise[second..], &noise[..SAMPLES - second]) < 1e-6);
    }
}

/// The slope, by least squares, of ln |spectrum| over ln u, u rising in a line from 1 to √(rate/2).
fn slope(second: &[f64]) -> f64 {
    let spectrum = Tensor::from_slice(second).fft_rfft(None, -1, "backward").abs().log();
    let y = Vec::<f64>::try_from(spectrum).unwrap();
    let top = (f64::from(RATE) / 2.0).sqrt();
    let u = |k: usize| (1.0 + (top - 1.0) * k as f64 / (y.len() - 1) as f64).ln();
    let x: Vec<f64> = (0..y.len()).map(u).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mx, my) = (mean(&x), mean(&y));
    let product: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    product / x.iter().map(|x| (x - mx) * (x - mx)).sum::<f64>()
}

#[test]
fn the_spectrum_of_noise_falls_with_its_decay() {
    for decay in [-2.0, -0.5, 0.0, 1.0, 2.0] {
        let noise = noise(&sine(1000.0), ColouredDraw { snr: -20.0, decay, seed: 9 });
        let found = slope(&noise[..RATE as usize]);
        // ln |spectrum| of white noise deviates by π/√24 and ln u by 0.8, over 8,001 bins.
        assert!((found + decay).abs() < 0.05, "slope {found}, expected {}", -decay);
    }
}

#[test]
fn echoes_are_copies_that_grow_weaker() {
    let mut click = vec![0.0; SAMPLES];
    click[100] = 1.0;
    let echoes = |millis, repeats| {
        let delay = Some(EchoDraw { millis, volume: 0.7, repeats, attenuation: 0.3 });
        apply(&click, TrackDraws { delay, ..TrackDraws::default() })
    };
    let expect = |copies: &[(usize, f64)]| {
        let mut expected = vec![0.0; SAMPLES];
        copies.iter().for_each(|(at, level)| expected[*at] = *level);
        expected
    };
    // 250.03 ms are 4000.48 samples; the third copy of 700 ms lies behind the end.
    let three = expect(&[(100, 0.85), (4100, 0.105), (8100, 0.0315)]);
    assert!(furthest(&echoes(250.03, 3), &three) < 1e-7);
    assert!(furthest(&echoes(700.0, 3), &expect(&[(100, 0.85), (11_300, 0.105)])) < 1e-7);
    assert!(furthest(&echoes(250.0, 1), &expect(&[(100, 0.85)])) < 1e-7);
}

#[test]
fn a_tone_is_shifted_by_each_ratio_to_within_ten_cents() {
    let wave: Vec<f64> = sine(660.0).iter().map(|x| 3.0 * x).collect();
    let ratios = RATIOS.map(|[a, b]| f64::from(a) / f64::from(b));
    let draw = |ratio| TrackDraws { pitch: Some(ratio), ..TrackDraws::default() };
    let input = tensor(&vec![wave; ratios.len()]);
    let output = values(&chain().apply(&input, &ratios.map(draw)));
    for (ratio, wave) in ratios.iter().zip(output) {
        let off = 1200.0 * (peak(&wave) / (660.0 * ratio)).log2();
        assert!(off.abs() < 10.0, "a ratio of {ratio} is {off} cents off");
        let level = deviation(&wave[2000..17_000]) / (1.5 / 2f64.sqrt());
        assert!((level - 1.0).abs() < 0.05, "a ratio of {ratio} has level {level}");
    }
}

#[test]
fn views_that_are_not_drawn_come_out_bit_by_bit() {
    let full = full(certain());
    let drawn = full.draw(2, &mut Seed::new(1).stream("unchanged", &[]));
    let draws = [drawn[0], TrackDraws::default(), drawn[1]];
    assert_untouched(|waves, draws| full.apply(waves, draws), &draws);
}

#[test]
fn a_view_is_changed_the_same_whatever_stands_beside_it() {
    // The vocoder, which rounding grows in, is held to this beside the other chain's augmentations.
    let mut config = certain();
    config.pitch.p = 0.0;
    let full = full(config);
    let draws = full.draw(3, &mut Seed::new(9).stream("batch", &[]));
    assert_independent(|waves, draws| full.apply(waves, draws), &draws, 1e-5);
}

#[test]
fn the_same_stream_gives_the_same_views_and_silence_stays_silent() {
    let full = full(certain());
    assert_streamed(|tracks, rng| full.augment(tracks, rng), &tensor(&waves(4)).view([2, 2, -1]));
    assert_silent(|tracks, rng| full.augment(tracks, rng), &[2, 3]);
}

fn read(text: &str) -> Result<TrackChainConfig, serde_yaml::Error> {
    settings::over_default(serde_yaml::from_str::<Value>(text).unwrap())
}

#[test]
fn settings_have_the_published_defaults_whatever_part_is_given() {
    let published = "{p: 0.8, gain: {p: 0.4, decibels: [-15, 5]}, polarity: {p: 0.6}, \
         noise: {p: 0.6, snr: [3, 30], decay: [-2, 2]}, \
         filter: {p: 0.3, centre: [200, 4000], width: [0.5, 1.99], highpass: [200, 2400], lowpass: [150, 7500]}, \
         pitch: {p: 0.6, ratios: [[5, 6], [21, 25], [6, 7], [9, 10], [45, 49], [14, 15], [49, 50], \
         [50, 49], [15, 14], [49, 45], [10, 9], [7, 6], [25, 21], [6, 5]]}, \
         delay: {p: 0.6, millis: [100, 500], volume: [0.3, 0.7], repeats: [1, 3], attenuation: [0.3, 0.7]}}";
    assert_eq!(serde_yaml::from_str::<TrackChainConfig>(published).unwrap(), read("{}").unwrap());
    let mut quieter = TrackChainConfig::default();
    quieter.gain.p = 0.1;
    assert_eq!(read("{gain: {p: 0.1}}").unwrap(), quieter);
    assert!(read("{gain: {semitones: 7}}").is_err());
    assert!(read("{reverb: {p: 0}}").is_err());
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused =
        |text: &str, rate| TrackChain::new(read(text).unwrap(), rate).unwrap_err().to_string();
    assert_eq!(refused("{p: 1.2}", RATE), "augment.p is 1.2; a probability lies between 0 and 1");
    assert_eq!(
        refused("{noise: {snr: [30, 3]}}", RATE),
        "noise.snr is [30, 3]; it must be [low, high] with -60 ≤ low ≤ high ≤ 120"
    );
    assert_eq!(
        refused("{filter: {lowpass: [150, 5000], centre: [200, 6000]}}", 12_000),
        "filter.centre 6000 and filter.width 1.99 reach 11970 Hz; 6000 Hz is the highest there is"
    );
    assert_eq!(
        refused("{pitch: {ratios: [[1, 8]]}}", RATE),
        "pitch.ratios lists 0.125; its values lie between 0.25 and 4"
    );
    assert_eq!(
        refused("{delay: {volume: []}}", RATE),
        "delay.volume is empty; it must list at least one value"
    );
    assert!(refused("{pitch: {ratios: [[1, 0]]}}", RATE).starts_with("pitch.ratios lists inf"));
    assert!(refused("{delay: {repeats: [0]}}", RATE).starts_with("delay.repeats lists 0"));
    assert!(refused("{filter: {width: [0.5, 2]}}", RATE).starts_with("filter.width is [0.5, 2]"));
}

#[test]
#[ignore = "needs CUDA"]
fn a_gpu_gives_the_same_views() {
    let full = full(certain());
    let draws = full.draw(8, &mut Seed::new(4).stream("device", &[]));
    assert_same_on_gpu(|waves, draws| full.apply(waves, draws), &draws);
}
