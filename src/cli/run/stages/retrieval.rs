//! The stage that answers a task by retrieval.

use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use super::{Answer, Bench, Chance, Drawn};
use crate::cli::run::plan::PlannedTask;
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
    /// What a task's test items find among themselves.
    ///
    /// # Errors
    /// When no readout can be chosen.
    pub fn retrieve(
        &self,
        planned: &PlannedTask,
        (encoder, similarity): (&dyn Encoder, Similarity),
        (embeddings, embedded): (&Tensor, &str),
        chance: Chance,
    ) -> Result<Answer> {
        let PlannedTask { task, split, answers, .. } = planned;
        let (stage, done) = self.probe_stage(planned, (embedded, &[]), chance)?;
        let folder = self.store.join("probe").join(&stage);
        let _lock = files::lock(&self.store.join("probe").join(format!(".{stage}.lock")))?;
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
        Ok((Drawn { stage, choice }, vec![predictions]))
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

fn pick(embeddings: &Tensor, items: &[usize], device: Device) -> Tensor {
    let items: Vec<i64> = items.iter().map(|item| *item as i64).collect();
    embeddings.index_select(0, &Tensor::from_slice(&items)).to_device(device)
}
