//! Labels: what an item is known to be, and how a cell of a table says it.

use serde::{Deserialize, Serialize};

use super::key::Key;

/// How the labels of a target are read and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of several names.
    Class,
    /// Any number of names, separated by `|`; an item without any has none of the corpus's tags.
    Tags,
    /// A finite number.
    Number,
    /// A class that is a musical key, in any enharmonic spelling.
    Key,
}

/// What an item is known to be; [`Kind::read`] makes it of a table's cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The one class an item is of.
    Class(String),
    /// The tags an item has, sorted; those it lacks are the corpus's other tags.
    Tags(Vec<String>),
    /// A measured or rated quantity.
    Number(f64),
}

impl Kind {
    /// Reads a cell; an empty one is no label, but among tags an empty set of them.
    ///
    /// # Errors
    /// With what is wrong with the cell.
    pub fn read(self, cell: &str) -> Result<Option<Target>, String> {
        if cell.is_empty() && self != Kind::Tags {
            return Ok(None);
        }
        Ok(Some(match self {
            Kind::Class => Target::Class(cell.to_string()),
            Kind::Tags => Target::Tags(tags(cell)),
            Kind::Number => Target::Number(number(cell)?),
            Kind::Key => Target::Class(key(cell)?),
        }))
    }

    /// Whether a target's labels are of this kind.
    pub fn fits(self, target: &Target) -> bool {
        matches!(
            (self, target),
            (Kind::Class | Kind::Key, Target::Class(_))
                | (Kind::Tags, Target::Tags(_))
                | (Kind::Number, Target::Number(_))
        )
    }
}

impl Target {
    /// The cell that [`Kind::read`] reads as this label.
    pub fn cell(&self) -> String {
        match self {
            Target::Class(class) => class.clone(),
            Target::Tags(tags) => tags.join("|"),
            Target::Number(number) => number.to_string(),
        }
    }
}

/// A finite number from text.
pub(super) fn number(cell: &str) -> Result<f64, String> {
    let number = cell.parse::<f64>().ok().filter(|n| n.is_finite());
    number.ok_or_else(|| format!("{cell:?} is not a number"))
}

fn key(cell: &str) -> Result<String, String> {
    match cell.parse::<Key>() {
        Ok(key) => Ok(key.to_string()),
        Err(e) => Err(e.to_string()),
    }
}

fn tags(cell: &str) -> Vec<String> {
    let named = cell.split('|').map(str::trim).filter(|tag| !tag.is_empty());
    let mut tags: Vec<String> = named.map(str::to_string).collect();
    tags.sort();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_separated_by_bars_and_sorted() {
        let expected = Target::Tags(vec!["flute".into(), "harp".into()]);
        assert_eq!(Kind::Tags.read("harp | flute|"), Ok(Some(expected)));
    }

    #[test]
    fn an_empty_cell_is_no_label_unless_labels_are_sets() {
        for kind in [Kind::Class, Kind::Number, Kind::Key] {
            assert_eq!(kind.read(""), Ok(None), "{kind:?}");
        }
        let none = Target::Tags(Vec::new());
        assert_eq!(Kind::Tags.read(&none.cell()), Ok(Some(none)));
    }

    #[test]
    fn a_number_that_is_not_finite_is_refused() {
        assert_eq!(Kind::Number.read("nan"), Err("\"nan\" is not a number".into()));
    }
}
