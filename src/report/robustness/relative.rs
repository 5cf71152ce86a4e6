//! Changes relative to the score on clean sound.

use crate::stats::ranking::on_draws;
use crate::stats::{Outcome, Spread};

/// One run's (corrupted - clean) / clean.
pub(super) struct Relative {
    seed: Option<u64>,
    value: f64,
    /// The same on each bootstrap draw of groups.
    draws: Vec<Option<f64>>,
}

impl Relative {
    /// Of each run that has both scores; none where any clean one is not positive.
    pub fn of(heard: &[Outcome], clean: &[Outcome], times: &[Vec<f64>]) -> Vec<Relative> {
        let change = |heard: f64, clean: f64| (clean > 0.0).then(|| (heard - clean) / clean);
        let one = |clean: &Outcome| {
            let heard = heard.iter().find(|heard| heard.seed == clean.seed)?;
            let draws =
                on_draws(&heard.spread, times).into_iter().zip(on_draws(&clean.spread, times));
            Some(Relative {
                seed: clean.seed,
                value: change(heard.value, clean.value)?,
                draws: draws.map(|(heard, clean)| change(heard?, clean?)).collect(),
            })
        };
        if clean.iter().any(|clean| clean.value <= 0.0) {
            return Vec::new();
        }
        clean.iter().filter_map(one).collect()
    }

    /// As a run's score.
    pub fn outcome(&self) -> Outcome {
        Outcome { seed: self.seed, value: self.value, spread: Spread::Draws(self.draws.clone()) }
    }
}

/// The mean over corruptions of the changes of each run that has them all.
pub(super) fn averaged(corruptions: &[Vec<Relative>]) -> Vec<Relative> {
    let count = corruptions.len() as f64;
    let one = |run: &Relative| {
        let of = |runs: &'_ Vec<Relative>| runs.iter().position(|other| other.seed == run.seed);
        let places: Vec<usize> = corruptions.iter().map(of).collect::<Option<_>>()?;
        let all = || corruptions.iter().zip(&places).map(|(runs, place)| &runs[*place]);
        let draw = |at: usize| {
            let sum = all().map(|change| change.draws[at]).sum::<Option<f64>>()?;
            Some(sum / count)
        };
        let value = all().map(|change| change.value).sum::<f64>() / count;
        Some(Relative { seed: run.seed, value, draws: (0..run.draws.len()).map(draw).collect() })
    };
    corruptions.first().map_or_else(Vec::new, |first| first.iter().filter_map(one).collect())
}
