//! One simulated test set with the runs of methods on it, measured as a report measures them.

use std::cell::OnceCell;

use bench::eval::metric::Predictions;
use bench::stats::{Clusters, Difference, Estimate, Outcome, difference, judge};
use bench::{Error, Result, Rng};

use super::question::Question;
use super::world::World;

/// The runs of methods on one test set.
pub struct Trial {
    /// What each run predicted: `[methods][seeds]`.
    pub predictions: Vec<Vec<Predictions>>,
    /// How each run scored.
    pub outcomes: Vec<Vec<Outcome>>,
}

impl Trial {
    /// Draws the test set of this number and the runs of methods of these abilities.
    ///
    /// # Errors
    /// When a score is undefined.
    pub fn new(
        question: &Question,
        (world, clusters): (&World, &Clusters),
        abilities: &[f64],
        (number, rng): (u64, &mut Rng),
    ) -> Result<Trial> {
        let predictions = question.predictions(world, abilities, rng)?;
        let drawn = OnceCell::new();
        let name = question.metric.name();
        let draw = || clusters.draws("calibrate", &number.to_string(), name);
        let measure = |(run, seed): (&Predictions, u64)| {
            let seed = (world.seeds > 1).then_some(seed);
            let draws = || drawn.get_or_init(draw).as_slice();
            let outcome = Outcome::measure(question.metric, seed, run, draws)?;
            outcome.ok_or_else(|| Error::Failed(format!("{name} is undefined")))
        };
        let method = |runs: &Vec<Predictions>| -> Result<Vec<Outcome>> {
            runs.iter().zip(0..).map(measure).collect()
        };
        let outcomes = predictions.iter().map(method).collect::<Result<_>>()?;
        Ok(Trial { predictions, outcomes })
    }

    /// The first method minus the second.
    pub fn difference(&self, clusters: &Clusters) -> Option<Estimate> {
        difference(self.outcomes.first()?, self.outcomes.get(1)?, clusters)
    }
}

/// The p value of the verdict of one comparison by itself.
pub fn verdict_p(estimate: Estimate) -> Option<f64> {
    let difference = Difference { estimate, higher_is_better: true, enters: true };
    judge(vec![difference]).first()?.p_corrected
}
