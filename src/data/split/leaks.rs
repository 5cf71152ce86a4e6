//! Whether what is trained on shares anything with what is tested on.

use std::collections::BTreeMap;
use std::fmt;

use crate::data::corpus::Corpus;

/// A trained item that shares a sound, a group or a work with a tested one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The item trained on, as a place in its corpus.
    pub item: usize,
    /// `corpus/id` of that item.
    pub trained: String,
    /// `corpus/id` of an item of valid or test.
    pub tested: String,
    /// What they share.
    pub shared: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Leak { trained, tested, shared, .. } = self;
        write!(
            f,
            "{trained} is trained on and shares {shared} with {tested}, which is valid or test"
        )
    }
}

/// Every item of `trained` that shares something with one of `tested`, in the order of `trained`.
pub fn leaks(trained: (&dyn Corpus, &[usize]), tested: (&dyn Corpus, &[usize])) -> Vec<Leak> {
    let mut held = BTreeMap::new();
    for item in tested.1 {
        for trace in tested.0.traces(*item) {
            held.entry(trace).or_insert(*item);
        }
    }
    let name =
        |corpus: &dyn Corpus, item: usize| format!("{}/{}", corpus.name(), corpus.items()[item].id);
    let leak = |item: &usize| {
        let traces = trained.0.traces(*item).into_iter();
        let (shared, other) = traces
            .filter_map(|trace| Some((held.get(&trace)?, trace)))
            .map(|(o, t)| (t, *o))
            .next()?;
        let (trained, tested) = (name(trained.0, *item), name(tested.0, other));
        Some(Leak { item: *item, trained, tested, shared })
    };
    trained.1.iter().filter_map(leak).collect()
}
