//! The answers to a task, in the form metrics and probes read.

use std::sync::Arc;

use super::metric::Truth;
use crate::data::{Item, Key, Kind, classes};
use crate::error::{Error, Result};
use crate::train::TrainLabels;

/// What the items of a corpus answer to a task.
pub struct Answers {
    /// The classes, tags or outputs, in the order of the scores' columns.
    pub names: Vec<String>,
    kind: Kind,
    classes: Vec<Option<usize>>,
    tags: Vec<Option<Vec<bool>>>,
    numbers: Vec<Option<Vec<f64>>>,
}

impl Answers {
    /// Reads targets of a kind off a corpus' items; several targets only for numbers.
    ///
    /// # Errors
    /// When no item has the target, or there is only one class.
    pub fn new(targets: &[String], kind: Kind, items: &[Item]) -> Result<Answers> {
        let target = targets[0].as_str();
        let names = match kind {
            Kind::Key => Key::all().map(|key| key.to_string()).collect(),
            Kind::Class | Kind::Tags => classes(items, target),
            Kind::Number => targets.to_vec(),
        };
        let answers = Answers {
            classes: items.iter().map(|item| class(kind, item.class(target)?, &names)).collect(),
            tags: items.iter().map(|item| Some(marks(item.tags(target)?, &names))).collect(),
            numbers: items
                .iter()
                .map(|item| targets.iter().map(|t| item.number(t)).collect())
                .collect(),
            kind,
            names,
        };
        answers.check(targets)?;
        Ok(answers)
    }

    fn check(&self, targets: &[String]) -> Result<()> {
        let wrong = |message| Err(Error::Invalid(message));
        let labelled = (0..self.classes.len()).filter(|item| self.has(*item)).count();
        if labelled == 0 || self.names.is_empty() {
            return wrong(format!("no item has the target {}", targets.join(", ")));
        }
        let distinct: std::collections::BTreeSet<_> = self.classes.iter().flatten().collect();
        if matches!(self.kind, Kind::Key | Kind::Class) && distinct.len() < 2 {
            return wrong(format!(
                "every item has the same class of {}; there is nothing to tell apart",
                targets[0]
            ));
        }
        Ok(())
    }

    /// Whether item `index` has an answer.
    pub fn has(&self, index: usize) -> bool {
        match self.kind {
            Kind::Key | Kind::Class => self.classes[index].is_some(),
            Kind::Tags => self.tags[index].is_some(),
            Kind::Number => self.numbers[index].is_some(),
        }
    }

    /// What a method that learns from labels is given: `marks` of its labelled items, row by row.
    pub fn labels(&self, marks: Vec<f32>) -> TrainLabels {
        let exclusive = self.kind != Kind::Tags;
        TrainLabels { classes: self.names.clone(), exclusive, marks: Arc::new(marks) }
    }

    /// The classes or tags of an item as ones among zeros; all zero where it has none.
    ///
    /// # Shapes
    /// `[classes]`
    pub fn marks(&self, index: usize) -> Vec<f32> {
        let tags = self.tags[index].as_ref();
        let has = |name: usize| match self.kind {
            Kind::Tags => tags.is_some_and(|tags| tags[name]),
            _ => self.classes[index] == Some(name),
        };
        (0..self.names.len()).map(|name| f32::from(u8::from(has(name)))).collect()
    }

    /// The answers of some items, all of which have one.
    pub fn truth(&self, items: &[usize]) -> Truth {
        match self.kind {
            Kind::Key | Kind::Class => {
                Truth::Classes(items.iter().filter_map(|i| self.classes[*i]).collect())
            }
            Kind::Tags => Truth::Tags(
                items.iter().filter_map(|i| self.tags[*i].as_ref()).flatten().copied().collect(),
            ),
            Kind::Number => Truth::Values(
                items.iter().filter_map(|i| self.numbers[*i].as_ref()).flatten().copied().collect(),
            ),
        }
    }
}

fn class(kind: Kind, label: &str, names: &[String]) -> Option<usize> {
    match kind {
        Kind::Key => label.parse::<Key>().ok().map(|key| key.class()),
        _ => names.iter().position(|name| name == label),
    }
}

fn marks(tags: &[String], names: &[String]) -> Vec<bool> {
    names.iter().map(|name| tags.contains(name)).collect()
}
