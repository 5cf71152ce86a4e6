//! A split as a file: `id,split` for every item, sorted by id.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{PARTS, Split, clusters};
use crate::data::corpus::Item;
use crate::error::{Error, Result};
use crate::files;
use crate::settings::hex;

/// What an item in no part is written as.
const UNUSED: &str = "unused";

impl Split {
    /// The split as CSV text with the columns `id` and `split` (train, valid, test or unused).
    ///
    /// # Errors
    /// Never for ids that are text.
    pub fn to_csv(&self, items: &[Item]) -> Result<String> {
        let mut places = vec![UNUSED; items.len()];
        for (name, members) in self.parts() {
            members.iter().for_each(|item| places[*item] = name);
        }
        let mut rows: Vec<(&str, &str)> =
            items.iter().map(|item| item.id.as_str()).zip(places).collect();
        rows.sort_unstable();
        let mut writer = csv::Writer::from_writer(Vec::new());
        let failed = |e: String| Error::Failed(format!("the split cannot be written as CSV: {e}"));
        for (id, place) in [("id", "split")].into_iter().chain(rows) {
            writer.write_record([id, place]).map_err(|e| failed(e.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
        String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
    }

    /// The SHA-256 of [`Split::to_csv`].
    ///
    /// # Errors
    /// As [`Split::to_csv`].
    pub fn hash(&self, items: &[Item]) -> Result<String> {
        Ok(hex(&Sha256::digest(self.to_csv(items)?)))
    }

    /// Freezes the split to a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, items: &[Item]) -> Result<()> {
        files::write_atomically(path, self.to_csv(items)?.as_bytes())
    }

    /// Reads a split back; it must cover exactly these items and divide no group or work.
    ///
    /// # Errors
    /// With every unknown, missing and repeated id, unknown part and straddling group.
    pub fn read(path: &Path, items: &[Item]) -> Result<Split> {
        let text = files::read_text(path)?;
        let (split, problems) = parse(text.trim_start_matches('\u{feff}'), items);
        if problems.is_empty() {
            return Ok(split);
        }
        let message = format!("the split does not fit the corpus:\n  {}", problems.join("\n  "));
        Err(Error::data(path.display(), message))
    }
}

fn parse(text: &str, items: &[Item]) -> (Split, Vec<String>) {
    let indices: BTreeMap<&str, usize> =
        items.iter().enumerate().map(|(index, item)| (item.id.as_str(), index)).collect();
    let (mut split, mut seen, mut problems) = (Split::default(), BTreeSet::new(), Vec::new());
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    for row in reader.into_deserialize::<(String, String)>() {
        match row {
            Err(e) => problems.push(e.to_string()),
            Ok((id, place)) => match indices.get(id.as_str()) {
                None => problems.push(format!("unknown id {id:?}")),
                Some(index) if !seen.insert(*index) => {
                    problems.push(format!("id {id:?} is listed twice"))
                }
                Some(index) => problems.extend(put(&mut split, *index, &place)),
            },
        }
    }
    let missing = (0..items.len()).filter(|index| !seen.contains(index));
    problems.extend(missing.map(|index| format!("missing id {:?}", items[index].id)));
    problems.extend(straddling(&split, items));
    for part in [&mut split.train, &mut split.valid, &mut split.test] {
        part.sort_unstable();
    }
    (split, problems)
}

fn put(split: &mut Split, item: usize, place: &str) -> Option<String> {
    match place {
        "train" => split.train.push(item),
        "valid" => split.valid.push(item),
        "test" => split.test.push(item),
        UNUSED => {}
        _ => return Some(format!("{place:?} is none of {}, {UNUSED}", PARTS.join(", "))),
    }
    None
}

fn straddling(split: &Split, items: &[Item]) -> Vec<String> {
    let mut places = vec![None; items.len()];
    for (name, members) in split.parts() {
        members.iter().for_each(|item| places[*item] = Some(name));
    }
    let all: Vec<usize> = (0..items.len()).collect();
    let mut problems = Vec::new();
    for cluster in clusters::of(items, &all) {
        let used =
            cluster.iter().filter_map(|item| Some((places[*item]?, items[*item].id.as_str())));
        let first_by_part: BTreeMap<&str, &str> = used.rev().collect();
        if first_by_part.len() > 1 {
            let where_: Vec<String> =
                first_by_part.iter().map(|(part, id)| format!("{id:?} in {part}")).collect();
            problems.push(format!("one group or work straddles parts: {}", where_.join(", ")));
        }
    }
    problems
}
