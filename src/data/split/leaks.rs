//! Whether what is trained on shares anything with what is tested on.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::data::corpus::Corpus;
use crate::error::Result;

/// A trained item that shares a sound, a group or a work with a tested one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
///
/// # Errors
/// When a sound file cannot be read.
pub fn leaks(
    trained: (&dyn Corpus, &[usize]),
    tested: (&dyn Corpus, &[usize]),
) -> Result<Vec<Leak>> {
    let mut held = BTreeMap::new();
    for item in tested.1 {
        for trace in tested.0.traces(*item)? {
            held.entry(trace).or_insert(*item);
        }
    }
    let name =
        |corpus: &dyn Corpus, item: usize| format!("{}/{}", corpus.name(), corpus.items()[item].id);
    let mut leaks = Vec::new();
    for item in trained.1 {
        let traces = trained.0.traces(*item)?;
        if let Some(shared) = traces.into_iter().find(|trace| held.contains_key(trace)) {
            let other = held[&shared];
            let (trained, tested) = (name(trained.0, *item), name(tested.0, other));
            leaks.push(Leak { item: *item, trained, tested, shared });
        }
    }
    Ok(leaks)
}
