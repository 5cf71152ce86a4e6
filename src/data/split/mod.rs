//! Train, valid and test: divided by group from ids and a seed alone, and frozen to a file.

mod assign;
mod clusters;
mod division;
mod frozen;
mod heard;
mod leaks;
mod overlap;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::corpus::{Item, classes};
use crate::error::{Error, Result, unknown};

pub use clusters::names as cluster_names;
pub use division::{Divided, Division, PublishedSpec};
pub use heard::{Heard, VERSION as HEARD, heard_again};
pub use leaks::{Leak, leaks};

/// The names of the parts, in their order.
pub const PARTS: [&str; 3] = ["train", "valid", "test"];

/// Which items are in which part, each sorted; an item may be in none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// What is learned from.
    pub train: Vec<usize>,
    /// What choices are made on.
    pub valid: Vec<usize>,
    /// What is scored, once.
    pub test: Vec<usize>,
}

/// How large the parts are, and the seed that decides who is in which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SplitSpec {
    /// Size of the train part.
    pub train: Size,
    /// Size of the valid part.
    pub valid: Size,
    /// Size of the test part.
    pub test: Size,
    /// Another seed gives another split.
    pub seed: u64,
    /// The column whose classes are spread over the parts, if not the one that is asked about: with
    /// one of them, several questions about a corpus have one split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stratify: Option<String>,
}

/// A number of items, or a fraction of all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of items, or a fraction of them")]
pub enum Size {
    /// So many items, or as near as whole groups come.
    Count(usize),
    /// A fraction of the labelled items, 0 to 1.
    Fraction(f64),
}

impl Default for SplitSpec {
    fn default() -> SplitSpec {
        let [train, valid, test] = [0.6, 0.2, 0.2].map(Size::Fraction);
        SplitSpec { train, valid, test, seed: 0, stratify: None }
    }
}

impl SplitSpec {
    /// The column that it names for its classes.
    fn stratified(&self, items: &[Item]) -> Result<Option<&str>> {
        let Some(column) = self.stratify.as_deref() else { return Ok(None) };
        let columns = items.iter().flat_map(|item| {
            item.targets.keys().map(String::as_str).filter(|name| item.class(name).is_some())
        });
        let known: BTreeSet<&str> = columns.collect();
        if known.contains(column) {
            return Ok(Some(column));
        }
        let message = unknown("column of classes", column, known);
        Err(Error::Invalid(format!("split.stratify: {message}; a task or `targets` declares it")))
    }

    /// Items wanted in each part, out of `total`.
    fn wanted(&self, total: usize) -> Result<[usize; 3]> {
        let mut wanted = [0; 3];
        let mut fractions = 0.0;
        let mut before = 0;
        for (part, size) in [self.train, self.valid, self.test].into_iter().enumerate() {
            match size {
                Size::Count(count) => wanted[part] = count,
                Size::Fraction(fraction) if (0.0..=1.0).contains(&fraction) => {
                    fractions += fraction;
                    // Rounding the running sum keeps the parts' sum right.
                    let until = (fractions * total as f64).round() as usize;
                    wanted[part] = until.saturating_sub(before);
                    before = until;
                }
                Size::Fraction(fraction) => {
                    let part = PARTS[part];
                    return Err(Error::Invalid(format!(
                        "split: {part} is {fraction}; \
                         a fraction lies between 0 and 1, a count is a whole number"
                    )));
                }
            }
        }
        match wanted.iter().sum::<usize>() {
            sum if sum > total => Err(Error::Invalid(format!(
                "split: train, valid and test ask for {sum} items in all, \
                 but only {total} are labelled"
            ))),
            _ => Ok(wanted),
        }
    }
}

impl Split {
    /// Divides the items that have a label for `target` (or all), stratified by its classes, or
    /// those of the column that `spec` names in its place.
    ///
    /// Items that share a group or a work stay together. The order of the items plays no part.
    ///
    /// # Errors
    /// When the sizes do not fit the items, no item has a class in the column that `spec` names, or
    /// whole groups leave a part that was asked for empty.
    pub fn new(items: &[Item], spec: &SplitSpec, target: Option<&str>) -> Result<Split> {
        let target = spec.stratified(items)?.or(target);
        let labelled = |item: &Item| target.is_none_or(|target| item.targets.contains_key(target));
        let eligible: Vec<usize> = (0..items.len()).filter(|i| labelled(&items[*i])).collect();
        let wanted = spec.wanted(eligible.len())?;
        let class = |item: usize| target.and_then(|target| items[item].class(target)).unwrap_or("");
        let mut clusters = clusters::of(items, &eligible);
        clusters::shuffle(&mut clusters, items, spec.seed);
        let parts = assign::assign(&clusters, &class, wanted);
        for (part, wanted) in wanted.iter().enumerate() {
            if *wanted > 0 && parts[part].is_empty() {
                return Err(Error::Invalid(format!(
                    "split: {} stays empty: {} items form {} groups that cannot be divided; \
                     ask for other sizes or add groups",
                    PARTS[part],
                    eligible.len(),
                    clusters.len()
                )));
            }
        }
        let [train, valid, test] = parts;
        Ok(Split { train, valid, test })
    }

    /// The parts with their names.
    pub fn parts(&self) -> [(&'static str, &[usize]); 3] {
        [(PARTS[0], &self.train), (PARTS[1], &self.valid), (PARTS[2], &self.test)]
    }

    /// A warning for every class or tag of a target that some part has no item of.
    pub fn lacking(&self, items: &[Item], target: &str) -> Vec<String> {
        let known = classes(items, target);
        let mut warnings = Vec::new();
        for (part, members) in self.parts() {
            let inside = classes(members.iter().map(|item| &items[*item]), target);
            let lacking: Vec<&str> =
                known.iter().filter(|class| !inside.contains(class)).map(String::as_str).collect();
            if !lacking.is_empty() && !members.is_empty() {
                warnings.push(format!("{part} has no item with {target} {}", lacking.join(", ")));
            }
        }
        warnings
    }
}
