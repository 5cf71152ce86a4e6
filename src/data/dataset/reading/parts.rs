//! Lists that are tables: a column of numbers that name items, and a column `split`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::data::dataset::reading::rows::Rows;
use crate::data::dataset::{Catalogue, List};
use crate::data::split::PARTS;
use crate::error::Result;

/// The ids in `column` of a list, divided by its column `split`.
///
/// # Errors
/// When the list is not there, is another one than the known, or lacks a column.
pub(in crate::data::dataset) fn read(
    list: &List,
    folder: &Path,
    column: &str,
    catalogue: &mut Catalogue,
) -> Result<[BTreeSet<String>; 3]> {
    list.text(folder)?;
    let rows = Rows::read(&folder.join(list.file), b',', &[column, "split"])?;
    catalogue.problems.extend(rows.problems.iter().cloned());
    let mut parts: [BTreeSet<String>; 3] = Default::default();
    for row in rows.iter() {
        let part = PARTS.iter().position(|part| *part == row.cell("split"));
        match (number(row.cell(column)), part) {
            (Ok(id), Some(part)) => drop(parts[part].insert(id)),
            (Err(message), _) => catalogue.problem(rows.path(), row.line, message),
            (_, None) => {
                let message = format!("{:?} is none of {}", row.cell("split"), PARTS.join(", "));
                catalogue.problem(rows.path(), row.line, message);
            }
        }
    }
    Ok(parts)
}

/// An id that is a whole number: some files write 0005061 for what others write 5061.
///
/// # Errors
/// With what it is instead.
pub(in crate::data::dataset) fn number(cell: &str) -> Result<String, String> {
    match cell.parse::<u64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => Err(format!("{cell:?} is not a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List = List {
        file: "list.csv",
        sha256: "759ccb1ed67792f28a1b904534bcc36fb67c7ca99d0800867c6eedf388df1197",
        source: "these tests",
        folder: None,
    };

    #[test]
    fn what_a_list_says_amiss_is_told_by_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "song_id,split,note\n0005,train,a\n7,valid,\"b, c\"\n12,test,\n13,dev,\nx,train,\n";
        std::fs::write(folder.path().join(LIST.file), text).unwrap();
        let mut catalogue = Catalogue::default();
        let parts = read(&LIST, folder.path(), "song_id", &mut catalogue).unwrap();
        assert_eq!(parts, ["5", "7", "12"].map(|id| BTreeSet::from([id.to_string()])));
        let told: Vec<String> =
            catalogue.problems.iter().map(|(_, problem)| problem.to_string()).collect();
        let expected = [
            "line 5: \"dev\" is none of train, valid, test",
            "line 6: \"x\" is not a whole number",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn another_list_than_the_known_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LIST.file), "song_id,split\n5,train\n").unwrap();
        let error = read(&LIST, folder.path(), "song_id", &mut Catalogue::default()).unwrap_err();
        assert!(error.to_string().contains("it is to be had from these tests"), "{error}");
    }
}
