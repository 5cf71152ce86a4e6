//! Part of the labels: which train items a probe sees where it may not see all.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use crate::eval::metric::Truth;
use crate::seed::Seed;

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
}
