//! Items that must stay together: those that share a group or a work, directly or through others.

use std::collections::{BTreeMap, HashMap};

use rand::RngExt;
use sha2::{Digest, Sha256};

use crate::data::corpus::Item;
use crate::seed::Seed;

/// The chosen items by cluster, each sorted by id.
pub(super) fn of(items: &[Item], chosen: &[usize]) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..items.len()).collect();
    let mut first = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let work = item.work.as_deref().map(|work| ("work", work));
        for name in [Some(("group", item.group.as_str())), work].into_iter().flatten() {
            let other = *first.entry(name).or_insert(index);
            join(&mut parents, index, other);
        }
    }
    let mut clusters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in chosen {
        clusters.entry(root(&mut parents, *index)).or_default().push(*index);
    }
    let mut clusters: Vec<Vec<usize>> = clusters.into_values().collect();
    for cluster in &mut clusters {
        cluster.sort_by(|a, b| items[*a].id.cmp(&items[*b].id));
    }
    clusters
}

/// For each chosen item the name of its cluster: the work, or else the group, of its first item.
pub fn names(items: &[Item], chosen: &[usize]) -> Vec<String> {
    let clusters = of(items, chosen);
    let named = clusters.iter().flat_map(|cluster| {
        let Item { work, group, .. } = &items[cluster[0]];
        cluster.iter().map(move |item| (*item, work.as_ref().unwrap_or(group)))
    });
    let named: HashMap<usize, &String> = named.collect();
    chosen.iter().map(|item| named[item].clone()).collect()
}

fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

/// Puts clusters in an order that the seed and their first ids decide, large ones first.
pub(super) fn shuffle(clusters: &mut [Vec<usize>], items: &[Item], seed: u64) {
    let draw = |cluster: &Vec<usize>| -> u128 {
        let id = &items[cluster[0]].id;
        let words: Vec<u64> = Sha256::digest(id)
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .collect();
        Seed::new(seed).stream("split", &words).random()
    };
    clusters.sort_by_cached_key(|cluster| (usize::MAX - cluster.len(), draw(cluster)));
}
