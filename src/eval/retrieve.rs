//! Protocol `retrieval`: every item looks for the others of its work by the similarity of
//! embeddings. Nothing is trained.

use tch::Tensor;

use super::metric::retrieval::Query;
use super::metric::{Metric, Predictions};
use super::probe::Choice;
use super::similarity::{Similarity, Vectors};
use crate::error::{Error, Result};
use crate::method::Encoder;

/// Raised by whoever changes the numbers retrieval gives.
pub const VERSION: u32 = 1;

/// How items are looked for.
pub struct Search<'a> {
    /// What embeddings are compared by: fixed, never chosen.
    pub similarity: Similarity,
    /// What decides on valid which columns of the embedding are read.
    pub metric: &'a dyn Metric,
}

impl Search<'_> {
    /// Which columns are read: of several readouts the best on valid, the first of equals.
    ///
    /// # Shapes
    /// `embeddings` is `[valid, dim]`, with the work of each beside it.
    ///
    /// # Errors
    /// When there are several readouts and no valid item has anything to find.
    pub fn choose(
        &self,
        encoder: &dyn Encoder,
        (embeddings, works): (&Tensor, &[usize]),
    ) -> Result<Choice> {
        let (readouts, name) = (encoder.readouts(), self.metric.name());
        let choice = Choice { similarity: Some(self.similarity), ..Choice::unmade(name) };
        if let [only] = readouts.as_slice() {
            return Ok(Choice { readout: only.name.into(), ..choice });
        }
        let mut best: Option<Choice> = None;
        for readout in &readouts {
            let Some(value) = self.score(&readout.of(embeddings), works)? else { continue };
            let most = best.as_ref().and_then(|choice| choice.value);
            if most.is_none_or(|most| self.metric.gain(value, most) > 0.0) {
                let (on, among) = ("valid".into(), readouts.len());
                let readout = readout.name.into();
                best = Some(Choice { readout, on, among, value: Some(value), ..choice.clone() });
            }
        }
        best.ok_or_else(|| {
            Error::Failed(format!("{name} is undefined on valid, so no readout can be chosen"))
        })
    }

    fn score(&self, embeddings: &Tensor, works: &[usize]) -> Result<Option<f64>> {
        let names = works.iter().map(usize::to_string).collect();
        let predictions = Predictions::retrieved(names, self.find(embeddings, works)?)?;
        Ok(self.metric.score(&predictions)?.value)
    }

    /// What each item of a gallery finds, by the columns that were chosen.
    ///
    /// # Shapes
    /// `embeddings` is `[items, dim]`, with the work of each beside it.
    ///
    /// # Errors
    /// When the encoder has no such readout, or an embedding is not finite.
    pub fn answer(
        &self,
        encoder: &dyn Encoder,
        choice: &Choice,
        (embeddings, works): (&Tensor, &[usize]),
    ) -> Result<Vec<Query>> {
        let readouts = encoder.readouts();
        let chosen = readouts.iter().find(|readout| readout.name == choice.readout);
        let unknown = || Error::Failed(format!("there is no readout {}", choice.readout));
        self.find(&chosen.ok_or_else(unknown)?.of(embeddings), works)
    }

    fn find(&self, embeddings: &Tensor, works: &[usize]) -> Result<Vec<Query>> {
        let vectors = Vectors::new(embeddings, self.similarity)?;
        let ask = |(place, row)| Query::ask(place, &vectors.compared_with(row), works);
        vectors.rows().enumerate().map(ask).collect()
    }
}
