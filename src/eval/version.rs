//! Versions of what a score depends on: scores of different ones are never compared.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The version of a task or metric that was never changed.
pub fn first() -> u32 {
    1
}

/// Whether a version is the first.
pub fn is_first(version: &u32) -> bool {
    *version == first()
}

/// What a score was computed by: `3`, or `3.2.1` where task or metric were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Versions {
    /// The suite's.
    pub suite: u32,
    /// The task's.
    pub task: u32,
    /// The metric's.
    pub metric: u32,
}

impl From<u32> for Versions {
    fn from(suite: u32) -> Versions {
        Versions { suite, task: first(), metric: first() }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Versions { suite, task, metric } = self;
        match is_first(task) && is_first(metric) {
            true => write!(f, "{suite}"),
            false => write!(f, "{suite}.{task}.{metric}"),
        }
    }
}

impl From<Versions> for String {
    fn from(versions: Versions) -> String {
        versions.to_string()
    }
}

impl TryFrom<String> for Versions {
    type Error = String;

    fn try_from(text: String) -> Result<Versions, String> {
        let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        match parts.as_deref() {
            Ok([suite]) => Ok(Versions::from(*suite)),
            Ok([suite, task, metric]) => {
                Ok(Versions { suite: *suite, task: *task, metric: *metric })
            }
            _ => Err(format!("{text:?} is no version: 3, or 3.2.1 of suite, task and metric")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_it_is_written() {
        for text in ["3", "3.2.1", "3.1.4"] {
            assert_eq!(Versions::try_from(text.to_string()).unwrap().to_string(), text);
        }
        assert_eq!(Versions::try_from("2.1.1".to_string()).unwrap().to_string(), "2");
        assert!(
            Versions::try_from("2.1".to_string()).unwrap_err().starts_with("\"2.1\" is no version")
        );
    }
}
