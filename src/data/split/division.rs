//! The split that a task asks for: drawn, or published with its corpus.

use std::fmt::Display;

use serde::{Deserialize, Deserializer, Serialize};
use serde_yaml::Value;

use super::{Size, Split, SplitSpec};
use crate::data::corpus::{Corpus, Item};
use crate::error::{Error, Result};
use crate::settings;

/// A split as a suite writes it: sizes and a seed, the name of a published one, or
/// `{published: NAME, valid: SIZE, seed: N}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Division {
    /// Drawn from ids and a seed, by group.
    Drawn(SplitSpec),
    /// As the corpus' card has it.
    Published(PublishedSpec),
}

/// A published split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedSpec {
    /// Its name on the data set's card.
    pub published: String,
    /// How many items of train choices are made on, where the published split leaves valid empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Size>,
    /// Another seed draws other items for that.
    #[serde(default)]
    pub seed: u64,
}

/// A corpus' split, and what is to be said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divided {
    /// Which items are train, valid and test.
    pub split: Split,
    /// Where a published split comes from; empty for a drawn one.
    pub origin: String,
}

impl<'de> Deserialize<'de> for Division {
    fn deserialize<D: Deserializer<'de>>(given: D) -> Result<Division, D::Error> {
        match Value::deserialize(given)? {
            Value::String(published) => {
                Ok(Division::Published(PublishedSpec { published, valid: None, seed: 0 }))
            }
            value if value.get("published").is_some() => {
                settings::part(value).map(Division::Published)
            }
            value => settings::part(value).map(Division::Drawn),
        }
    }
}

impl Division {
    /// Divides a corpus, stratified by the classes of `target` where items are drawn.
    ///
    /// # Errors
    /// When the corpus has no such split, sizes do not fit, or whole groups leave a part empty.
    pub fn of(&self, corpus: &dyn Corpus, target: Option<&str>) -> Result<Divided> {
        match self {
            Division::Drawn(spec) => {
                let split = Split::new(corpus.items(), spec, target)?;
                Ok(Divided { split, origin: String::new() })
            }
            Division::Published(spec) => spec.of(corpus, target),
        }
    }
}

impl PublishedSpec {
    fn of(&self, corpus: &dyn Corpus, target: Option<&str>) -> Result<Divided> {
        let (mut split, mut origin) = corpus.published(&self.published)?;
        if let Some(valid) = self.valid {
            if !split.valid.is_empty() {
                let message = "has a valid part of its own; leave out `valid`";
                return Err(Error::Invalid(format!("split {} {message}", self.published)));
            }
            split = self.with_valid(&split, corpus.items(), valid, target)?;
            origin += &format!("; valid is drawn from train by group, seed {}", self.seed);
        }
        Ok(Divided { split, origin })
    }

    /// The split with a part of train as valid.
    fn with_valid(
        &self,
        split: &Split,
        items: &[Item],
        valid: Size,
        target: Option<&str>,
    ) -> Result<Split> {
        let labelled = |item: &Item| target.is_none_or(|target| item.targets.contains_key(target));
        let known: Vec<usize> =
            split.train.iter().copied().filter(|item| labelled(&items[*item])).collect();
        let inside: Vec<Item> = known.iter().map(|item| items[*item].clone()).collect();
        let train = match valid {
            Size::Count(count) if (1..inside.len()).contains(&count) => {
                Size::Count(inside.len() - count)
            }
            Size::Fraction(fraction) if fraction > 0.0 && fraction < 1.0 => {
                Size::Fraction(1.0 - fraction)
            }
            Size::Count(size) => return Err(self.beyond(size, inside.len())),
            Size::Fraction(size) => return Err(self.beyond(size, inside.len())),
        };
        let spec =
            SplitSpec { train, valid, test: Size::Count(0), seed: self.seed, stratify: None };
        let drawn = Split::new(&inside, &spec, target)?;
        let back = |part: Vec<usize>| part.into_iter().map(|place| known[place]).collect();
        let test = split.test.clone();
        Ok(Split { train: back(drawn.train), valid: back(drawn.valid), test })
    }

    /// A valid part that would be empty, or leave nothing of `train` items.
    fn beyond(&self, valid: impl Display, train: usize) -> Error {
        Error::Invalid(format!(
            "split {}: valid is {valid}; a fraction lies between 0 and 1, a count between 0 and \
             the {train} items of train, neither on a border",
            self.published
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::parse;

    #[test]
    fn a_name_alone_is_a_published_split_and_sizes_are_a_drawn_one() {
        let named: Division = parse("jukemir", "here").unwrap();
        let spec = PublishedSpec { published: "jukemir".into(), valid: None, seed: 0 };
        assert_eq!(named, Division::Published(spec.clone()));
        let longer: Division = parse("{published: jukemir, valid: 0.2}", "here").unwrap();
        let valid = Some(Size::Fraction(0.2));
        assert_eq!(longer, Division::Published(PublishedSpec { valid, ..spec }));
        let drawn: Division = parse("{seed: 3}", "here").unwrap();
        assert_eq!(drawn, Division::Drawn(SplitSpec { seed: 3, ..SplitSpec::default() }));
    }

    #[test]
    fn a_valid_part_that_is_empty_or_all_of_train_is_refused() {
        let item = |id: i32| Item {
            id: id.to_string(),
            group: id.to_string(),
            work: None,
            targets: Default::default(),
        };
        let items: Vec<Item> = (0..10).map(item).collect();
        let split = Split { train: (0..10).collect(), ..Split::default() };
        let spec = PublishedSpec { published: "theirs".into(), valid: None, seed: 0 };
        let drawn = |valid| spec.with_valid(&split, &items, valid, None);
        for valid in [1.2, 1.0, 0.0, f64::NAN].map(Size::Fraction) {
            let error = drawn(valid).unwrap_err().to_string();
            assert!(error.starts_with("split theirs: valid is "), "{valid:?}: {error}");
        }
        for valid in [10, 0].map(Size::Count) {
            assert!(drawn(valid).unwrap_err().to_string().contains("the 10 items of train"));
        }
        assert_eq!(drawn(Size::Count(9)).unwrap().train.len(), 1);
    }

    #[test]
    fn a_misspelt_field_is_named_with_the_nearest() {
        for text in ["{train: 0.5, sed: 3}", "{published: jukemir, sed: 3}"] {
            let error = parse::<Division>(text, "here").unwrap_err().to_string();
            assert!(error.contains("did you mean `seed`?"), "{error}");
        }
    }
}
