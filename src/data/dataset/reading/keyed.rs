//! Recordings whose key stands in a file of its own.

use std::path::{Path, PathBuf};

use crate::data::corpus::Item;
use crate::data::dataset::{Catalogue, Recording};
use crate::data::{Kind, Target};
use crate::error::Result;
use crate::files;

/// The key a file holds; a file that holds none, or several, is among the problems.
///
/// # Errors
/// When the file cannot be read or is no text.
pub(in crate::data::dataset) fn read(
    path: &Path,
    catalogue: &mut Catalogue,
) -> Result<Option<Target>> {
    let text = files::read_text(path)?;
    let mut key = None;
    for (line, cell) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let found = match Kind::Key.read(cell.trim()) {
            Ok(None) => continue,
            Ok(found) if key.is_none() || key == found => {
                key = found;
                continue;
            }
            Ok(_) => "a second key, where the whole recording has one".to_string(),
            Err(message) => message,
        };
        catalogue.problem(path, line + 1, found);
        return Ok(None);
    }
    if key.is_none() {
        catalogue.problem(path, 1, "no key, such as \"Eb minor\"".into());
    }
    Ok(key)
}

/// A whole file with a key, where it is known.
pub(in crate::data::dataset) fn recording(
    id: String,
    group: String,
    key: Option<Target>,
    file: PathBuf,
) -> Recording {
    let targets = key.map(|key| ("key".to_string(), key)).into_iter().collect();
    Recording { item: Item { id, group, work: None, targets }, file, part: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Option<Target>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        std::fs::write(&path, text).unwrap();
        let mut catalogue = Catalogue::default();
        let key = read(&path, &mut catalogue).unwrap();
        (key, catalogue.problems.iter().map(|(_, problem)| problem.to_string()).collect())
    }

    #[test]
    fn one_key_is_read_with_any_line_ending_and_spelling() {
        for text in ["Db minor", "c# minor \r\n", "\u{feff}C#:min\n\n", "Db minor\nC#m\n"] {
            let key = Target::Class("Db minor".into());
            assert_eq!(told(text), (Some(key), vec![]), "{text:?}");
        }
    }

    #[test]
    fn no_key_and_several_are_told_by_their_line() {
        assert_eq!(told(" \n").1, ["line 1: no key, such as \"Eb minor\""]);
        let (key, problems) = told("C major\n\nG major\n");
        assert_eq!(key, None);
        assert_eq!(problems, ["line 3: a second key, where the whole recording has one"]);
        assert!(told("H major").1[0].starts_with("line 1: \"H major\" is not a key"));
    }
}
