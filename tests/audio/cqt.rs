//! Constant-Q spectrograms against their definition and closed forms.

use std::f64::consts::TAU;

use bench::Seed;
use bench::audio::{Cqt, CqtSpec};
use rand::RngExt;

/// Librosa's defaults.
fn whole() -> CqtSpec {
    CqtSpec { average: 1, ..CqtSpec::default() }
}

fn tone(hz: f64, seconds: f64) -> Vec<f32> {
    let step = TAU * hz / 22_050.0;
    (0..(seconds * 22_050.0) as usize).map(|n| (step * n as f64).sin() as f32).collect()
}

fn noise(samples: usize) -> Vec<f32> {
    let mut rng = Seed::new(3).stream("noise", &[]);
    (0..samples).map(|_| rng.random_range(-0.5..0.5)).collect()
}

fn magnitudes(spec: &CqtSpec, samples: &[f32]) -> Vec<f32> {
    let found = Cqt::new(spec).unwrap().magnitudes(samples).unwrap();
    assert_eq!(found.len(), spec.frames(samples.len()) * spec.bins);
    found
}

fn peak(row: &[f32]) -> usize {
    (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
}

/// The product with a Hann wavelet whose length is not rounded, in the middle of `hop`.
fn by_definition(spec: &CqtSpec, samples: &[f32], hop: usize, bin: usize) -> f64 {
    let ratio = 2_f64.powf(2.0 / spec.bins_per_octave as f64);
    let hz = spec.fmin * 2_f64.powf(bin as f64 / spec.bins_per_octave as f64);
    let length = (ratio + 1.0) / (ratio - 1.0) * f64::from(spec.sample_rate) / hz;
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    let half = (length / 2.0) as isize;
    for n in -half..=half {
        let window = 0.5 + 0.5 * (TAU * n as f64 / length).cos();
        let at = usize::try_from((hop * spec.hop) as isize + n).ok();
        let sample = f64::from(at.and_then(|at| samples.get(at)).copied().unwrap_or(0.0));
        let phase = TAU * hz * n as f64 / f64::from(spec.sample_rate);
        re += window * sample * phase.cos();
        im += window * sample * phase.sin();
        sum += window;
    }
    length.sqrt() * re.hypot(im) / sum
}

#[test]
fn it_follows_the_definition_but_for_the_rounding_of_lengths() {
    let fine = CqtSpec { bins: 100, bins_per_octave: 24, fmin: 110.0, hop: 300, ..whole() };
    let single = CqtSpec { bins: 1, fmin: 440.0, hop: 441, ..whole() };
    let samples = noise(40_000);
    for spec in [whole(), fine, single] {
        let found = magnitudes(&spec, &samples);
        let largest = found.iter().copied().fold(0.0, f32::max);
        for (hop, row) in found.chunks_exact(spec.bins).enumerate().step_by(9) {
            for bin in (0..spec.bins).step_by(7) {
                let expected = by_definition(&spec, &samples, hop, bin);
                let error = (f64::from(row[bin]) - expected).abs() / f64::from(largest);
                assert!(error < 0.03, "{spec:?}, hop {hop}, bin {bin}: {error:.4}");
            }
        }
    }
}

#[test]
fn a_tone_at_a_bins_frequency_peaks_there_with_half_the_root_of_the_wavelets_length() {
    let spec = whole();
    for bin in [0, 11, 12, 45, 83] {
        let found = magnitudes(&spec, &tone(spec.frequency(bin), 2.0));
        let row = &found[43 * spec.bins..44 * spec.bins];
        assert_eq!(peak(row), bin);
        let expected = (spec.periods() * 22_050.0 / spec.frequency(bin)).sqrt() / 2.0;
        let error = f64::from(row[bin]) / expected - 1.0;
        assert!(error.abs() < 1e-3, "bin {bin}: {error:.1e}");
    }
}

#[test]
fn a_tone_an_octave_higher_peaks_twelve_bins_higher() {
    for hz in [60.0, 233.1, 1000.0] {
        let (low, high) =
            (magnitudes(&whole(), &tone(hz, 1.0)), magnitudes(&whole(), &tone(2.0 * hz, 1.0)));
        for frame in 15..25 {
            let at = |rows: &[f32]| peak(&rows[frame * 84..(frame + 1) * 84]);
            assert_eq!(at(&high), at(&low) + 12, "{hz} Hz, frame {frame}");
        }
    }
}

#[test]
fn silence_is_zero() {
    assert!(magnitudes(&CqtSpec::default(), &[0.0; 30_000]).iter().all(|value| *value == 0.0));
}

#[test]
fn blocks_have_no_seams() {
    // Longer than a block of 256 hops, and begun 99 hops later a second time.
    let samples = noise(400 * 512);
    let (all, later) = (magnitudes(&whole(), &samples), magnitudes(&whole(), &samples[99 * 512..]));
    let largest = all.iter().copied().fold(0.0, f32::max);
    for hop in 12..later.len() / 84 {
        for bin in 0..84 {
            let (one, other) = (all[(hop + 99) * 84 + bin], later[hop * 84 + bin]);
            assert!(
                (one - other).abs() < 1e-3 * largest,
                "hop {hop}, bin {bin}: {one} and {other}"
            );
        }
    }
}

#[test]
fn a_frame_is_the_mean_of_its_hops_and_the_last_one_of_those_that_are_left() {
    let samples = noise(45 * 512);
    let (hops, frames) =
        (magnitudes(&whole(), &samples), magnitudes(&CqtSpec::default(), &samples));
    assert_eq!((hops.len(), frames.len()), (46 * 84, 3 * 84));
    for (frame, hops) in hops.chunks(20 * 84).enumerate() {
        for bin in 0..84 {
            let values: Vec<f64> =
                hops.iter().skip(bin).step_by(84).map(|v| f64::from(*v)).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((f64::from(frames[frame * 84 + bin]) - mean).abs() < 1e-6 * mean.max(1.0));
        }
    }
}

#[test]
fn a_sound_may_be_as_short_as_a_sample_but_not_empty() {
    let cqt = Cqt::new(&CqtSpec::default()).unwrap();
    assert_eq!(cqt.magnitudes(&[1.0]).unwrap().len(), 84);
    let error = cqt.magnitudes(&[]).unwrap_err().to_string();
    assert_eq!(error, "constant-Q spectrogram: the sound is empty");
}

#[test]
fn settings_that_make_no_spectrogram_are_refused() {
    let refused = |spec: CqtSpec| Cqt::new(&spec).err().expect("refused").to_string();
    let sane = CqtSpec::default();
    assert!(refused(CqtSpec { bins: 0, ..sane }).contains("bins 0"));
    assert!(refused(CqtSpec { hop: 0, ..sane }).contains("hop 0"));
    assert!(refused(CqtSpec { average: 0, ..sane }).contains("average 0"));
    assert!(refused(CqtSpec { bins_per_octave: 0, ..sane }).contains("bins_per_octave 0"));
    assert!(refused(CqtSpec { hop: 30_000, ..sane }).contains("at most a second"));
    for fmin in [0.0, -1.0, f64::NAN, 0.1] {
        assert!(refused(CqtSpec { fmin, ..sane }).contains("fmin"), "{fmin}");
    }
    // The 100th bin has 9,956 Hz, and its wavelet hears up to two of its own bandwidths higher.
    assert!(Cqt::new(&CqtSpec { bins: 99, ..sane }).is_ok());
    let error = refused(CqtSpec { bins: 100, ..sane });
    assert!(error.contains("reaches up to 11105 Hz; half the sampling rate, 11025,"), "{error}");
    assert!(refused(CqtSpec { bins: 1_000_000, ..sane }).contains("bins 1000000"));
}
