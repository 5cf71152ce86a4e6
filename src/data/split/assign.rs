//! Which cluster goes into which part: large ones first, each where its classes are missing most.

use std::collections::BTreeMap;

/// Three parts and, as a fourth, what is left over.
const PLACES: usize = 4;

/// Divides clusters into parts of the wanted sizes; sorted item indices by part.
///
/// After K. Sechidis, G. Tsoumakas, I. Vlahavas, *On the stratification of multi-label data*, ECML
/// PKDD 2011, with whole clusters in the place of single examples: each goes where the squared
/// distance from the wanted counts grows least.
pub(super) fn assign<'a>(
    clusters: &[Vec<usize>],
    class: &dyn Fn(usize) -> &'a str,
    wanted: [usize; 3],
) -> [Vec<usize>; 3] {
    let total: usize = clusters.iter().map(Vec::len).sum();
    let over = total - wanted.iter().sum::<usize>();
    let mut room = [wanted[0], wanted[1], wanted[2], over].map(|size| size as f64);
    let mut missing = missing_by_class(clusters, class, room);
    let mut parts: [Vec<usize>; PLACES] = Default::default();
    for cluster in clusters {
        let need =
            |place: usize| cluster.iter().map(|item| missing[class(*item)][place]).sum::<f64>();
        let place = choose(cluster.len() as f64, room, need, over > 0);
        room[place] -= cluster.len() as f64;
        for item in cluster {
            if let Some(counts) = missing.get_mut(class(*item)) {
                counts[place] -= 1.0;
            }
        }
        parts[place].extend(cluster);
    }
    let [mut train, mut valid, mut test, _] = parts;
    [&mut train, &mut valid, &mut test].into_iter().for_each(|part| part.sort_unstable());
    [train, valid, test]
}

/// By class, the items each place should get: its share of the class.
fn missing_by_class<'a>(
    clusters: &[Vec<usize>],
    class: &dyn Fn(usize) -> &'a str,
    sizes: [f64; PLACES],
) -> BTreeMap<&'a str, [f64; PLACES]> {
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for item in clusters.iter().flatten() {
        *counts.entry(class(*item)).or_default() += 1.0;
    }
    let total: f64 = sizes.iter().sum();
    let share = |count: f64| sizes.map(|size| count * size / total);
    counts.into_iter().map(|(class, count)| (class, share(count))).collect()
}

/// The place with the greatest need among those with room; failing that the rest, or the roomiest.
fn choose(size: f64, room: [f64; PLACES], need: impl Fn(usize) -> f64, has_rest: bool) -> usize {
    let by = |score: &dyn Fn(usize) -> f64, places: &mut dyn Iterator<Item = usize>| {
        places.max_by(|a, b| score(*a).total_cmp(&score(*b)).then(b.cmp(a)))
    };
    let fits = by(&need, &mut (0..PLACES).filter(|place| room[*place] >= size));
    let rest = has_rest.then_some(PLACES - 1);
    let roomiest = by(&|place| room[place], &mut (0..PLACES - 1));
    fits.or(rest).or(roomiest).unwrap_or(PLACES - 1)
}
