//! Weights, inputs and expectations in one safetensors file; what nobody takes out of it is an
//! error.

use std::collections::HashMap;
use std::path::Path;

use bench::tensors::{self, Named};
use bench::{Error, Result};
use tch::Tensor;

use super::book::Book;

/// A file of which things are taken until nothing is left.
pub struct TensorFile {
    name: String,
    tensors: Named,
    metadata: HashMap<String, String>,
}

impl TensorFile {
    /// Reads it.
    pub fn open(path: &Path) -> Result<TensorFile> {
        let mut metadata = tensors::metadata(path)?;
        metadata.remove("note");
        Ok(TensorFile { name: path.display().to_string(), tensors: tensors::load(path)?, metadata })
    }

    /// Takes a tensor.
    pub fn take(&mut self, name: &str) -> Result<Tensor> {
        self.tensors
            .remove(name)
            .ok_or_else(|| Error::data(&self.name, format!("{name} is missing")))
    }

    /// The shape of a tensor that is still to be taken.
    pub fn shape(&self, name: &str) -> Result<Vec<i64>> {
        let tensor = self.tensors.get(name);
        tensor.map(Tensor::size).ok_or_else(|| self.wrong(format!("{name} is missing")))
    }

    /// Takes what the metadata say of `name`.
    pub fn word(&mut self, name: &str) -> Result<String> {
        self.metadata
            .remove(name)
            .ok_or_else(|| Error::data(&self.name, format!("{name} is not in the metadata")))
    }

    /// Takes all tensors under a prefix.
    pub fn under(&mut self, prefix: &str) -> Named {
        let taken = tensors::under(&self.tensors, prefix);
        self.tensors.retain(|name, _| !name.starts_with(prefix));
        taken
    }

    /// An error about it.
    pub fn wrong(&self, message: impl Into<String>) -> Error {
        Error::data(&self.name, message)
    }

    /// Complains of everything that was not taken.
    pub fn finish(self, book: &mut Book) {
        let mut left: Vec<String> =
            self.tensors.into_keys().chain(self.metadata.into_keys()).collect();
        left.sort();
        for name in left {
            book.problem(&name, "is not known, and was not compared");
        }
    }
}
