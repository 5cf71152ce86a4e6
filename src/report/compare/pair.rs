//! Two rows' runs on one task, compared by any metric.

use std::cell::OnceCell;

use super::run::Run;
use super::side::Side;
use super::{Contrast, Unjudged};
use crate::eval::metric::{Metric, Predictions, TopThree};
use crate::report::TaskFacts;
use crate::stats::beside::{Sides, effects, stream, tests};
use crate::stats::{Clusters, Difference, Estimate, Outcome, Practical, difference, mean, pairs};
use crate::{Error, Result};

/// Runs of one side that have a score.
#[derive(Default)]
struct Measured<'a> {
    outcomes: Vec<Outcome>,
    predictions: Vec<&'a Predictions>,
}

/// Two rows' runs on one task.
pub(super) struct Pair<'a> {
    sides: [(&'a Side, &'a str); 2],
    task: &'a TaskFacts,
    runs: [Vec<Run>; 2],
    clusters: Clusters,
    /// Whether one run is compared with one run.
    single: bool,
}

impl<'a> Pair<'a> {
    /// Reads both rows' runs.
    pub fn read(sides: [(&'a Side, &'a String); 2], task: &'a TaskFacts) -> Result<Pair<'a>> {
        let sides = sides.map(|(side, row)| (side, row.as_str()));
        let read = |(side, row): (&Side, &str)| side.runs(row, task);
        let mut runs = [read(sides[0])?, read(sides[1])?];
        if let Some((first, others)) = runs.iter().flatten().collect::<Vec<_>>().split_first() {
            others.iter().try_for_each(|other| first.check_same(other))?;
        }
        let single = alone(&mut runs);
        let grouped = runs.iter().flatten().find(|run| run.grouped());
        let any = grouped.or(runs.iter().flatten().next());
        let groups = any.map_or(&[][..], |run| &run.items.groups);
        let clusters = Clusters::new(groups.iter().map(Option::as_deref));
        Ok(Pair { sides, task, runs, clusters, single })
    }

    /// Compares them by a metric, without a verdict.
    pub fn contrast(&self, metric: &dyn Metric, rope: f64) -> Result<Unjudged> {
        let measured = self.measured(metric)?;
        let outcomes = measured.each_ref().map(|side| side.outcomes.as_slice());
        let predictions = measured.each_ref().map(|side| side.predictions.as_slice());
        let clusters = &self.clusters;
        let sides = Sides { metric, outcomes, predictions, clusters };
        let estimate = difference(outcomes[0], outcomes[1], clusters);
        let higher_is_better = metric.higher_is_better();
        let bar = self.sides.iter().find_map(|(side, row)| {
            let name = &self.task.name;
            side.bar(row, name, metric.name())
        });
        let practical = |estimate| Practical::of(estimate, rope, higher_is_better);
        let contrast = Contrast {
            task: self.task.name.clone(),
            metric: metric.name().into(),
            higher_is_better,
            rope,
            names: self.sides.map(|(side, row)| side.name(row)),
            means: outcomes.map(|runs| mean(runs, &self.clusters)),
            groups: self.clusters.count(),
            single: self.single,
            comparison: None,
            practical: estimate.as_ref().map_or(Practical::Undecided, practical),
            tests: tests(&sides, &mut self.stream("signs", metric)),
            effects: effects(&sides, &mut self.stream("pairs", metric)),
            reason: self.reason(outcomes, estimate.as_ref(), bar.as_deref()),
        };
        let enters = bar.is_none();
        let difference = estimate.map(|estimate| Difference { estimate, higher_is_better, enters });
        Ok(Unjudged { contrast, difference })
    }

    /// The runs of either side whose figure is defined.
    fn measured(&self, metric: &dyn Metric) -> Result<[Measured<'_>; 2]> {
        let draws = OnceCell::new();
        let draw = || self.clusters.draws(self.suite(), &self.task.name, metric.name());
        let mut sides = [Measured::default(), Measured::default()];
        for (side, runs) in sides.iter_mut().zip(&self.runs) {
            for run in runs {
                check_ranked(run, metric)?;
                let draws = || draws.get_or_init(draw).as_slice();
                let found = Outcome::measure(metric, run.seed, &run.predictions, draws)?;
                let Some(outcome) = found else { continue };
                side.outcomes.push(outcome);
                side.predictions.push(&run.predictions);
            }
        }
        Ok(sides)
    }

    fn suite(&self) -> &str {
        self.sides.iter().find_map(|(side, _)| side.suite()).unwrap_or_default()
    }

    /// Random numbers that depend on names alone, and not on which side is which.
    fn stream(&self, purpose: &str, metric: &dyn Metric) -> crate::Rng {
        stream(purpose, [self.suite(), &self.task.name, metric.name()])
    }

    /// Why there is no verdict or no interval; empty where there are both.
    fn reason(
        &self,
        outcomes: [&[Outcome]; 2],
        difference: Option<&Estimate>,
        bar: Option<&str>,
    ) -> String {
        let empty = outcomes.iter().zip(self.sides).find(|(runs, _)| runs.is_empty());
        match (empty, difference, bar) {
            (Some((_, (side, row))), _, _) => format!("no score of {}", side.name(row)),
            (_, None, _) => "no seed in common; compare single runs: FOLDER:ROW:SEED".into(),
            (_, _, Some(why)) => why.into(),
            (_, Some(difference), None) => difference.gap().unwrap_or_default().into(),
        }
    }
}

/// Whether only two runs pair, and another seed of one might say otherwise; they are then compared
/// by themselves.
fn alone(runs: &mut [Vec<Run>; 2]) -> bool {
    let [first, second] =
        runs.each_ref().map(|runs| runs.iter().map(|run| run.seed).collect::<Vec<_>>());
    let [(a, b)] = pairs(&first, &second)[..] else { return false };
    for (runs, kept) in runs.iter_mut().zip([a, b]) {
        runs.swap(0, kept);
        runs.truncate(1);
        runs.iter_mut().for_each(|run| run.seed = None);
    }
    runs.iter().flatten().any(|run| run.chance)
}

/// Where only the prediction is known, no figure can rest on the other classes' order.
fn check_ranked(run: &Run, metric: &dyn Metric) -> Result<()> {
    if run.ranked || metric.name() != TopThree.name() {
        return Ok(());
    }
    let message = format!("{} needs a column rank, or score:<class>", metric.name());
    Err(Error::data(&run.place, message))
}
