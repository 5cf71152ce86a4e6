//! Severities, draws, and corrupted corpora.

use std::collections::BTreeMap;
use std::sync::Arc;

use bench::Seed;
use bench::audio::Wave;
use bench::augment::{TrackChain, TrackChainConfig};
use bench::data::{Corpus, CorpusSpec, Key};
use bench::eval::corruption::{Change, Corrupted, Corruption, Effect, chain, extreme};
use bench::eval::metric::Truth;
use bench::settings;

/// The numbers of a chain, by the names of its settings.
fn numbers(config: &TrackChainConfig) -> Vec<f64> {
    fn walk(value: &serde_json::Value, found: &mut Vec<f64>) {
        match value {
            serde_json::Value::Object(fields) => fields.values().for_each(|v| walk(v, found)),
            serde_json::Value::Array(items) => items.iter().for_each(|v| walk(v, found)),
            number => found.extend(number.as_f64()),
        }
    }
    let config = TrackChainConfig {
        pitch: bench::augment::PitchRatio { ratios: Vec::new(), ..config.pitch.clone() },
        ..config.clone()
    };
    let mut found = Vec::new();
    walk(&serde_json::to_value(config).unwrap(), &mut found);
    found
}

fn assert_chain(config: &TrackChainConfig, expected: &str) {
    let expected: TrackChainConfig = settings::parse(expected, "expected").unwrap();
    let (found, expected) = (numbers(config), numbers(&expected));
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
}

/// EVALUATION 5.2 with s = 0.5 and 2, worked out by hand.
#[test]
fn probabilities_and_ranges_grow_with_severity_as_published() {
    assert_chain(
        &chain(1, 0.8),
        "{p: 0.4, gain: {p: 0.2, decibels: [-7.5, 2.5]}, polarity: {p: 0.3}, \
         noise: {p: 0.3, snr: [6, 60], decay: [-1, 1]}, \
         filter: {p: 0.15, centre: [200, 4000], width: [0.25, 1.99], highpass: [100, 1200], lowpass: [300, 7500]}, \
         pitch: {p: 0.3, ratios: []}, \
         delay: {p: 0.3, millis: [200, 500], volume: [0.05, 0.45], repeats: [1, 2], attenuation: [0.05, 0.45]}}",
    );
    assert_chain(
        &chain(4, 1.0),
        "{p: 1, gain: {p: 0.7, decibels: [-30, 10]}, polarity: {p: 0.8}, \
         noise: {p: 0.8, snr: [1.5, 15], decay: [-4, 4]}, \
         filter: {p: 0.6, centre: [200, 4000], width: [1, 1.99], highpass: [400, 4800], lowpass: [75, 3750]}, \
         pitch: {p: 0.75, ratios: []}, \
         delay: {p: 0.6, millis: [50, 500], volume: [0.8, 1.2], repeats: [3, 5], attenuation: [0.8, 1.2]}}",
    );
    assert_eq!([1, 2, 3, 4].map(|v| chain(v, 1.0).pitch.ratios.len()), [8, 14, 24, 32]);
    assert_eq!([1, 2, 3, 4].map(|v| chain(v, 1.0).p), [0.5, 1.0, 1.0, 1.0]);
    assert_eq!([2, 3, 4].map(|v| chain(v, 0.8).p), [0.8, 0.8 * 1.5, 1.0].map(|p| f64::min(p, 1.0)));
}

#[test]
fn severity_two_is_the_chain_that_semisupcon_is_trained_with() {
    assert_eq!(chain(2, 0.8), TrackChainConfig::default());
}

#[test]
fn drawn_gains_and_ratios_are_those_of_the_severity_and_extreme_ones_are_its_ends() {
    let draws = |config| {
        let chain = TrackChain::new(config, 16_000).unwrap();
        let mut rng = Seed::new(3).stream("draws", &[]);
        (0..4000).map(|_| chain.draw(1, &mut rng)[0]).collect::<Vec<_>>()
    };
    let severe = draws(chain(4, 1.0));
    let gains: Vec<f64> = severe.iter().filter_map(|draw| draw.gain).collect();
    let p = gains.len() as f64 / 4000.0;
    assert!((p - 0.7).abs() < 5.0 * (0.21f64 / 4000.0).sqrt(), "{p}");
    assert!(gains.iter().all(|gain| (-30.0..10.0).contains(gain)));
    assert!(gains.iter().any(|gain| *gain < -29.0) && gains.iter().any(|gain| *gain > 9.0));
    let snr: Vec<f64> = severe.iter().filter_map(|draw| Some(draw.noise?.snr)).collect();
    assert!(snr.iter().all(|snr| (1.5..15.0).contains(snr)));
    for draw in draws(extreme(2, 1.0)) {
        let (noise, delay) = (draw.noise.unwrap(), draw.delay.unwrap());
        assert_eq!((draw.gain, noise.snr, draw.pitch), (Some(-15.0), 3.0, Some(1.2)));
        assert_eq!((delay.millis, delay.volume, delay.repeats), (500.0, 0.7, 3));
    }
}

fn corruption(change: Change, p_compose: f64) -> Corruption {
    Corruption { change, p_compose }
}

fn pieces() -> Arc<dyn Corpus> {
    let spec: CorpusSpec = "etudes:4,seconds=2".parse().unwrap();
    spec.open("songs", &BTreeMap::new(), &|_| None).unwrap().into()
}

#[test]
fn chance_is_the_items_and_the_corruptions_alone_and_a_coin_only_leaves_recordings_clean() {
    let wave = pieces().load(0).unwrap();
    let change = Change::Other(Effect::WhiteNoise15);
    let heard = |id: &str, p: f64| {
        let corruption = corruption(change, p);
        corruption.apply(&wave, &mut corruption.stream(id)).unwrap()
    };
    assert_eq!(heard("a", 1.0), heard("a", 1.0));
    assert_ne!(heard("a", 1.0), heard("b", 1.0));
    let ids: Vec<String> = (0..200).map(|id| id.to_string()).collect();
    let clean = ids.iter().filter(|id| {
        let coined = heard(id, 0.8);
        assert!(coined == wave || coined == heard(id, 1.0), "{id}");
        coined == wave
    });
    let clean = clean.count() as f64;
    assert!((clean - 40.0).abs() < 5.0 * (200.0f64 * 0.16).sqrt(), "{clean} of 200");
}

#[test]
fn severity_zero_and_no_shift_are_the_clean_sound_bit_by_bit() {
    let wave = pieces().load(1).unwrap();
    for change in [Change::Severity(0), Change::Extreme(0), Change::Shift(0)] {
        let corruption = corruption(change, 1.0);
        assert_eq!(corruption.apply(&wave, &mut corruption.stream("a")).unwrap(), wave);
    }
    let nothing = Wave { rate: 16_000, samples: Vec::new() };
    let severe = corruption(Change::Severity(4), 1.0);
    assert_eq!(severe.apply(&nothing, &mut severe.stream("a")).unwrap(), nothing);
}

#[test]
fn a_corrupted_corpus_holds_some_items_and_is_named_by_all_that_is_heard() {
    let songs = pieces();
    let shifted = corruption(Change::Shift(3), 1.0);
    let heard = Corrupted::new(songs.clone(), vec![1, 3], shifted);
    assert_eq!(heard.name(), "songs@shift_+3");
    let ids = [1, 3].map(|at| songs.items()[at].id.clone());
    assert!(heard.items().iter().map(|item| &item.id).eq(&ids));
    // As many threads as a corpus takes: one.
    tch::set_num_threads(1);
    let expected = shifted.apply(&songs.load(3).unwrap(), &mut shifted.stream(&ids[1])).unwrap();
    assert_eq!(heard.load(1).unwrap(), expected);
    assert_ne!(expected, songs.load(3).unwrap());
    let others = [
        (vec![1, 2], shifted),
        (vec![1, 3], corruption(Change::Shift(-3), 1.0)),
        (vec![1, 3], corruption(Change::Severity(1), 1.0)),
        (vec![1, 3], corruption(Change::Severity(1), 0.8)),
    ];
    let mut names: Vec<String> = others
        .into_iter()
        .map(|(places, change)| Corrupted::new(songs.clone(), places, change).identity().unwrap())
        .chain([heard.identity().unwrap(), songs.identity().unwrap()])
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 6);
}

#[test]
fn the_key_that_is_expected_moves_with_the_pitch_and_nothing_else_does() {
    let class = |key: &str| key.parse::<Key>().unwrap().class();
    let truth = Truth::Classes(vec![class("B major"), class("C minor")]);
    let up = corruption(Change::Shift(2), 1.0).expected(&truth);
    assert_eq!(up, Truth::Classes(vec![class("Db major"), class("D minor")]));
    let down = corruption(Change::Shift(-1), 1.0).expected(&truth);
    assert_eq!(down, Truth::Classes(vec![class("Bb major"), class("B minor")]));
    assert_eq!(corruption(Change::Severity(4), 1.0).expected(&truth), truth);
}
