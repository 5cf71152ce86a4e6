//! The objective of PEMR: frames that can be predicted, and projections that agree on crucial
//! frames and on no others.
//!
//! Source: Yao et al., *Contrastive Learning with Positive-Negative Frame Mask for Music
//! Representation*, WWW 2022 (arXiv 2203.09129), and the authors' code.

use bench::model::contrast::{barlow_off_diagonal, barlow_on_diagonal, negative_diagonal};
use bench::{Loss, Result};
use tch::{Kind, Tensor};

use super::settings::{PredictConfig, Reduction, Weights};

/// The Huber loss of predicted tokens where they were masked: 0.5 e² up to `delta`, delta (|e| −
/// 0.5 delta) above; added up over both views.
///
/// # Shapes
/// target and predicted `[2 · batch, tokens, dim]`, masked `[2 · batch, tokens, 1]` → `[]`
pub fn predicting(
    target: &Tensor,
    predicted: &Tensor,
    masked: &Tensor,
    config: &PredictConfig,
) -> Tensor {
    let errors = (target - predicted.to_kind(Kind::Float)) * masked;
    let sum = errors.huber_loss(&errors.zeros_like(), tch::Reduction::Sum, config.delta);
    let (items, values) = (target.size()[0] as f64 / 2.0, target.size()[1] * target.size()[2]);
    match config.reduction {
        Reduction::Mean => sum / (items * values as f64),
        Reduction::Sum => sum / items,
    }
}

impl Weights {
    /// What the anchor has in common with the positive and not with the negative.
    ///
    /// # Shapes
    /// `[batch, dim]` each → `[]`
    ///
    /// # Errors
    /// When the device has no autocast to suspend.
    pub fn contrast(
        &self,
        anchor: &Tensor,
        positive: &Tensor,
        negative: Option<&Tensor>,
    ) -> Result<Loss> {
        let on = barlow_on_diagonal(anchor, positive);
        let off = barlow_off_diagonal(anchor, positive)?;
        let total = &on + &off * self.off_diagonal;
        let mut loss = Loss { total, terms: vec![("on_diagonal", on), ("off_diagonal", off)] };
        if let Some(negative) = negative {
            let term = negative_diagonal(anchor, negative);
            loss.total += &term * self.negative;
            loss.terms.push(("negative", term));
        }
        Ok(loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_weight_belongs_to_its_own_term() {
        // Columns of mean 0 and variance 1 that have nothing in common.
        let signs = [1.0_f32, 1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0];
        let anchor = Tensor::from_slice(&signs).view([4, 3]);
        let columns = |order: [i64; 3]| anchor.index_select(1, &Tensor::from_slice(&order));
        let weights = Weights { off_diagonal: 0.5, negative: 10.0, predicting: 0.0 };
        let (positive, negative) = (columns([1, 0, 2]), columns([0, 2, 1]));
        let loss = weights.contrast(&anchor, &positive, Some(&negative)).expect("a loss");
        let terms: Vec<(&str, f64)> =
            loss.terms.iter().map(|(name, term)| (*name, term.double_value(&[]).round())).collect();
        assert_eq!(terms, [("on_diagonal", 2.0), ("off_diagonal", 2.0), ("negative", 1.0)]);
        // 2 + 0.5 · 2 + 10 · 1.
        let total = loss.total.double_value(&[]);
        assert!((total - 13.0).abs() < 1e-3, "{total}");
    }
}
