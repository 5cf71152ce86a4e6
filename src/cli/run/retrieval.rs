//! The stage that answers a task by retrieval.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::answered::Chance;
use super::plan::PlannedTask;
use super::stages::{Bench, pick};
use crate::error::{Error, Result};
use crate::eval::metric::retrieval::Query;
use crate::eval::metric::{self, Predictions, Truth};
use crate::eval::probe::{Choice, Sealed};
use crate::eval::retrieve::Search;
use crate::eval::similarity::Similarity;
use crate::files;
use crate::method::Encoder;

/// What the stage leaves.
#[derive(Serialize, Deserialize)]
struct Retrieved {
    /// What was chosen.
    choice: Choice,
    /// By test item, the ranks of the others of its work.
    ranks: Vec<Vec<usize>>,
}

impl Bench<'_> {
    /// What a task's test items find among themselves, with the name of the stage.
    ///
    /// # Errors
    /// When no readout can be chosen.
    pub fn retrieve(
        &self,
        planned: &PlannedTask,
        (encoder, similarity): (&dyn Encoder, Similarity),
        (embeddings, embedded): (&Tensor, &str),
        chance: Chance,
    ) -> Result<(Predictions, Choice, String)> {
        let PlannedTask { task, split, answers, .. } = planned;
        let (name, done) = self.probe_stage(planned, embedded, chance)?;
        let folder = self.store.join("probe").join(&name);
        let _lock = files::lock(&self.store.join("probe").join(format!(".{name}.lock")))?;
        let chosen = folder.join("choice.yaml");
        let test = Sealed::new(works(answers.truth(&split.test))?);
        if !done.exists() {
            std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
            let search = Search { similarity, metric: metric::by_name(&task.metrics[0])? };
            let gallery = |items: &[usize]| pick(embeddings, items, self.device);
            let valid = works(answers.truth(&split.valid))?;
            let choice = search.choose(encoder, (&gallery(&split.valid), &valid))?;
            let proof = choice.record(&chosen)?;
            let test = (&gallery(&split.test), test.open(&proof).as_slice());
            let found = search.answer(encoder, &choice, test)?;
            let ranks = found.iter().map(|query| query.ranks().to_vec()).collect();
            files::write_json(&done, &Retrieved { choice, ranks })?;
        }
        let Retrieved { choice, ranks } = files::read_json(&done)?;
        let proof = choice.record(&chosen)?;
        let work = |class: &usize| answers.names[*class].clone();
        let queries = ranks.into_iter().map(Query::new).collect::<Result<_>>()?;
        let predictions =
            Predictions::retrieved(test.open(&proof).iter().map(work).collect(), queries)?;
        Ok((predictions, choice, name))
    }
}

/// The work of each item, as a number.
fn works(truth: Truth) -> Result<Vec<usize>> {
    match truth {
        Truth::Classes(works) => Ok(works),
        Truth::Tags(_) | Truth::Values(_) => {
            Err(Error::Invalid("only items of one class can be retrieved".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::Parser;
    use tch::Device;

    use super::*;
    use crate::cli::RunArgs;
    use crate::cli::run::absent::Lacking;
    use crate::cli::run::plan::Plan;
    use crate::progress::Show;
    use crate::registry::Registry;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RunArgs,
    }

    /// The training stages of a suite's first seed, by row.
    fn trained(suite: &str) -> BTreeMap<String, String> {
        let registry = Registry::builtin();
        let args = Line::parse_from(["bench", suite]).args;
        let plan = Plan::new(&registry, &args, Lacking::LeftOut).unwrap();
        let (store, device, show) = (args.store, Device::Cpu, Show::Quiet);
        let bench = Bench { plan: &plan, store, device, threads: 1, show };
        let rows = plan.rows.iter().filter(|planned| planned.recipe.is_some());
        rows.map(|row| (row.row.name.clone(), bench.training_name(row, 1).unwrap())).collect()
    }

    #[test]
    fn what_methods_has_trained_covers_does_not_train_again() {
        let covers = trained("covers");
        assert!(covers.len() > 15, "{covers:?}");
        assert_eq!(covers, trained("methods"));
    }
}
