//! The answers to a task, in the form metrics and probes read.

use super::metric::Truth;
use super::suite::Task;
use crate::data::{Item, Key, Kind, classes};
use crate::error::{Error, Result};

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
    /// Reads the task's targets off the corpus' items.
    ///
    /// # Errors
    /// When no item has the target, or there is only one class.
    pub fn new(task: &Task, items: &[Item]) -> Result<Answers> {
        let target = task.targets[0].as_str();
        let names = match task.kind {
            Kind::Key => Key::all().map(|key| key.to_string()).collect(),
            Kind::Class | Kind::Tags => classes(items, target),
            Kind::Number => task.targets.clone(),
        };
        let answers = Answers {
            classes: items
                .iter()
                .map(|item| class(task.kind, item.class(target)?, &names))
                .collect(),
            tags: items.iter().map(|item| Some(marks(item.tags(target)?, &names))).collect(),
            numbers: items
                .iter()
                .map(|item| task.targets.iter().map(|t| item.number(t)).collect())
                .collect(),
            kind: task.kind,
            names,
        };
        answers.check(task)?;
        Ok(answers)
    }

    fn check(&self, task: &Task) -> Result<()> {
        let wrong = |message| Err(Error::data(format!("task {}", task.name), message));
        let labelled = (0..self.classes.len()).filter(|item| self.has(*item)).count();
        if labelled == 0 {
            return wrong(format!(
                "no item of {} has the target {}",
                task.corpus,
                task.targets.join(", ")
            ));
        }
        let distinct: std::collections::BTreeSet<_> = self.classes.iter().flatten().collect();
        if matches!(self.kind, Kind::Key | Kind::Class) && distinct.len() < 2 {
            return wrong(format!(
                "every item of {} has the same class; there is nothing to tell apart",
                task.corpus
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
