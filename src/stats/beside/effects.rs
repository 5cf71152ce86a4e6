//! How large a difference is, in units other than the metric's own.

use super::Sides;
use crate::Rng;
use crate::stats::test::{Interval, cliffs_delta, cohens_d_z, superiority};
use crate::stats::{DRAWS, LEVEL, Spread};

/// The size of a difference, positive (or above ½ for a chance) where the row's figure is the
/// better one.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectSize {
    /// Its name: `Cohen's d_z`.
    pub effect: &'static str,
    /// What it is of: `groups`, `items`, `paired seeds`, `runs`.
    pub unit: &'static str,
    /// How many of those.
    pub n: usize,
    /// The size.
    pub value: f64,
    /// Its 95 % interval, where one can be told.
    pub interval: Option<Interval>,
}

/// The effect sizes of a comparison: Cohen's d_z of the groups' differences and of the paired
/// seeds', Cliff's δ of the runs, and the chance that a run of the row beats its pair. `rng` draws
/// the interval of the last.
///
/// Those of seeds need two pairs.
pub fn effects(sides: &Sides<'_>, rng: &mut Rng) -> Vec<EffectSize> {
    let sign = if sides.metric.higher_is_better() { 1.0 } else { -1.0 };
    let seeds: Vec<f64> = sides.differences().iter().map(|value| sign * value).collect();
    let mut found = Vec::new();
    if let Some(Spread::Items(items)) = sides.spread() {
        let sums = sides.clusters.sums(items.iter().map(|value| sign * value));
        found.extend(cohen(&sums, sides.unit()));
    }
    if sides.seeded() && seeds.len() > 1 {
        found.extend(cohen(&seeds, "paired seeds"));
        found.extend(cliff(sides, sign));
        found.extend(superiority(&seeds, LEVEL, DRAWS, rng).map(|won| EffectSize {
            effect: "P(A > B)",
            unit: "paired seeds",
            n: seeds.len(),
            value: won.chance,
            interval: Some(won.interval),
        }));
    }
    found
}

fn cohen(differences: &[f64], unit: &'static str) -> Option<EffectSize> {
    let value = cohens_d_z(differences)?;
    Some(EffectSize { effect: "Cohen's d_z", unit, n: differences.len(), value, interval: None })
}

fn cliff(sides: &Sides<'_>, sign: f64) -> Option<EffectSize> {
    let values = |side: usize| -> Vec<f64> {
        sides.outcomes[side].iter().map(|run| sign * run.value).collect()
    };
    let (first, second) = (values(0), values(1));
    let value = cliffs_delta(&first, &second)?;
    let n = first.len() + second.len();
    Some(EffectSize { effect: "Cliff's δ", unit: "runs", n, value, interval: None })
}
