//! The stage that answers a task by fine-tuning.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Answer, Bench, Chance, Drawn, LIBTORCH, Ready};
use crate::cli::run::corpora::Stores;
use crate::cli::run::plan::PlannedTask;
use crate::data::label_hash;
use crate::error::{Error, Result};
use crate::eval::finetune::{self, Finetune, Look, Site, TuningQuestion};
use crate::eval::metric::{self, Predictions};
use crate::eval::probe::{Choice, Sealed};
use crate::progress::Meter;
use crate::{device, files, settings};

/// What the stage leaves.
#[derive(Serialize, Deserialize)]
struct Tuned {
    /// What was chosen.
    choice: Choice,
    /// Scores of the test items, `[items, outputs]` row by row.
    scores: Vec<f64>,
    /// The looks at valid of the attempt that was chosen.
    looks: Vec<Look>,
}

impl Bench<'_> {
    /// The name of the stage that fine-tunes a network on a task, and the file it leaves.
    ///
    /// # Errors
    /// When the corpus or its split cannot be read.
    pub fn tuning_stage(
        &self,
        ready: &Ready,
        PlannedTask { task, split, .. }: &PlannedTask,
        chance: Chance,
    ) -> Result<(String, PathBuf)> {
        let corpus = self.plan.corpora[&task.corpus].as_ref();
        let (items, input) = (corpus.items(), ready.network.encoder().input());
        let labels: Vec<String> =
            task.targets.iter().map(|target| label_hash(items, target)).collect();
        let version = finetune::VERSION.to_string();
        let stage = ["finetune", &version, LIBTORCH, device::kind(self.device)];
        let heard = (input.length(), input.front().store_name(corpus)?);
        let question = (&task.targets, task.kind, &task.finetune, &task.metrics[0]);
        let data = (heard, split.hash(items)?, labels);
        let name = settings::hash(&(stage, &ready.fingerprint, question, data, chance.seed))?;
        let name = chance.name(name)?;
        let done = self.store.join("finetune").join(&name).join("tuned.json");
        Ok((name, done))
    }

    /// The answers of one draw to a task by the fine-tuned network; the network is then as it was.
    ///
    /// # Errors
    /// When an item cannot be read, or nothing can be chosen.
    pub fn tune(
        &self,
        ready: &Ready,
        (planned, settings): (&PlannedTask, &Finetune),
        chance: Chance,
        stores: &mut Stores<'_>,
    ) -> Result<Answer> {
        let PlannedTask { task, split, answers, .. } = planned;
        let (stage, done) = self.tuning_stage(ready, planned, chance)?;
        let folder = self.store.join("finetune").join(&stage);
        let _lock = files::lock(&self.store.join("finetune").join(format!(".{stage}.lock")))?;
        let test = Sealed::new(answers.truth(&split.test));
        if !done.exists() {
            std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
            let front = ready.network.encoder().input().front();
            let store = stores.get(&task.corpus, &front)?;
            let question = TuningQuestion {
                names: &answers.names,
                settings,
                metric: metric::by_name(&task.metrics[0])?,
                seed: chance.seed(),
                device: self.device,
                threads: self.threads,
            };
            let answered = |items| finetune::Answered { items, truth: answers.truth(items) };
            let (train, valid) = (answered(&split.train), answered(&split.valid));
            let site = Site { network: &ready.network, store: &store };
            let label = format!("fine-tuning on {}", task.name);
            let mut meter = Meter::new(self.show, &label, 0, "steps");
            let tuned =
                finetune::answer(&question, site, (&train, &valid), &split.test, &mut meter)?;
            meter.finish();
            let finetune::Tuned { choice, scores, looks } = tuned;
            files::write_json(&done, &Tuned { choice, scores, looks })?;
        }
        let tuned: Tuned = files::read_json(&done)?;
        let proof = tuned.choice.record(&folder.join("choice.yaml"))?;
        let predictions =
            Predictions::new(answers.names.clone(), tuned.scores, test.open(&proof).clone())?;
        Ok((Drawn { stage, choice: tuned.choice }, vec![predictions]))
    }
}
