//! Whether what is trained on is heard in what is tested on, whatever either is called: by
//! landmarks.

use std::cmp::Reverse;

use super::leaks::Leak;
use crate::data::corpus::Corpus;
use crate::data::parallel::{available_threads, in_order};
use crate::data::store::Store;
use crate::error::Result;

/// Raised by whoever changes what is found.
pub const VERSION: u32 = 1;

/// Landmarks of one recording that are in the other, all at one distance in time, where the two are
/// the same.
const LEAST: usize = 10;

/// The part of the shorter recording's landmarks that these then are at least.
///
/// Of 157,080 pairs of different pieces (331 tunes of one synthesiser, 80 commercial recordings,
/// 150 etudes with versions of a work in other keys and tempi) the nearest two share 0.12. Of 41
/// copies of each kind all are found with white noise 20 dB below the sound and at the lowest
/// quality of MP3, 40 at that of Vorbis, 40 of 5 s cut out, 38 of these as MP3, 33 with noise at 10
/// dB.
const SHARE: f64 = 0.15;

/// A landmark that occurs more often tells no recordings apart.
const COMMON: usize = 10_000;

/// Some items of a corpus and the landmarks of all its items, as [`Front::Landmarks`] has them.
///
/// [`Front::Landmarks`]: crate::data::Front::Landmarks
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    /// What the items belong to.
    pub corpus: &'a dyn Corpus,
    /// An entry per item of the corpus.
    pub landmarks: &'a Store,
    /// Which items are meant, by their place in the corpus.
    pub items: &'a [usize],
}

impl Heard<'_> {
    fn name(&self, item: usize) -> String {
        format!("{}/{}", self.corpus.name(), self.corpus.items()[item].id)
    }
}

/// Every item of `trained` whose recording is one of `tested`, in the order of `trained`.
///
/// # Errors
/// When landmarks cannot be read.
pub fn heard_again(trained: Heard<'_>, tested: Heard<'_>) -> Result<Vec<Leak>> {
    let index = Index::new(tested)?;
    let mut leaks = Vec::new();
    let find = |at: usize| -> Result<Option<Match>> {
        Ok(index.find(&trained.landmarks.item(trained.items[at])?))
    };
    in_order(trained.items.len(), available_threads(), &find, &mut |at, found| {
        let item = trained.items[at];
        leaks.extend(found?.map(|Match { item: other, aligned, of }| Leak {
            item,
            trained: trained.name(item),
            tested: tested.name(other),
            shared: format!("its recording ({aligned} of {of} landmarks)"),
        }));
        Ok(())
    })?;
    Ok(leaks)
}

/// Where every landmark occurs.
struct Index<'a> {
    heard: Heard<'a>,
    /// Hash, item and frame, sorted.
    places: Vec<(u32, u32, u32)>,
}

/// A recording that is another one.
struct Match {
    item: usize,
    /// Landmarks that both have, at one distance in time.
    aligned: usize,
    /// Landmarks of the one that has fewer.
    of: usize,
}

impl Index<'_> {
    fn new(heard: Heard<'_>) -> Result<Index<'_>> {
        let mut places = Vec::new();
        for item in heard.items {
            let landmarks = heard.landmarks.item(*item)?;
            let place = |[hash, frame]: &[f32; 2]| (*hash as u32, *item as u32, *frame as u32);
            places.extend(landmarks.as_chunks().0.iter().map(place));
        }
        places.sort_unstable();
        Ok(Index { heard, places })
    }

    /// The item that has most landmarks of a recording, if it is the same one.
    fn find(&self, landmarks: &[f32]) -> Option<Match> {
        let shared = self.shared(landmarks.as_chunks().0);
        let count = landmarks.len() / 2;
        let matches = shared.into_iter().filter_map(|(item, aligned)| {
            let of = count.min(self.heard.landmarks.length(item));
            let same = aligned >= LEAST && aligned as f64 >= SHARE * of as f64;
            same.then_some(Match { item, aligned, of })
        });
        matches.max_by_key(|found| (found.aligned, Reverse(found.item)))
    }

    /// Items with the number of landmarks that they share, once for every distance in time; one
    /// that lies between two frames counts for both.
    fn shared(&self, landmarks: &[[f32; 2]]) -> Vec<(usize, usize)> {
        let mut hits: Vec<(u32, i64)> = Vec::new();
        for [hash, frame] in landmarks {
            let same = self.places(*hash as u32);
            hits.extend(same.iter().map(|(_, item, at)| (*item, i64::from(*at) - *frame as i64)));
        }
        hits.sort_unstable();
        let runs: Vec<&[(u32, i64)]> = hits.chunk_by(|a, b| a == b).collect();
        let next = |at: usize, (item, distance): (u32, i64)| {
            let follows = |run: &&&[(u32, i64)]| run[0] == (item, distance + 1);
            runs.get(at + 1).filter(follows).map_or(0, |run| run.len())
        };
        let total =
            |(at, run): (usize, &&[(u32, i64)])| (run[0].0 as usize, run.len() + next(at, run[0]));
        runs.iter().enumerate().map(total).collect()
    }

    /// Where a landmark is; nowhere if it is everywhere.
    fn places(&self, hash: u32) -> &[(u32, u32, u32)] {
        let from = self.places.partition_point(|place| place.0 < hash);
        let same = &self.places[from..];
        let same = &same[..same.partition_point(|place| place.0 == hash)];
        if same.len() > COMMON { &[] } else { same }
    }
}
