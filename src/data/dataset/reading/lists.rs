//! Files that say which items are train, valid and test.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files;

/// A file of a folder of lists, known by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name below the folder of lists.
    pub file: &'static str,
    /// The SHA-256 of its bytes, in lowercase hexadecimal; a list of another hash is refused.
    pub sha256: &'static str,
    /// Where it is to be had.
    pub source: &'static str,
    /// The address of the folder that has these very bytes under this name, if there is one.
    pub folder: Option<&'static str>,
}

impl List {
    /// The text of the list in `folder`.
    ///
    /// # Errors
    /// When it is not there, is no text, or is another list than the known one.
    pub fn text(&self, folder: &Path) -> Result<String> {
        let path = folder.join(self.file);
        let found = files::sha256(&path)?;
        if found != self.sha256 {
            let message = format!(
                "SHA-256 {found} where the published list has {}; it is to be had from {}",
                self.sha256, self.source
            );
            return Err(Error::data(path.display(), message));
        }
        files::read_text(&path)
    }
}
