//! The built-in pieces as a corpus.

use std::collections::BTreeMap;

use super::{Corpus, Item, check_targets};
use crate::audio::Wave;
use crate::data::etudes::{Annotation, Etudes};
use crate::data::parallel::{available_threads, in_order};
use crate::data::target::{Kind, Target};
use crate::error::{Error, Result};
use crate::settings;

/// Raised whenever the labels or the sound of the same settings change.
const VERSION: u32 = 1;

/// Targets of pieces, and of single notes.
const PIECES: [(&str, Kind); 7] = [
    ("key", Kind::Key),
    ("style", Kind::Class),
    ("work", Kind::Class),
    ("tags", Kind::Tags),
    ("tempo", Kind::Number),
    ("arousal", Kind::Number),
    ("valence", Kind::Number),
];
const NOTES: [(&str, Kind); 2] = [("instrument", Kind::Class), ("pitch", Kind::Class)];

/// [`Etudes`] with all their labels at hand.
pub struct EtudesCorpus {
    name: String,
    etudes: Etudes,
    /// Sorted by id; the number of the piece is beside the item.
    items: Vec<Item>,
    numbers: Vec<usize>,
}

impl EtudesCorpus {
    /// Composes every item, without rendering it.
    ///
    /// # Errors
    /// When a setting is out of range, or `kinds` names a target that etudes lack or have
    /// in another kind.
    pub fn new(
        name: &str,
        etudes: &Etudes,
        kinds: &BTreeMap<String, Kind>,
    ) -> Result<EtudesCorpus> {
        let wrong = |message: String| Error::settings(format!("corpus {name}"), message);
        etudes.check().map_err(|e| wrong(e.told()))?;
        if etudes.pieces == 0 {
            return Err(wrong("pieces is 0; at least one is needed".into()));
        }
        let targets: &[(&str, Kind)] = if etudes.notes { &NOTES } else { &PIECES };
        check_targets(kinds, targets).map_err(wrong)?;
        let mut numbered = Vec::with_capacity(etudes.pieces);
        let by_work = kinds.contains_key("work");
        let compose = |number: usize| item(etudes.annotation(number), by_work);
        in_order(etudes.pieces, available_threads(), &compose, &mut |number, item| {
            numbered.push((item, number));
            Ok(())
        })?;
        numbered.sort_by(|a, b| a.0.id.cmp(&b.0.id));
        let (items, numbers) = numbered.into_iter().unzip();
        Ok(EtudesCorpus { name: name.to_string(), etudes: etudes.clone(), items, numbers })
    }
}

fn item(known: Annotation, by_work: bool) -> Item {
    let key = known.key.map(|key| key.to_string());
    let class = |label: Option<String>| label.map(Target::Class);
    let tags = known.tags.iter().map(|tag| (*tag).to_string()).collect();
    let cells = [
        ("key", class(key)),
        ("style", class(known.style.map(str::to_string))),
        ("work", by_work.then(|| Target::Class(known.work.clone()))),
        ("tags", known.pitch.is_none().then_some(Target::Tags(tags))),
        ("tempo", known.tempo.map(Target::Number)),
        ("arousal", known.arousal.map(Target::Number)),
        ("valence", known.valence.map(Target::Number)),
        ("instrument", class(known.instrument.map(str::to_string))),
        ("pitch", class(known.pitch.map(|pitch| pitch.to_string()))),
    ];
    let present = cells.into_iter().filter_map(|(name, label)| Some((name.to_string(), label?)));
    let targets = present.collect();
    Item { id: known.id, group: known.work.clone(), work: Some(known.work), targets }
}

impl Corpus for EtudesCorpus {
    fn name(&self) -> &str {
        &self.name
    }

    fn items(&self) -> &[Item] {
        &self.items
    }

    fn rate(&self) -> Option<u32> {
        Some(self.etudes.rate)
    }

    fn load(&self, index: usize) -> Result<Wave> {
        let samples = self.etudes.render(self.numbers[index]);
        Ok(Wave { rate: self.etudes.rate, samples })
    }

    fn identity(&self) -> Result<String> {
        settings::hash(&("etudes", VERSION, &self.etudes))
    }

    fn is_recorded(&self) -> bool {
        false
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        let item = &self.items[index];
        let kind = if self.etudes.notes { "note" } else { "piece" };
        let work = item.work.as_ref().map(|work| format!("the work {work} of the etudes"));
        let own = format!("the {kind} {} of the etudes", item.id);
        Ok(std::iter::once(own).chain(work).collect())
    }
}
