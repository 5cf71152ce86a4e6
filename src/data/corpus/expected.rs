//! What a corpus that is not there is expected to hold: enough to judge what a suite takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Corpus, Item};
use crate::audio::Wave;
use crate::data::dataset::{Card, provenance, split_card};
use crate::data::key::Key;
use crate::data::split::Split;
use crate::data::target::{Kind, Target};
use crate::error::{Error, Result};
use crate::settings;

/// Classes or tags of a target of which nothing else is known.
const CLASSES: usize = 50;

/// The size of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Number of items.
    pub items: usize,
    /// Length of an item.
    pub seconds: f64,
    /// Sampling rate in Hz.
    pub rate: u32,
}

/// Silent items of the expected number and length, with every label that is asked for.
pub(super) struct Silence {
    name: String,
    expected: Expected,
    items: Vec<Item>,
    card: Option<&'static Card>,
}

impl Silence {
    /// A corpus called `name` with targets of these kinds, in the place of the data set of `card`
    /// if that is what it is.
    ///
    /// # Errors
    /// When nothing is expected.
    pub fn new(
        name: &str,
        expected: Expected,
        kinds: &BTreeMap<String, Kind>,
        card: Option<&'static Card>,
    ) -> Result<Silence> {
        let audible = expected.seconds.is_finite() && expected.seconds > 0.0 && expected.rate > 0;
        if expected.items == 0 || !audible {
            let message = "items, seconds and rate must be greater than 0";
            return Err(Error::settings(format!("corpus {name}, expected"), message));
        }
        let keys: Vec<String> = Key::all().map(|key| key.to_string()).collect();
        let item = |index: usize| {
            let id = format!("{name} {index:07}");
            let targets = kinds.iter().map(|(t, kind)| (t.clone(), label(*kind, index, &keys)));
            Item { group: id.clone(), id, work: None, targets: targets.collect() }
        };
        let items = (0..expected.items).map(item).collect();
        Ok(Silence { name: name.to_string(), expected, items, card })
    }
}

fn label(kind: Kind, index: usize, keys: &[String]) -> Target {
    let class = format!("{:02}", index % CLASSES);
    match kind {
        Kind::Key => Target::Class(keys[index % keys.len()].clone()),
        Kind::Class => Target::Class(class),
        Kind::Tags => Target::Tags(vec![class]),
        Kind::Number => Target::Number(index as f64),
    }
}

impl Corpus for Silence {
    fn name(&self) -> &str {
        &self.name
    }

    fn items(&self) -> &[Item] {
        &self.items
    }

    fn load(&self, _index: usize) -> Result<Wave> {
        let Expected { seconds, rate, .. } = self.expected;
        Ok(Wave { rate, samples: vec![0.0; (seconds * f64::from(rate)).ceil() as usize] })
    }

    fn identity(&self) -> Result<String> {
        settings::hash(&("expected", &self.name, self.expected))
    }

    fn is_recorded(&self) -> bool {
        false
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        Ok(vec![self.items[index].id.clone()])
    }

    /// Parts of the published sizes.
    fn published(&self, name: &str) -> Result<(Split, String)> {
        let card = self.card.ok_or_else(|| {
            Error::Invalid(format!("corpus {} has no published splits", self.name))
        })?;
        let split = split_card(card, name)?;
        let needed: usize = split.items.iter().sum();
        if needed > self.items.len() {
            let found = self.items.len();
            let message = format!("split {name} has {needed} items where {found} are expected");
            return Err(Error::Invalid(message));
        }
        let [train, valid, test] = split.items;
        let part = |from: usize, count: usize| (from..from + count).collect();
        let parts = Split {
            train: part(0, train),
            valid: part(train, valid),
            test: part(train + valid, test),
        };
        Ok((parts, provenance(card, split)))
    }
}
