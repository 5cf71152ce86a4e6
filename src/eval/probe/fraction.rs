//! Part of the labels: which train items' labels are seen where not all may be.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::eval::metric::{Labels, Truth};
use crate::seed::Seed;

/// Segments of an item that [`Sampler::ClmrV1`] counts, as CLMR's index has them of every clip of
/// MagnaTagATune.
pub const SEGMENTS: usize = 10;

/// How the train items are drawn whose labels are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// So many items, of each class its share: [`labelled`].
    #[default]
    Strict,
    /// As in the first release of CLMR, Spijkervet and Burgoyne, ISMIR 2021: the items of which
    /// [`segments`] keeps one or more.
    ClmrV1,
}

/// The part of train whose labels are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The share that is asked for, above 0 and up to 1.
    pub fraction: f64,
    /// How it is drawn.
    pub sampler: Sampler,
    /// How many times it is drawn in every run; a run's score is the mean over its draws.
    pub draws: u64,
}

impl Part {
    /// All of train.
    pub const WHOLE: Part = Part { fraction: 1.0, sampler: Sampler::Strict, draws: 1 };

    /// The items whose labels are seen, sorted.
    pub fn of(&self, truth: &Truth, outputs: usize, seed: Seed) -> Vec<usize> {
        match self.sampler {
            Sampler::Strict => labelled(truth, outputs, self.fraction, seed),
            Sampler::ClmrV1 => {
                let segments = segments(truth, outputs, self.fraction, seed);
                let mut items: Vec<usize> = segments.iter().map(|at| at / SEGMENTS).collect();
                items.dedup();
                items
            }
        }
    }

    /// Whether some labels stay unseen.
    pub fn is_part(&self) -> bool {
        self.fraction < 1.0
    }

    /// Whether the settings can be met for answers of a kind.
    pub(in crate::eval) fn rules(&self, labels: Labels) -> [(bool, &'static str); 4] {
        let sets = self.sampler == Sampler::Strict || labels != Labels::Values;
        [
            (self.fraction > 0.0 && self.fraction <= 1.0, "fraction must lie above 0 and up to 1"),
            ((1..=100).contains(&self.draws), "draws: 1 to 100 are allowed"),
            (self.draws == 1 || self.is_part(), "draws are of a fraction below 1"),
            (sets, "sampler: clmr_v1 draws by classes or sets of tags, which numbers lack"),
        ]
    }

    /// Refuses a share of so many items that is less than one of them.
    ///
    /// # Errors
    /// With the least share there can be.
    pub fn check_size(&self, items: usize) -> Result<(), String> {
        let wanted = (self.fraction * items as f64).round();
        if !self.is_part() || wanted >= 1.0 || self.sampler == Sampler::ClmrV1 {
            return Ok(());
        }
        let least = 1.0 / items as f64;
        Err(format!(
            "fraction {} of {items} train items is none of them; {least:.2e} is one",
            self.fraction
        ))
    }
}

/// `share` of the train items, sorted: as many of each class as its share, by whole items, and of
/// each class one before any has two. A smaller share is a part of a larger one. An item with tags
/// counts as one of its rarest tag; numbers are drawn as they come.
pub fn labelled(truth: &Truth, outputs: usize, share: f64, seed: Seed) -> Vec<usize> {
    let strata = strata(truth, outputs);
    let items: usize = strata.values().map(Vec::len).sum();
    let mut order: Vec<(f64, usize, usize)> = Vec::with_capacity(items);
    for (stratum, mut members) in strata {
        members.shuffle(&mut seed.stream("labelled part", &[stratum as u64]));
        let count = members.len();
        let place =
            |(rank, item): (usize, usize)| (rank as f64 / count as f64, items - count, item);
        order.extend(members.into_iter().enumerate().map(place));
    }
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let wanted = ((share * items as f64).round() as usize).max(1);
    let mut chosen: Vec<usize> = order.into_iter().take(wanted).map(|(_, _, item)| item).collect();
    chosen.sort_unstable();
    chosen
}

/// Items by class, or by the rarest tag they have; those without a tag come last.
fn strata(truth: &Truth, outputs: usize) -> BTreeMap<usize, Vec<usize>> {
    let of_items: Vec<usize> = match truth {
        Truth::Classes(classes) => classes.clone(),
        Truth::Values(values) => vec![0; values.len() / outputs],
        Truth::Tags(tags) => {
            let count = |tag: usize| tags.iter().skip(tag).step_by(outputs).filter(|t| **t).count();
            let counts: Vec<usize> = (0..outputs).map(count).collect();
            let rarest = |item: &[bool]| {
                (0..outputs).filter(|tag| item[*tag]).min_by_key(|tag| counts[*tag])
            };
            tags.chunks_exact(outputs).map(|item| rarest(item).unwrap_or(outputs)).collect()
        }
    };
    let mut strata: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (item, stratum) in of_items.into_iter().enumerate() {
        strata.entry(stratum).or_default().push(item);
    }
    strata
}

/// `share` of the segments of the items of each class, or of each set of tags, rounded down, but at
/// least one; sorted, a segment as ten times its item and its place there. A smaller share is a
/// part of a larger one.
pub fn segments(truth: &Truth, outputs: usize, share: f64, seed: Seed) -> Vec<usize> {
    let mut kept = Vec::new();
    for (place, items) in label_sets(truth, outputs).values().enumerate() {
        let of = |item: &usize| item * SEGMENTS..(item + 1) * SEGMENTS;
        let mut all: Vec<usize> = items.iter().flat_map(of).collect();
        all.shuffle(&mut seed.stream("labelled segments", &[place as u64]));
        let count = ((share * all.len() as f64).floor() as usize).max(1);
        kept.extend(&all[..count]);
    }
    kept.sort_unstable();
    kept
}

/// Items by all that is true of them.
fn label_sets(truth: &Truth, outputs: usize) -> BTreeMap<Vec<bool>, Vec<usize>> {
    let sets: Vec<Vec<bool>> = match truth {
        Truth::Classes(classes) => {
            let only = |class: &usize| (0..outputs).map(|output| output == *class).collect();
            classes.iter().map(only).collect()
        }
        Truth::Tags(tags) => tags.chunks_exact(outputs).map(<[bool]>::to_vec).collect(),
        Truth::Values(values) => vec![Vec::new(); values.len() / outputs],
    };
    let mut items: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
    for (item, set) in sets.into_iter().enumerate() {
        items.entry(set).or_default().push(item);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 of class 0, 30 of class 1 and 10 of class 2.
    fn classes() -> Vec<usize> {
        (0..100).map(|item| [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][item % 10]).collect()
    }

    fn counts(chosen: &[usize]) -> [usize; 3] {
        let classes = classes();
        [0, 1, 2].map(|class| chosen.iter().filter(|item| classes[**item] == class).count())
    }

    fn some(share: f64, seed: u64) -> Vec<usize> {
        labelled(&Truth::Classes(classes()), 3, share, Seed::new(seed))
    }

    #[test]
    fn every_class_has_its_share_and_none_is_left_out() {
        assert_eq!(counts(&some(0.5, 1)), [30, 15, 5]);
        assert_eq!(counts(&some(0.1, 1)), [6, 3, 1]);
        assert_eq!(counts(&some(0.03, 1)), [1, 1, 1]);
        assert_eq!(some(1.0, 1), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_smaller_share_is_a_part_of_a_larger_one_and_draws_differ() {
        let shares = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0].map(|share| some(share, 1));
        assert_eq!(shares.clone().map(|chosen| chosen.len()), [1, 2, 5, 10, 25, 50, 100]);
        for pair in shares.windows(2) {
            assert!(pair[0].iter().all(|item| pair[1].contains(item)));
        }
        assert_ne!(some(0.1, 1), some(0.1, 2));
    }

    #[test]
    fn of_a_rare_tag_one_is_kept_where_there_is_room() {
        // Tag 0 is on every item, tag 1 on one, tag 2 on none.
        let tags = (0..50).flat_map(|item| [true, item == 17, false]).collect();
        let chosen = labelled(&Truth::Tags(tags), 3, 0.04, Seed::new(1));
        assert!(chosen.len() == 2 && chosen.contains(&17), "{chosen:?}");
    }

    fn part(share: f64, sampler: Sampler) -> Part {
        Part { fraction: share, sampler, draws: 1 }
    }

    /// Tags of 12 items: 5 have none, 4 the first, 2 the second, 1 both.
    fn tags() -> Truth {
        let sets = [[false, false], [true, false], [false, true], [true, true]];
        let items = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3];
        Truth::Tags(items.into_iter().flat_map(|set: usize| sets[set]).collect())
    }

    #[test]
    fn of_each_set_of_tags_its_share_of_segments_is_kept_rounded_down_and_at_least_one() {
        let count = |share| segments(&tags(), 2, share, Seed::new(1)).len();
        // 50, 40, 20 and 10 segments.
        assert_eq!(count(0.01), 1 + 1 + 1 + 1);
        assert_eq!(count(0.05), 2 + 2 + 1 + 1);
        assert_eq!(count(0.25), 12 + 10 + 5 + 2);
        assert_eq!(count(1.0), 120);
    }

    #[test]
    fn a_smaller_share_of_segments_is_a_part_of_a_larger_one_and_touches_more_items_than_its_share()
    {
        let items = |share| part(share, Sampler::ClmrV1).of(&tags(), 2, Seed::new(3));
        let shares = [0.01, 0.05, 0.1, 0.25, 1.0].map(items);
        for pair in shares.windows(2) {
            assert!(pair[0].iter().all(|item| pair[1].contains(item)), "{pair:?}");
        }
        assert_eq!(shares[0].len(), 4);
        assert_eq!(shares[4], (0..12).collect::<Vec<_>>());
        assert_ne!(part(0.05, Sampler::ClmrV1).of(&tags(), 2, Seed::new(4)), shares[1]);
    }

    #[test]
    fn a_share_of_nothing_is_refused_with_the_least_there_can_be() {
        let refused = part(0.001, Sampler::Strict).check_size(240).unwrap_err();
        assert_eq!(refused, "fraction 0.001 of 240 train items is none of them; 4.17e-3 is one");
        assert_eq!(part(0.0021, Sampler::Strict).check_size(240), Ok(()));
        assert_eq!(Part::WHOLE.check_size(0), Ok(()));
        assert_eq!(part(0.001, Sampler::ClmrV1).check_size(240), Ok(()));
    }
}
