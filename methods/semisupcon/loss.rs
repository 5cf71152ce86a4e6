//! The contrastive loss of SemiSupCon and the matrix that says who belongs to whom.
//!
//! Guinot, Quinton and Fazekas, *Semi-Supervised Contrastive Learning of Musical Representations*,
//! ISMIR 2024 (arXiv 2407.13840), section 3, in the form of the authors' code.

use bench::model::similarity::{diagonal, dots, normalise};
use bench::{Error, Result};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

/// How alike the labels of two items must be for their views to belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Criterion {
    /// κ: they share at least so many classes.
    Shared(u32),
    /// As a word.
    Word(Word),
}

/// A criterion that is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// They belong together to the degree to which they share classes.
    Weighted,
}

impl Criterion {
    /// Refuses a κ that labels with nothing in common would meet.
    ///
    /// # Errors
    /// When it is 0.
    pub fn check(self) -> Result<()> {
        match self {
            Criterion::Shared(0) => {
                Err(Error::settings("criterion", "must be at least 1, or `weighted`"))
            }
            _ => Ok(()),
        }
    }
}

/// The contrastive matrix M: 1 where two views are of one item, between 0 and 1 by what two items'
/// labels share, all zeros in a row of labels meaning that there are none.
///
/// With y·y′ classes shared: `1[y·y′ ≥ κ]`, or `2 y·y′ / (|y| + |y′|)` where it is weighted.
///
/// # Shapes
/// labels `[items, classes]` → `[items · views, items · views]`, the view index fastest
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn targets(labels: &Tensor, views: i64, criterion: Criterion) -> Result<Tensor> {
    let shared = dots(labels, labels)?;
    let alike = match criterion {
        Criterion::Shared(least) => shared.ge(f64::from(least)).to_kind(Kind::Float),
        Criterion::Word(Word::Weighted) => {
            let active = labels.sum_dim_intlist(1, true, Kind::Float);
            shared * 2.0 / (&active + active.tr()).clamp_min(1.0)
        }
    };
    let own = diagonal(labels.size()[0], labels).to_kind(Kind::Float);
    let items = (alike + own).clamp_max(1.0);
    let rows = items.repeat_interleave_self_int(views, 0, None);
    Ok(rows.repeat_interleave_self_int(views, 1, None))
}

/// The mean over views i, and over their positives j weighted by M, of
/// `-log(exp(s_ij) / Σ_{a ≠ i} exp(s_ia) + ε)`, s being cosine similarities over τ.
///
/// With ε = 0 and M one where classes are the same it is L_out of Khosla et al., *Supervised
/// Contrastive Learning*, NeurIPS 2020 (arXiv 2004.11362), equation 2.
///
/// # Shapes
/// projections `[n, dim]`, targets `[n, n]`, of which the diagonal does not count → `[]`
///
/// # Errors
/// When the device has no autocast to suspend.
pub fn supcon(
    projections: &Tensor,
    targets: &Tensor,
    temperature: f64,
    epsilon: f64,
) -> Result<Tensor> {
    let z = normalise(projections);
    let own = diagonal(z.size()[0], &z);
    let similarities = dots(&z, &z)? / temperature;
    let others = similarities.masked_fill(&own, f64::NEG_INFINITY).logsumexp(1, true);
    let floor = Tensor::full_like(&others, epsilon.ln());
    let penalties = -(similarities - others).logaddexp(&floor);
    let targets = targets.masked_fill(&own, 0.0);
    let positives = targets.sum_dim_intlist(1, false, Kind::Float);
    let sums = (penalties * &targets).sum_dim_intlist(1, false, Kind::Float);
    Ok((sums / positives.where_self(&positives.gt(0.0), &positives.ones_like())).mean(Kind::Float))
}
