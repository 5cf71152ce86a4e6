//! Crops lie where a method's sampling says.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bench::audio::Wave;
use bench::data::{Corpus, Front, Item, Maker};
use bench::train::{Loader, Plan, Recipe, Source};
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

/// The clips of every step.
fn clips(samples: usize, clips: usize) -> Vec<Vec<Vec<f32>>> {
    let folder = tempdir().unwrap();
    let mut maker = Maker { folder: folder.path(), threads: 1, progress: &mut |_, _| () };
    let stores = maker.stores(&Places::new(samples), &[Front::Wave { rate: RATE }]).unwrap();
    let mut source = Source::default();
    stores.into_iter().for_each(|store| source.add(Arc::new(store), &[0]));
    let sampling = Sampling { clips, length: LENGTH, placement: Placement::Adjacent };
    let recipe: Recipe = bench::settings::parse("{batch: 1, lr: 1}", "recipe").unwrap();
    let plan = Plan::new(source, sampling, &recipe, Seed::new(4)).unwrap();
    let mut loader = Loader::start(&plan, 0, 1);
    let mut cut = || loader.take().unwrap().values;
    let clips = |values: Vec<f32>| values.chunks(LENGTH).map(<[f32]>::to_vec).collect();
    (0..STEPS).map(|_| clips(cut())).collect()
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
fn a_clip_longer_than_its_item_ends_in_silence() {
    for clip in clips(60, 2).concat() {
        assert!(clip[..60].iter().zip(1..).all(|(value, place)| *value == place as f32));
        assert!(clip[60..].iter().all(|value| *value == 0.0));
    }
}
