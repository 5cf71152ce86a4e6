//! Which loss scores two projections, and what it has to remember.

use bench::model::contrast::check_temperature;
use bench::{Batch, Context, Error, Progress, Result};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::loss;

/// The objective and its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveConfig {
    name: Name,
    /// τ: similarities are divided by it.
    temperature: f64,
    /// Weight of a batch in `sogclr`'s running estimates.
    #[serde(default = "gamma")]
    gamma: f64,
}

/// The objectives Myna was described and released with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Name {
    /// InfoNCE, as in the paper.
    Infonce,
    /// The global contrastive loss, as in the released code.
    Sogclr,
}

fn gamma() -> f64 {
    0.9
}

/// An objective with its state.
#[derive(Debug)]
pub struct Objective {
    config: ObjectiveConfig,
    estimates: Option<Tensor>,
}

impl Objective {
    /// With running estimates of 0 for every item, if it keeps any.
    ///
    /// # Errors
    /// When temperature or gamma is out of range.
    pub fn new(config: &ObjectiveConfig, cx: &Context<'_>) -> Result<Objective> {
        check_temperature(config.temperature)?;
        if !(config.gamma > 0.0 && config.gamma <= 1.0) {
            return Err(Error::settings("loss", "gamma must lie in (0, 1]"));
        }
        let estimates = (config.name == Name::Sogclr)
            .then(|| cx.state.zeros_no_train("estimates", &[cx.items as i64]));
        Ok(Objective { config: config.clone(), estimates })
    }

    /// The loss of two views' projections, `[batch, dim]` each.
    ///
    /// # Errors
    /// When a batch of one item leaves `sogclr` without negatives.
    pub fn score(
        &mut self,
        first: &Tensor,
        second: &Tensor,
        batch: &Batch,
        progress: Progress,
    ) -> Result<Tensor> {
        let temperature = self.config.temperature;
        let Some(estimates) = &mut self.estimates else {
            return loss::infonce(first, second, temperature);
        };
        if first.size()[0] < 2 {
            return Err(Error::Invalid("sogclr needs batches of at least 2 items".into()));
        }
        let before = estimates.index_select(0, &batch.items);
        let gamma = weight(&before, self.config.gamma, progress);
        let (loss, after) = loss::global_contrastive(first, second, &before, &gamma, temperature)?;
        let _ = estimates.index_copy_(0, &batch.items, &after);
        Ok(loss)
    }
}

/// 1 for a batch seen for the first time, `gamma` otherwise, without asking the device which.
fn weight(estimates: &Tensor, gamma: f64, progress: Progress) -> Tensor {
    let gamma = Tensor::full_like(&estimates.sum(Kind::Float), gamma);
    if progress.epoch > 0 {
        return gamma;
    }
    let unseen = estimates.abs().sum(Kind::Float).eq(0.0).to_kind(Kind::Float);
    &gamma + unseen * (1.0 - &gamma)
}
