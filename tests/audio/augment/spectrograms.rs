//! Augmentations of spectrograms: what is drawn, and that nothing else changes.

use bench::Seed;
use bench::augment::{ExcerptConfig, Excerpts, FrequencyMasks, TimeStretch};
use tch::{Device, Kind, Tensor};

const BINS: usize = 84;

fn published() -> ExcerptConfig {
    ExcerptConfig {
        masks: FrequencyMasks { count: 2, width: 24 },
        stretch: TimeStretch { factors: [0.7, 1.3] },
        lengths: vec![300, 200, 400],
    }
}

fn ones(batch: i64, frames: i64) -> Tensor {
    Tensor::ones([batch, frames, BINS as i64], (Kind::Float, Device::Cpu))
}

/// `[batch, frames, 84]` whose values are their frames' numbers.
fn clock(batch: i64, frames: i64) -> Tensor {
    let time = Tensor::arange(frames, (Kind::Float, Device::Cpu)).view([1, frames, 1]);
    time.expand([batch, frames, BINS as i64], false).contiguous()
}

fn rows(tensor: &Tensor) -> Vec<Vec<f64>> {
    Vec::try_from(tensor.to_kind(Kind::Double)).unwrap()
}

#[test]
fn one_mask_is_a_run_of_zero_to_23_bins_all_equally_likely() {
    let masks = FrequencyMasks { count: 1, width: 24 };
    let trials = 24_000;
    let mut rng = Seed::new(1).stream("masks", &[]);
    let masked = masks.apply(&ones(trials, 2), &mut rng);
    assert!(masked.select(1, 0).equal(&masked.select(1, 1)), "frames are masked alike");
    let mut widths = [0_usize; 24];
    let mut lowest_of_ten = [0_usize; 75];
    for row in rows(&masked.select(1, 0)) {
        let hidden: Vec<usize> = (0..BINS).filter(|bin| row[*bin] == 0.0).collect();
        assert!(row.iter().all(|value| [0.0, 1.0].contains(value)));
        assert!(hidden.windows(2).all(|pair| pair[1] == pair[0] + 1), "{hidden:?} is no run");
        widths[hidden.len()] += 1;
        if hidden.len() == 10 {
            lowest_of_ten[hidden[0]] += 1;
        }
    }
    // A thousand each; the standard deviation is 31.
    assert!(widths.iter().all(|count| (840..1160).contains(count)), "{widths:?}");
    // The lowest of ten bins is one of the 74 that leave room and one more, 13.5 times each.
    assert_eq!(lowest_of_ten[74], 0);
    assert!(lowest_of_ten[..74].iter().all(|count| (1..40).contains(count)), "{lowest_of_ten:?}");
}

#[test]
fn every_spectrogram_is_stretched_by_a_factor_of_its_own() {
    let stretch = TimeStretch { factors: [0.7, 1.3] };
    let (batch, frames) = (4_000, 50);
    let clips = clock(batch, stretch.source(frames));
    let mut rng = Seed::new(2).stream("stretch", &[]);
    let stretched = stretch.apply(&clips, frames, &mut rng);
    assert_eq!(stretched.size(), [batch, frames, 84]);
    let mut factors = Vec::new();
    let mut starts = Vec::new();
    for row in rows(&stretched.select(2, 5)) {
        let pace = (row[49] - row[0]) / 49.0;
        for (frame, value) in row.iter().enumerate() {
            let place = row[0] + frame as f64 * pace;
            assert!((value - place).abs() < 1e-4, "frame {frame} is at {value}");
        }
        factors.push(1.0 / pace);
        starts.push(row[0] / (71.0 - 49.0 * pace).floor().max(1.0));
    }
    // Of 72 frames, what is left over is before the excerpt as often as behind it.
    let early = starts.iter().filter(|start| **start < 0.5).count() as f64 / starts.len() as f64;
    assert!((0.4..0.6).contains(&early) && starts.iter().all(|start| *start <= 1.0), "{early}");
    assert!(factors.iter().all(|factor| (0.7 - 1e-4..1.3 + 1e-4).contains(factor)));
    let mean = factors.iter().sum::<f64>() / factors.len() as f64;
    // Uniform over [0.7, 1.3]: five standard errors.
    assert!((mean - 1.0).abs() < 5.0 * 0.6 / (12.0 * factors.len() as f64).sqrt(), "mean {mean}");
    let quarter = factors.iter().filter(|factor| **factor < 0.85).count();
    assert!((900..1100).contains(&quarter), "{quarter} of 4000 in the lowest quarter");
}

#[test]
fn factors_are_spread_evenly_over_their_range() {
    let stretch = TimeStretch { factors: [0.7, 1.3] };
    let clips = clock(10_000, stretch.source(2));
    let stretched = stretch.apply(&clips, 2, &mut Seed::new(3).stream("stretch", &[]));
    // What was 1 / factor of a frame after the first is now the second.
    let paces = (stretched.select(1, 1) - stretched.select(1, 0)).select(1, 0);
    let mut counts = [0_usize; 10];
    for pace in Vec::<f64>::try_from(paces).unwrap() {
        counts[(((1.0 / pace - 0.7) / 0.06) as usize).min(9)] += 1;
    }
    // A thousand each; five standard deviations are 150.
    assert!(counts.iter().all(|count| (850..=1150).contains(count)), "{counts:?}");
}

#[test]
fn nothing_drawn_changes_nothing() {
    let _generator = Seed::new(4).torch();
    let clips = Tensor::rand([3, 20, 84], (Kind::Float, Device::Cpu));
    let mut rng = Seed::new(0).stream("none", &[]);
    let masks = FrequencyMasks { count: 0, width: 1 };
    assert!(masks.apply(&clips, &mut rng).equal(&clips));
    let stretch = TimeStretch { factors: [1.0, 1.0] };
    assert!(stretch.apply(&clips, 20, &mut rng).equal(&clips));
}

#[test]
fn the_silence_that_an_item_ends_in_is_left_out_while_there_is_enough_else() {
    let stretch = TimeStretch { factors: [0.7, 1.3] };
    // 60 of 115 frames sound; 40 stretched ones need 57 at most.
    let sound = clock(500, 60) + 1.0;
    let clips = Tensor::cat(&[sound, clock(500, 55).zeros_like()], 1);
    let mut rng = Seed::new(3).stream("stretch", &[]);
    let stretched = stretch.apply(&clips, 40, &mut rng);
    assert!(stretched.min().double_value(&[]) >= 1.0);
    let first = stretched.select(1, 0).select(1, 0);
    assert!(first.max().double_value(&[]) > 20.0, "every excerpt begins early");
}

#[test]
fn lengths_take_turns_and_each_excerpt_is_cut_anywhere() {
    let excerpts = Excerpts::new(published(), BINS, 172).unwrap();
    // 400 / 0.7 is 571.4.
    assert_eq!((excerpts.longest(), excerpts.source()), (400, 572));
    let mut rng = Seed::new(0).stream("views", &[]);
    let views = excerpts.draw(&clock(2, 572), &mut rng);
    let places = excerpts.places(2, &mut rng, Device::Cpu);
    for (step, length) in [300, 200, 400, 300].into_iter().enumerate() {
        let excerpt = excerpts.at(step as u64, &views, &places);
        assert_eq!(excerpt.size(), [2, length, 84]);
    }
    let (clips, places) = (clock(200, 400), excerpts.places(200, &mut rng, Device::Cpu));
    let starts = rows(&excerpts.at(1, &clips, &places).select(2, 0));
    assert!(starts.iter().all(|row| row[199] == row[0] + 199.0 && row[0] <= 200.0));
    let early = starts.iter().filter(|row| row[0] < 100.0).count();
    assert!((70..130).contains(&early), "{early} of 200 begin in the first half");
}

#[test]
fn the_first_place_and_the_last_begin_an_excerpt_at_either_end() {
    let excerpts = Excerpts::new(published(), BINS, 172).unwrap();
    let places = Tensor::from_slice(&[0.0, 0.5, 1.0 - f64::EPSILON / 2.0]);
    let starts = rows(&excerpts.at(0, &clock(3, 400), &places).select(2, 0));
    // 101 places of a hundred frames more than an excerpt has.
    assert_eq!(starts.iter().map(|row| row[0]).collect::<Vec<_>>(), [0.0, 50.0, 100.0]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |change: &dyn Fn(&mut ExcerptConfig)| {
        let mut config = published();
        change(&mut config);
        Excerpts::new(config, BINS, 172).unwrap_err().to_string()
    };
    assert_eq!(refused(&|c| c.masks.width = 0), "masks: width 0; 1 to 84 are allowed");
    assert_eq!(refused(&|c| c.masks.width = 85), "masks: width 85; 1 to 84 are allowed");
    assert_eq!(refused(&|c| c.masks.count = 85), "masks: count 85; 0 to 84 are allowed");
    assert!(refused(&|c| c.stretch.factors = [1.3, 0.7]).starts_with("stretch.factors is"));
    assert!(refused(&|c| c.stretch.factors = [0.0, 1.0]).starts_with("stretch.factors is"));
    assert!(refused(&|c| c.lengths = vec![]).starts_with("lengths is []"));
    assert!(refused(&|c| c.lengths = vec![300, 171]).contains("at least 172 frames"));
}
