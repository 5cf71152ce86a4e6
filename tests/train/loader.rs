//! Crops lie where a method's sampling says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bench::audio::Wave;
use bench::data::{Corpus, Front, Item, Maker};
use bench::train::{CropPlan, Loader, Recipe, Source};
use bench::{Placement, Result, Sampling, Seed};
use tempfile::tempdir;

const RATE: u32 = 8_000;
const LENGTH: usize = 100;
const STEPS: u64 = 2_000;

/// One wave of so many samples, each of which is its own place, from 1.
struct Places(Vec<Item>, usize);

impl Places {
    fn new(samples: usize) -> Places {
        let (id, group) = ("places".to_string(), "places".to_string());
        Places(vec![Item { id, group, work: None, targets: BTreeMap::new() }], samples)
    }
}

impl Corpus for Places {
    fn name(&self) -> &str {
        "places"
    }

    fn items(&self) -> &[Item] {
        &self.0
    }

    fn load(&self, _index: usize) -> Result<Wave> {
        Ok(Wave { rate: RATE, samples: (1..=self.1).map(|place| place as f32).collect() })
    }

    fn identity(&self) -> Result<String> {
        Ok(format!("places {}", self.1))
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        Ok(vec![self.0[index].id.clone()])
    }
}

/// The adjacent clips of every step.
fn clips(samples: usize, clips: usize) -> Vec<Vec<Vec<f32>>> {
    placed(samples, clips, Placement::Adjacent, STEPS)
}

/// The clips of so many steps.
fn placed(samples: usize, clips: usize, placement: Placement, steps: u64) -> Vec<Vec<Vec<f32>>> {
    let folder = tempdir().unwrap();
    let mut maker = Maker { folder: folder.path(), threads: 1, progress: &mut |_, _| () };
    let stores = maker.stores(&Places::new(samples), &[Front::Wave { rate: RATE }]).unwrap();
    let mut source = Source::default();
    stores.into_iter().for_each(|store| source.add(Arc::new(store), &[0]));
    let sampling = Sampling { clips, length: LENGTH, placement };
    let recipe: Recipe = bench::settings::parse("{batch: 1, lr: 1}", "recipe").unwrap();
    let plan = CropPlan::new(source, sampling, &recipe, Seed::new(4)).unwrap();
    let mut loader = Loader::start(&plan, 0, 1);
    let mut cut = || loader.take().unwrap().values;
    let clips = |values: Vec<f32>| values.chunks(LENGTH).map(<[f32]>::to_vec).collect();
    (0..steps).map(|_| clips(cut())).collect()
}

fn starts(steps: &[Vec<Vec<f32>>], clip: usize) -> BTreeSet<usize> {
    steps.iter().map(|clips| clips[clip][0] as usize).collect()
}

#[test]
fn adjacent_clips_follow_one_another_from_anywhere_in_the_item() {
    let steps = clips(350, 3);
    let joined = |clips: &Vec<Vec<f32>>| clips.concat().windows(2).all(|w| w[1] == w[0] + 1.0);
    assert!(steps.iter().all(joined));
    assert_eq!(starts(&steps, 0), (1..=51).collect());
}

#[test]
fn adjacent_clips_of_an_item_too_short_for_them_lie_anywhere_on_their_own() {
    let steps = clips(120, 2);
    assert_eq!(starts(&steps, 0), (1..=21).collect());
    assert_eq!(starts(&steps, 1), (1..=21).collect());
    let pairs: BTreeSet<[usize; 2]> =
        steps.iter().map(|clips| [clips[0][0] as usize, clips[1][0] as usize]).collect();
    assert!(pairs.len() > 400, "only {} of 441 pairs of places", pairs.len());
}

#[test]
fn independent_clips_start_anywhere_equally_often_whatever_the_other_does() {
    let mut counts = [0; 20];
    let mut together = 0;
    for clips in placed(119, 2, Placement::Independent, 5_000) {
        let [first, second] = [0, 1].map(|clip: usize| clips[clip][0] as usize - 1);
        counts[first] += 1;
        counts[second] += 1;
        together += usize::from(first == second);
    }
    // 500 each, and 250 in the same place; five standard deviations are 109 and 77.
    assert!(counts.iter().all(|count| (391..=609).contains(count)), "{counts:?}");
    assert!((173..=327).contains(&together), "{together}");
}

#[test]
fn a_clip_longer_than_its_item_ends_in_silence() {
    for clip in clips(60, 2).concat() {
        assert!(clip[..60].iter().zip(1..).all(|(value, place)| *value == place as f32));
        assert!(clip[60..].iter().all(|value| *value == 0.0));
    }
}
