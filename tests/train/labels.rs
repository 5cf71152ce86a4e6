//! Which labels reach a method: those of labelled items only, in the proportion that was asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use bench::data::{CorpusSpec, Front, Maker};
use bench::train::{CropPlan, Crops, LabelShare, Loader, Recipe, Source, TrainLabels};
use bench::{Placement, Sampling, Seed};
use tempfile::tempdir;

const CLASSES: usize = 3;
const FREE: usize = 12;
const LABELLED: usize = 7;

/// Twelve items without labels, then the first seven of them again with labels.
fn source() -> Source {
    let folder = tempdir().unwrap();
    let spec: CorpusSpec =
        bench::settings::parse("{etudes: {pieces: 12, seconds: 1, seed: 1}}", "corpus").unwrap();
    let corpus = spec.open("some", &BTreeMap::new(), &|_| None).unwrap();
    let mut maker = Maker { folder: folder.path(), threads: 1, progress: &mut |_, _| () };
    let front = Front::Wave { rate: 8000 };
    let store = Arc::new(maker.stores(corpus.as_ref(), &[front]).unwrap().remove(0));
    let mut source = Source::default();
    source.add(store.clone(), &(0..FREE).collect::<Vec<_>>());
    source.add(store, &(0..LABELLED).collect::<Vec<_>>());
    let marks = (0..LABELLED).flat_map(one_hot).collect();
    let classes = ["a", "b", "c"].map(String::from).to_vec();
    source.labels = Some(TrainLabels { classes, exclusive: true, marks: Arc::new(marks) });
    source
}

fn one_hot(item: usize) -> [f32; CLASSES] {
    std::array::from_fn(|class| f32::from(u8::from(class == item % CLASSES)))
}

fn batches(recipe: &str, count: usize, threads: usize) -> (CropPlan, Vec<Crops>) {
    let recipe: Recipe = bench::settings::parse(recipe, "recipe").unwrap();
    recipe.check().unwrap();
    let sampling = Sampling { clips: 2, length: 100, placement: Placement::Independent };
    let plan = CropPlan::new(source(), sampling, &recipe, Seed::new(5)).unwrap();
    let mut loader = Loader::start(&plan, 0, threads);
    let batches = (0..count).map(|_| loader.take().unwrap()).collect();
    (plan, batches)
}

#[test]
fn a_batch_has_its_share_of_labels_and_each_is_its_items_own() {
    // 0.35 of 8 is 2.8: two items.
    let (plan, batches) = batches("{batch: 8, lr: 1, labels: {share: 0.35}}", 6, 1);
    assert_eq!(plan.per_epoch(), 3);
    let mut drawn = [0; LABELLED];
    for crops in &batches {
        let labels = crops.labels.as_ref().unwrap();
        for (item, label) in crops.items.iter().zip(labels.chunks(CLASSES)) {
            match usize::try_from(*item).unwrap().checked_sub(FREE) {
                None => assert_eq!(label, [0.0; CLASSES]),
                Some(labelled) => {
                    assert_eq!(label, one_hot(labelled));
                    drawn[labelled] += 1;
                }
            }
        }
        assert_eq!(crops.items.iter().filter(|item| **item >= FREE as i64).count(), 2);
    }
    // Two passes over the labelled items, each without its remainder.
    assert_eq!(drawn.iter().sum::<i32>(), 12);
    assert!(drawn.iter().all(|times| *times <= 2), "{drawn:?}");
}

#[test]
fn the_number_of_loader_threads_changes_no_label() {
    for recipe in [
        "{batch: 8, lr: 1, labels: {share: 0.5}}",
        "{batch: 8, lr: 1, labels: {share: 0.5}, with_replacement: true}",
    ] {
        let (one, three) = (batches(recipe, 9, 1).1, batches(recipe, 9, 3).1);
        for (a, b) in one.iter().zip(&three) {
            assert_eq!((&a.items, &a.labels), (&b.items, &b.labels));
            assert_eq!(a.values, b.values);
        }
    }
}

#[test]
fn an_item_drawn_twice_is_cut_anew() {
    let (_, batches) = batches("{batch: 64, lr: 1, with_replacement: true}", 1, 1);
    let Crops { values, items, .. } = &batches[0];
    let row = |at: usize| &values[at * 200..(at + 1) * 200];
    let again = (1..64).find(|at| items[*at] == items[0]);
    let again = again.expect("64 draws of 7 items repeat the first");
    assert_ne!(row(0), row(again));
}

#[test]
fn shares_and_fractions_are_rounded_down() {
    let share = LabelShare { share: 0.05, fraction: 0.29 };
    assert_eq!((share.in_batch(96), share.used(100)), (4, 29));
    assert_eq!(LabelShare::default().in_batch(96), 96);
}

#[test]
fn too_few_labelled_items_are_refused_unless_they_may_repeat() {
    let sampling = Sampling { clips: 1, length: 100, placement: Placement::Independent };
    let plan = |recipe: &str| {
        let recipe: Recipe = bench::settings::parse(recipe, "recipe").unwrap();
        CropPlan::new(source(), sampling, &recipe, Seed::new(5))
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    let refused = plan("{batch: 8, lr: 1}").unwrap_err();
    assert!(refused.contains("8 items cannot be drawn from 7"), "{refused}");
    plan("{batch: 8, lr: 1, with_replacement: true}").unwrap();
}
