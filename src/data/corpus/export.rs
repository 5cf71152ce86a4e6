//! A corpus as a folder of WAV files with a manifest, to be listened to and to be used by others.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Corpus, Item};
use crate::data::parallel::in_order;
use crate::data::target::Target;
use crate::data::wav;
use crate::error::{Error, Result};
use crate::files;

/// Writes `folder/audio/ID.wav` for every item and, at the end, `folder/manifest.csv`.
///
/// # Errors
/// When the folder has a manifest already, an item has no sound, or a file cannot be written.
pub fn export(
    corpus: &dyn Corpus,
    folder: &Path,
    threads: usize,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<()> {
    let manifest = folder.join("manifest.csv");
    if manifest.exists() {
        let message = "is there already; choose another folder or remove this one";
        return Err(Error::data(manifest.display(), message));
    }
    let items = corpus.items();
    let write = |index: usize| {
        let path = folder.join(sound_path(&items[index].id)?);
        files::write_atomically(&path, &wav::bytes(&corpus.load(index)?)?)
    };
    in_order(items.len(), threads, &write, &mut |index, written| {
        written?;
        progress(index + 1);
        Ok(())
    })?;
    files::write_atomically(&manifest, &table(items)?)
}

/// An item's id, as the beginning of a file's name.
///
/// # Errors
/// When it cannot be one.
pub fn file_name(id: &str) -> Result<&str> {
    if id.contains(['/', '\\']) || id.starts_with('.') {
        return Err(Error::data(id, "the id cannot be a file's name"));
    }
    Ok(id)
}

/// Where an item's sound lies below the folder.
fn sound_path(id: &str) -> Result<String> {
    Ok(format!("audio/{}.wav", file_name(id)?))
}

fn table(items: &[Item]) -> Result<Vec<u8>> {
    let mut targets: BTreeSet<&str> =
        items.iter().flat_map(|item| item.targets.keys()).map(String::as_str).collect();
    targets.remove("work");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |e: String| Error::Failed(format!("the manifest cannot be written as CSV: {e}"));
    let fixed = ["id", "path", "group", "work"];
    let header = fixed.iter().chain(&targets);
    writer.write_record(header).map_err(|e| failed(e.to_string()))?;
    for item in items {
        let mut row = vec![item.id.clone(), sound_path(&item.id)?, item.group.clone()];
        row.push(item.work.clone().unwrap_or_default());
        row.extend(
            targets.iter().map(|t| item.targets.get(*t).map(Target::cell).unwrap_or_default()),
        );
        writer.write_record(&row).map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}
