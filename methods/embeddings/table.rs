//! Embeddings with the ids of their rows, read from either kind of file.

use std::collections::HashMap;

use bench::eval::embed::NAME;
use bench::{Error, Result, tensors};
use tch::Tensor;

use super::npy;

const PLACE: &str = "the embeddings";

/// Embeddings by id.
#[derive(Debug)]
pub struct Table {
    embeddings: Tensor,
    rows: HashMap<String, i64>,
}

fn wrong(message: impl Into<String>) -> Error {
    Error::data(PLACE, message)
}

impl Table {
    /// Reads a safetensors file or an .npz archive with `embeddings` and `ids`.
    ///
    /// # Errors
    /// When it is neither, an id is there twice, or a value is not finite.
    pub fn parse(file: &[u8]) -> Result<Table> {
        let (embeddings, ids) =
            if file.starts_with(b"PK") { npz(file)? } else { safetensors(file)? };
        let shape = embeddings.size();
        if !matches!(shape.as_slice(), [items, dim] if *dim > 0 && *items == ids.len() as i64) {
            let count = ids.len();
            return Err(wrong(format!(
                "embeddings are {shape:?} and there are {count} ids; [{count}, dim] is needed"
            )));
        }
        let finite = Vec::<bool>::try_from(embeddings.isfinite().all_dim(1, false))?;
        if let Some(row) = finite.iter().position(|finite| !finite) {
            return Err(wrong(format!("the embedding of {:?} is not finite", ids[row])));
        }
        let mut rows = HashMap::new();
        for (row, id) in ids.into_iter().enumerate() {
            if let Some(first) = rows.insert(id.clone(), row as i64) {
                return Err(wrong(format!("{id:?} is there twice, in rows {first} and {row}")));
            }
        }
        Ok(Table { embeddings, rows })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> i64 {
        self.embeddings.size()[1]
    }

    /// The embeddings of items of a corpus, whose ids are given as `corpus/id` or `id`.
    ///
    /// # Shapes
    /// → `[ids, dim]`
    ///
    /// # Errors
    /// When some are missing; how many, and which the first are.
    pub fn rows(&self, corpus: &str, ids: &[&str]) -> Result<Tensor> {
        let row = |id: &str| self.rows.get(&format!("{corpus}/{id}")).or_else(|| self.rows.get(id));
        let rows: Vec<i64> = ids.iter().filter_map(|id| row(id).copied()).collect();
        if rows.len() == ids.len() {
            return Ok(self.embeddings.index_select(0, &Tensor::from_slice(&rows)));
        }
        let missing: Vec<&str> = ids.iter().filter(|id| row(id).is_none()).copied().collect();
        let some: Vec<&str> = missing.iter().take(5).copied().collect();
        let (count, all, some) = (missing.len(), ids.len(), some.join(", "));
        let message = format!("{count} of {all} items of {corpus} have none, such as {some}");
        Err(wrong(message))
    }
}

fn npz(file: &[u8]) -> Result<(Tensor, Vec<String>)> {
    Ok((npy::read(file, NAME)?.floats()?, npy::read(file, "ids")?.strings()?))
}

/// What `bench embed` writes: the ids are the bytes of a JSON list.
fn safetensors(file: &[u8]) -> Result<(Tensor, Vec<String>)> {
    let mut named = tensors::parse(file, PLACE)?;
    let mut take = |name| named.remove(name).ok_or_else(|| wrong(format!("{name} is missing")));
    let (embeddings, ids) = (take(NAME)?, take("ids")?);
    let ids = tensors::raw("ids", &ids)?;
    let ids = serde_json::from_slice(&ids).map_err(|e| {
        wrong(format!("ids are not the uint8 bytes of a JSON list of strings: {e}"))
    })?;
    Ok((embeddings, ids))
}
