//! How alike embeddings are.

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::error::Result;

/// What embeddings are compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// The cosine of the angle between them; 0 where one has no length.
    #[default]
    Cosine,
    /// The dot product of the embeddings as they are.
    Dot,
}

/// Embeddings that can be compared.
///
/// Sums are taken in one order in f64, so that equal embeddings are equally similar to every other.
pub struct Vectors(Vec<Vec<f64>>);

impl Vectors {
    /// Embeddings to be compared by `similarity`.
    ///
    /// # Shapes
    /// `embeddings` is `[items, dim]`; `dim` may be 0, and all similarities then are.
    ///
    /// # Errors
    /// When libtorch cannot give the numbers.
    pub fn new(embeddings: &Tensor, similarity: Similarity) -> Result<Vectors> {
        let (items, dim) = embeddings.size2()?;
        let flat = embeddings.to_device(Device::Cpu).to_kind(Kind::Double).contiguous();
        let flat = Vec::<f64>::try_from(&flat.reshape([-1]))?;
        let (items, dim) = (items as usize, dim as usize);
        let mut rows: Vec<Vec<f64>> =
            (0..items).map(|item| flat[item * dim..(item + 1) * dim].to_vec()).collect();
        if similarity == Similarity::Cosine {
            rows.iter_mut().for_each(|row| normalise(row));
        }
        Ok(Vectors(rows))
    }

    /// Each embedding, as it is compared.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The similarity of `row` to each of these.
    pub fn compared_with(&self, row: &[f64]) -> Vec<f64> {
        self.rows().map(|other| dot(row, other)).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn normalise(row: &mut [f64]) {
    let length = dot(row, row).sqrt();
    if length > 0.0 {
        row.iter_mut().for_each(|value| *value /= length);
    }
}
