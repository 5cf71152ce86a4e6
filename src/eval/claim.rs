//! What a suite expects to come out: orderings of rows, and figures with a tolerance.

use serde::{Deserialize, Serialize};

use super::suite::{Suite, Task, twice};
use crate::error::unknown;

/// A claim, and who makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// What is claimed.
    pub claim: Claim,
    /// Where it is printed, such as a paper's table; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A claim about rows on one task by one metric: `a > b on key accuracy`, or `a = 0.65 ± 0.02 on
/// key accuracy`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Claim {
    text: String,
    /// The row it is about.
    pub row: String,
    /// What is said of its figure.
    pub relation: Relation,
    /// The task.
    pub task: String,
    /// The metric.
    pub metric: String,
}

/// What is said of a row's figure: the figure itself is meant, whether more of it is better or not.
#[derive(Clone, Debug, PartialEq)]
pub enum Relation {
    /// It is larger than that of another row.
    Above(String),
    /// It is smaller than that of another row.
    Below(String),
    /// It is a number, more or less.
    Near {
        /// The number, in the metric's unit.
        value: f64,
        /// How far it may be off, in the same unit.
        tolerance: f64,
    },
}

/// How claims are written.
const FORMS: &str = "write `ROW > ROW on TASK METRIC`, `ROW < ROW on TASK METRIC` or `ROW = NUMBER ± TOLERANCE on \
                     TASK METRIC`";

impl TryFrom<String> for Claim {
    type Error = String;

    fn try_from(text: String) -> Result<Claim, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (row, relation, task, metric) = match *words.as_slice() {
            [row, ">", other, "on", task, metric] => {
                (row, Relation::Above(other.into()), task, metric)
            }
            [row, "<", other, "on", task, metric] => {
                (row, Relation::Below(other.into()), task, metric)
            }
            [row, "=", value, "±" | "+-", tolerance, "on", task, metric] => {
                (row, near(value, tolerance)?, task, metric)
            }
            _ => return Err(format!("{text:?} is no claim; {FORMS}")),
        };
        let [row, task, metric] = [row, task, metric].map(String::from);
        Ok(Claim { text, row, relation, task, metric })
    }
}

impl From<Claim> for String {
    fn from(claim: Claim) -> String {
        claim.text
    }
}

fn near(value: &str, tolerance: &str) -> Result<Relation, String> {
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("{text:?} is not a number; {FORMS}"))
    };
    let (value, tolerance) = (number(value)?, number(tolerance)?);
    if tolerance <= 0.0 {
        return Err(format!("a tolerance is more than 0, not {tolerance}"));
    }
    Ok(Relation::Near { value, tolerance })
}

impl Claim {
    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The row whose figure it is held against, in an ordering.
    pub fn against(&self) -> Option<&str> {
        match &self.relation {
            Relation::Above(other) | Relation::Below(other) => Some(other),
            Relation::Near { .. } => None,
        }
    }

    /// The rows it names.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.row.as_str()).chain(self.against())
    }

    /// Whether it names only `rows`, a task of `tasks` and a metric of that.
    ///
    /// # Errors
    /// With the first name that is none, and the nearest one.
    pub fn check<'a>(
        &self,
        rows: &[&str],
        mut tasks: impl Iterator<Item = (&'a str, &'a [String])> + Clone,
    ) -> Result<(), String> {
        if let Some(row) = self.rows().find(|row| !rows.contains(row)) {
            return Err(unknown("row", row, rows.iter().copied()));
        }
        if self.against() == Some(self.row.as_str()) {
            return Err(format!("{:?} holds a row against itself", self.text));
        }
        let names = tasks.clone().map(|(name, _)| name);
        let task = tasks.find(|(name, _)| *name == self.task);
        let (task, metrics) = task.ok_or_else(|| unknown("task", &self.task, names))?;
        match metrics.contains(&self.metric) {
            true => Ok(()),
            false => {
                let kind = format!("metric of {task}");
                Err(unknown(&kind, &self.metric, metrics.iter().map(String::as_str)))
            }
        }
    }
}

impl Suite {
    /// Whether its claims are about rows, tasks and metrics that are there; to be asked of a
    /// checked suite, whose rows have their names.
    ///
    /// # Errors
    /// With the first claim that is not, and what is wrong with it.
    pub fn check_expected(&self) -> Result<(), (&Claim, String)> {
        let rows: Vec<&str> = self.rows.iter().map(|row| row.name.as_str()).collect();
        let tasks = self.tasks.iter().map(|task| (task.name.as_str(), task.metrics.as_slice()));
        let claims = || self.expected.iter().map(|expected| &expected.claim);
        for claim in claims() {
            claim.check(&rows, tasks.clone()).map_err(|message| (claim, message))?;
            let task = self.tasks.iter().find(|task| task.name == claim.task);
            let spared = task.and_then(|task| claim.rows().find(|row| !asks(task, row)));
            if let Some(row) = spared {
                return Err((claim, format!("{} is not asked of {row}", claim.task)));
            }
        }
        let again = twice(claims().map(Claim::text));
        let again = again.and_then(|text| claims().find(|claim| claim.text == text));
        again.map_or(Ok(()), |claim| Err((claim, format!("{:?} is claimed twice", claim.text))))
    }
}

fn asks(task: &Task, row: &str) -> bool {
    task.rows.is_empty() || task.rows.iter().any(|asked| asked == row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_an_ordering_or_a_number_with_a_tolerance() {
        let read = |text: &str| Claim::try_from(text.to_string());
        let ordering = read("a.b < c on key mr1").unwrap();
        assert_eq!((ordering.row.as_str(), ordering.against()), ("a.b", Some("c")));
        let number = read("a = 0.910 ± 0.01 on key accuracy").unwrap();
        assert_eq!(number.relation, Relation::Near { value: 0.91, tolerance: 0.01 });
        assert_eq!(String::from(number), "a = 0.910 ± 0.01 on key accuracy");
        for wrong in ["a >= b on key accuracy", "a > b", "a = 0.9 on key accuracy"] {
            assert!(read(wrong).unwrap_err().starts_with(&format!("{wrong:?} is no claim; write")));
        }
        assert_eq!(read("a = 0.9 ± 0 on k m").unwrap_err(), "a tolerance is more than 0, not 0");
        assert!(read("a = x ± 1 on k m").unwrap_err().starts_with("\"x\" is not a number"));
    }
}
